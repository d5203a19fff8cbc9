// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestRequestIDs(t *testing.T) {
	const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	tests := []struct {
		name, asked, traceparent string
		want                     string // empty for one of the service's own
		trace                    any
	}{
		{"the caller's", "order-42", "", "order-42", nil},
		{"the caller's and a trace", "order-42", traceparent, "order-42", trace},
		{"the trace's", "", traceparent, trace, trace},
		{"a new one", "", "", "", nil},
		{"not one with a line break", "order\n42", "", "", nil},
		{"not one without end", strings.Repeat("x", 129), "", "", nil},
		{"not a broken trace's", "", "00-0-0-01", "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/nowhere", nil)
			r.Header["X-Request-Id"] = []string{test.asked}
			r.Header.Set("Traceparent", test.traceparent)
			got := f.serve(r)
			if test.want != "" && got.RequestID != test.want || got.RequestID == test.asked && test.want == "" || len(got.RequestID) < 8 {
				t.Errorf("request id %q", got.RequestID)
			}
			if echo := got.header.Get("X-Request-Id"); echo != got.RequestID {
				t.Errorf("the header has %q, the body %q", echo, got.RequestID)
			}
			line := f.log.line(t, "request")
			if line["request_id"] != got.RequestID || line["trace_id"] != test.trace {
				t.Errorf("the log has request_id %v and trace_id %v", line["request_id"], line["trace_id"])
			}
		})
	}
}

func TestPanicIsAProblem(t *testing.T) {
	f := newFake(t)
	f.handler = recorded(f.service.log, f.service.metrics, answering(func(*http.Request) (reply, error) {
		panic("secret of the house")
	}))
	got := f.ask("/", "")
	if got.status != http.StatusInternalServerError || got.Type != typeBase+"bug" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if strings.Contains(got.body, "house") {
		t.Error("the caller gets the text of the panic")
	}
	line := f.log.line(t, "request")
	if line["panic"] != "secret of the house" || line["level"] != "ERROR" || line["status"] != 500.0 {
		t.Errorf("the log says %v", line)
	}
}

// A release starts goroutines, whose panics must not end the process.
func TestPanicWithinARelease(t *testing.T) {
	f := newFake(t)
	f.service.clouds["aliyun/cn-hangzhou"] = struct{ cloudeni.Client }{} // it panics on every call
	got := f.ask(interfacePath("aliyun", "eni-1/release"), `{"addresses": ["10.0.0.5", "2001:db8::5"]}`)
	if got.status != http.StatusInternalServerError || got.Type != typeBase+"bug" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A panic after a part of the answer closes the connection, so that the answer does not
// look complete.
func TestPanicWithinAnAnswer(t *testing.T) {
	f := newFake(t)
	handler := recorded(f.service.log, f.service.metrics, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		panic("half way")
	}))
	defer func() {
		if p, ok := recover().(error); !ok || !errors.Is(p, http.ErrAbortHandler) {
			t.Errorf("the server sees the panic %v", p)
		}
		if line := f.log.line(t, "request"); line["panic"] != "half way" {
			t.Errorf("the log says %v", line)
		}
	}()
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
}

// Probes come every few seconds.
func TestAccessLogLevels(t *testing.T) {
	for path, want := range map[string]string{
		"/livez":                         "DEBUG",
		"/readyz":                        "DEBUG",
		"/nowhere":                       "INFO",
		interfacePath("aliyun", "eni-1"): "INFO",
	} {
		f := newFake(t)
		f.ask(path, "")
		if got := f.log.line(t, "request")["level"]; got != want {
			t.Errorf("%s is logged at %v, want %s", path, got, want)
		}
	}
}

// Callers of one interface share its changes, and the log names them all.
func TestSharedChangeIsLogged(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		var callers sync.WaitGroup
		for _, id := range []string{"first", "second", "third"} {
			callers.Go(func() {
				r := httptest.NewRequestWithContext(f.Context(), http.MethodPost, interfacePath(provider, "eni-1/release"),
					strings.NewReader(`{"addresses": ["10.0.0.5"]}`))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("X-Request-Id", id)
				f.serve(r).check(f.T, http.StatusOK, "10.0.0.5 released")
			})
			synctest.Wait() // the first is alone when it meets the conflict
		}
		callers.Wait()
		lines := f.log.all(f.T, "change")
		if len(lines) != 2 {
			f.Fatalf("%d changes are logged, want two:\n%s", len(lines), f.log)
		}
		for i, want := range []struct{ level, ids string }{
			{"INFO", "[first]"},
			{"DEBUG", "[first second third]"},
		} {
			ids, _ := lines[i]["request_ids"].([]any)
			slices.SortFunc(ids, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			if got := fmt.Sprint(ids); got != want.ids || lines[i]["level"] != want.level || lines[i]["cloud_request_id"] == "" {
				f.Errorf("change %d is logged as %v, want the ids %s", i, lines[i], want.ids)
			}
		}
	})
}
