// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// recorder sends requests, counts them, and writes each exchange, scrubbed, into a
// folder: NNNN-ACTION.request is the request, and NNNN-ACTION.http the reply, in the form
// of the golden files. enitest.Replay answers from such a folder.
type recorder struct {
	next  http.RoundTripper
	scrub *scrubber
	dir   string // empty for no recording

	mu        sync.Mutex
	began     time.Time
	sent      int
	withheld  map[string]int // exchanges that were not written, by what they would show
	throttled map[string]int // requests that were throttled, by action
	failed    error
}

func newRecorder(next http.RoundTripper, scrub *scrubber, dir string) (*recorder, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // there is nothing secret in it
			return nil, err
		}
	}
	return &recorder{next: next, scrub: scrub, dir: dir, began: time.Now(), withheld: make(map[string]int), throttled: make(map[string]int)}, nil
}

// requests is how many were sent.
func (r *recorder) requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent
}

// throttledSo says which requests were throttled, and how many.
func (r *recorder) throttledSo() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, name := range slices.Sorted(maps.Keys(r.throttled)) {
		list = append(list, fmt.Sprintf("%s %d times", name, r.throttled[name]))
	}
	return strings.Join(list, ", ")
}

// RoundTrip sends a request and records the exchange.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		_ = req.Body.Close() //nolint:errcheck // it was read to its end
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.mu.Lock()
	r.sent++
	n := r.sent
	r.mu.Unlock()
	start := time.Now()
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		r.write(n, req, body, start, nil, nil)
		return nil, err
	}
	reply, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	_ = resp.Body.Close() //nolint:errcheck // it was read to its end
	if err != nil {
		r.write(n, req, body, start, nil, nil)
		return nil, err
	}
	r.write(n, req, body, start, resp, reply)
	if a := (answer{body: reply}); a.read().throttled() {
		r.mu.Lock()
		r.throttled[action(req)]++
		r.mu.Unlock()
	}
	resp.Body = io.NopCloser(bytes.NewReader(reply))
	return resp, nil
}

// action is the name of what a request asks for.
func action(req *http.Request) string {
	if name := req.URL.Query().Get("Action"); name != "" {
		return name
	}
	return req.Header.Get("X-Tc-Action")
}

// write writes an exchange. A resp of nil is an answer that was lost.
func (r *recorder) write(n int, req *http.Request, body []byte, start time.Time, resp *http.Response, reply []byte) {
	if r.dir == "" {
		return
	}
	took := time.Since(start)
	r.mu.Lock()
	defer r.mu.Unlock()
	name := action(req)
	if !plainWord.MatchString(name) {
		name = "unknown"
	}
	files := map[string]string{"request": r.requestText(name, req, body, start.Sub(r.began), took)}
	if resp != nil {
		files["http"] = r.replyText(resp, reply)
	}
	for _, text := range files {
		if what := r.scrub.leaks(text); what != "" {
			r.withheld[what]++
			return
		}
	}
	for ending, text := range files {
		file := filepath.Join(r.dir, fmt.Sprintf("%04d-%s.%s", n, name, ending))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // there is nothing secret in it
			r.failed = err
		}
	}
}

// volatile are the parameters that sign a request or belong to the key.
var volatile = map[string]bool{
	"AccessKeyId": true, "Signature": true, "SignatureMethod": true, "SignatureNonce": true, "SignatureType": true,
	"SignatureVersion": true, "SecurityToken": true, "Timestamp": true, "Format": true, "Version": true, "Action": true,
}

func (r *recorder) requestText(name string, req *http.Request, body []byte, after, took time.Duration) string {
	query := url.Values{"Action": {name}}
	params := req.URL.Query()
	for _, key := range slices.Sorted(maps.Keys(params)) {
		if !volatile[key] {
			query.Set(key, r.scrub.scalar(key, params.Get(key)))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s /?%s HTTP/1.1\nHost: cloud.invalid\nX-Recorded-After: %s\nX-Recorded-Took: %s\n\n",
		req.Method, query.Encode(), after.Round(time.Millisecond), took.Round(time.Millisecond))
	b.Write(r.scrub.document(body))
	return b.String()
}

func (r *recorder) replyText(resp *http.Response, body []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %03d %s\n", resp.StatusCode, http.StatusText(resp.StatusCode))
	// Of the headers what a client reads.
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		value := resp.Header.Get(name)
		if name == "Content-Type" && !strings.ContainsAny(value, "\r\n") || isHint(name) && smallNumber.MatchString(value) {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	b.WriteByte('\n')
	b.Write(r.scrub.document(body))
	return b.String()
}
