// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// fake is a service in this process with both vendors' test servers, without sockets, for
// virtual time.
type fake struct {
	*testing.T

	handler http.Handler
	service *service
	clouds  map[string]*enitest.Cloud // by provider
	log     *journal
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{T: t, log: new(journal), clouds: map[string]*enitest.Cloud{"aliyun": newCloud(), "tencent": newCloud()}}
	log := newLog(f.log, slog.LevelDebug)
	m, err := newMetrics()
	if err != nil {
		t.Fatal(err)
	}
	opts, err := options(m, log)
	if err != nil {
		t.Fatal(err)
	}
	alibaba, err := aliyun.New(aliyuntest.NewServer(f.clouds["aliyun"]).Config(), opts)
	if err != nil {
		t.Fatal(err)
	}
	tc, err := tencent.New(tencenttest.NewServer(f.clouds["tencent"]).Config(), opts)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config{timeout: 30 * time.Second, maxTimeout: time.Hour}
	f.service = newService(cfg, access{}, map[string]cloudeni.Client{"aliyun/cn-hangzhou": alibaba, "tencent/ap-guangzhou": tc}, m, log)
	f.handler = f.service.handler()
	t.Cleanup(func() { f.log.all(t, "") }) // it checks every line
	return f
}

// places returns the places of both clouds' test servers, by provider.
var places = map[string]string{"aliyun": "aliyun/cn-hangzhou", "tencent": "tencent/ap-guangzhou"}

// newCloud returns a cloud with the eni-1 of newInterface.
func newCloud() *enitest.Cloud {
	cloud := new(enitest.Cloud)
	cloud.Put(newInterface("eni-1"))
	return cloud
}

// newInterface returns an interface that is attached to i-1, with a primary address
// 10.0.0.1, secondary ones up to 10.0.0.30, as many IPv6 addresses from 2001:db8::1 on, and
// a prefix.
func newInterface(id string) eni.Interface {
	i := eni.Interface{
		ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1",
		Prefixes: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/28")},
	}
	for n := 1; n <= 30; n++ {
		i.Addresses = append(i.Addresses,
			eni.Address{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), Primary: n == 1},
			eni.Address{Addr: netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n))})
	}
	return i
}

// said is an answer or a problem.
type said struct {
	status int
	header http.Header
	body   string

	Type, Title, Detail string
	Retryable           bool
	RequestID           string `json:"request_id"`
	Cause               *failure
	Flaws               []flaw `json:"errors"`
	Results             []result
	CloudRequestIDs     []string `json:"cloud_request_ids"`
	Attempts            int
}

func (s *said) read(t *testing.T, status int, header http.Header, body string) {
	t.Helper()
	s.status, s.header, s.body = status, header, body
	if err := json.Unmarshal([]byte(body), s); err != nil {
		t.Errorf("the body is no JSON: %v\n%s", err, body)
	}
	want := "application/json"
	if status >= http.StatusBadRequest {
		want = "application/problem+json"
	}
	if got := header.Get("Content-Type"); got != want {
		t.Errorf("a %d of type %q, want %q", status, got, want)
	}
}

// became returns the outcome of each address, as text.
func (s *said) became() string {
	words := make([]string, len(s.Results))
	for i, r := range s.Results {
		words[i] = r.Address + r.Prefix + r.Interface + " " + r.Outcome
		if r.Error != nil {
			words[i] += " (" + r.Error.Kind + ")"
		}
	}
	return strings.Join(words, ", ")
}

// check compares the status and the outcome of each address.
func (s *said) check(t *testing.T, status int, became string) {
	t.Helper()
	if s.status != status {
		t.Errorf("status %d, want %d: %s", s.status, status, s.body)
	}
	if got := s.became(); got != became {
		t.Errorf("results:\n%s\nwant:\n%s", got, became)
	}
}

// ask makes a request. A body makes it a POST.
func (f *fake) ask(path, body string) *said {
	f.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r := httptest.NewRequestWithContext(f.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return f.serve(r)
}

// delete makes a deletion.
func (f *fake) delete(path string) *said {
	f.Helper()
	return f.serve(httptest.NewRequestWithContext(f.Context(), http.MethodDelete, path, http.NoBody))
}

func (f *fake) serve(r *http.Request) *said {
	f.Helper()
	w := httptest.NewRecorder()
	var body bytes.Buffer
	r.Body = io.NopCloser(io.TeeReader(r.Body, &body))
	f.handler.ServeHTTP(w, r)
	checkDescribed(f.T, r, body.Bytes(), w)
	s := new(said)
	s.read(f.T, w.Code, w.Header(), w.Body.String())
	return s
}

// interfacePath returns the path of an interface, or a path below it.
func interfacePath(provider, rest string) string {
	return "/v1/" + places[provider] + "/interfaces/" + rest
}

// journal is a log that a test reads.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

// all returns the lines with a message.
func (j *journal) all(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for text := range strings.Lines(j.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("a line of the log is no JSON: %v\n%s", err, text)
		}
		checkErrorIsObject(t, line)
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

// checkErrorIsObject checks that a line of the log has no error, or one with fields.
func checkErrorIsObject(t *testing.T, line map[string]any) {
	t.Helper()
	err, has := line["error"]
	if !has {
		return
	}
	fields, ok := err.(map[string]any)
	if !ok || fields["kind"] == nil {
		t.Errorf("the error of a line is no object with a kind: %v", line)
	}
}

// line returns the only line with a message.
func (j *journal) line(t *testing.T, message string) map[string]any {
	t.Helper()
	found := j.all(t, message)
	if len(found) != 1 {
		t.Fatalf("%d lines say %q, want one:\n%s", len(found), message, j)
	}
	return found[0]
}

// unfinished returns the number of unfinished addresses in a line of the log.
func unfinished(line map[string]any) int {
	unfinished, _ := line["unfinished"].([]any)
	return len(unfinished)
}

// onBoth runs a test against each cloud, in virtual time.
func onBoth(t *testing.T, test func(f *fake, provider string, cloud *enitest.Cloud)) {
	t.Helper()
	for provider := range places {
		t.Run(provider, func(t *testing.T) {
			inBubble(t, func(f *fake) { test(f, provider, f.clouds[provider]) })
		})
	}
}

// full returns an address as a prefix of its full length.
func full(address string) netip.Prefix {
	a := netip.MustParseAddr(address)
	return netip.PrefixFrom(a, a.BitLen())
}
