// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
)

// api sends one request and returns what the cloud said, as it said it: nothing is sent
// again, and nothing is read into it. The set-up of a scene and the open questions need
// that; the promises are played through the library.
type api interface {
	// create creates one interface of a name, however often it is sent.
	create(ctx context.Context, name string, network network) answer
	attach(ctx context.Context, id, instance string) answer
	assign(ctx context.Context, id string, count int) answer
	assignIPv6(ctx context.Context, id string, count int) answer
	assignPrefix(ctx context.Context, id string) answer
	unassign(ctx context.Context, id string, addresses ...netip.Addr) answer
	detach(ctx context.Context, id, instance string) answer
	describe(ctx context.Context, ids ...string) answer
}

// network is where an interface is created.
type network struct{ vpc, subnet, securityGroup, run string }

// answer is what came back for one request.
type answer struct {
	code         string // of an error
	requestID    string
	status       int
	header       http.Header
	body         []byte
	err          error // why there is no answer
	began, ended time.Time
}

// ok reports whether the cloud accepted the request.
func (a *answer) ok() bool { return a.err == nil && a.code == "" && a.requestID != "" }

// String is the code, or what stands for one.
func (a *answer) String() string {
	switch {
	case a.err != nil:
		return "no answer"
	case a.code != "":
		return a.code
	case a.requestID == "":
		return "an answer without a request id"
	}
	return "accepted"
}

// passes reports whether a refusal may pass by itself. The words decide: which codes a
// cloud has is what the run is to find out.
func (a *answer) passes() bool {
	code := strings.ToLower(a.code)
	for _, word := range []string{"conflict", "mutex", "processing", "internalerror", "serviceunavailable", "incorrect", "invalidenistate", "invalidstate"} {
		if strings.Contains(code, word) {
			return true
		}
	}
	return a.throttled()
}

func (a *answer) throttled() bool {
	code := strings.ToLower(a.code)
	return strings.HasPrefix(code, "throttling") || strings.HasPrefix(code, "requestlimitexceeded") ||
		code == "limitexceeded.actionlimited"
}

// values are all texts in the answer that have a name.
func (a *answer) values(name string) (found []string) {
	var doc any
	if json.Unmarshal(a.body, &doc) != nil {
		return nil
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if text, ok := value.(string); ok && key == name {
					found = append(found, text)
				}
				walk(value)
			}
		case []any:
			for _, value := range v {
				walk(value)
			}
		}
	}
	walk(doc)
	return found
}

// newAPI makes the api of a provider. Requests go through a transport.
func newAPI(s *settings, to http.RoundTripper) api {
	if s.provider == aliyun.Provider {
		return &aliyunAPI{s, tap{to}}
	}
	return &tencentAPI{s, tap{to}}
}

type answerKey struct{}

// tap keeps the answer to a request that has an answer in its context. The SDKs get an
// error in its place: they lose the status of some answers, and panic at others.
type tap struct{ next http.RoundTripper }

var errKept = errors.New("the answer is kept")

func (t tap) RoundTrip(r *http.Request) (*http.Response, error) {
	a, ok := r.Context().Value(answerKey{}).(*answer)
	if !ok {
		return nil, errors.New("a request without a place for its answer")
	}
	a.began = time.Now()
	resp, err := t.next.RoundTrip(r)
	a.ended = time.Now()
	if err != nil {
		a.err = err
		return nil, errKept
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end, or failed already
	a.status, a.header = resp.StatusCode, resp.Header
	a.body, a.err = io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	return nil, errKept
}

// read makes an answer of its body. Alibaba Cloud has code, message and request id at
// the top; Tencent Cloud has them in Response and in the Error of that.
func (a *answer) read() *answer {
	if a.err != nil {
		return a
	}
	var doc map[string]any
	if json.Unmarshal(a.body, &doc) != nil {
		a.err = fmt.Errorf("no JSON, status %d", a.status) // of a gateway: what the cloud said is lost
		return a
	}
	problem := doc
	if response, ok := doc["Response"].(map[string]any); ok {
		doc = response
		problem, _ = response["Error"].(map[string]any) //nolint:errcheck // nil is no error
	}
	a.requestID, _ = doc["RequestId"].(string) //nolint:errcheck // likewise
	a.code, _ = problem["Code"].(string)       //nolint:errcheck // likewise
	return a
}
