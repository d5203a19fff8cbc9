// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Request is a request in the log. It has neither keys nor signatures.
type Request struct {
	Time      time.Time      `json:"time"`
	Provider  string         `json:"provider"`
	Action    string         `json:"action"` // the vendor's name
	Region    string         `json:"region,omitempty"`
	ENI       string         `json:"eni,omitempty"`
	Asked     map[string]any `json:"asked,omitempty"`  // the parameters
	Status    int            `json:"status,omitempty"` // missing if the connection broke before the response
	Code      string         `json:"code,omitempty"`   // of an error
	Lost      bool           `json:"lost,omitempty"`   // the connection broke before the answer was complete
	RequestID string         `json:"request_id,omitempty"`
	Faults    []string       `json:"faults,omitempty"` // of this request
}

// remembered is the number of requests that the control endpoint returns. The file has
// all.
const remembered = 10_000

// requestLog has the requests since the beginning. It is safe for concurrent use.
type requestLog struct {
	lines Lines

	mu   sync.Mutex
	last []Request
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	if len(l.last) == 2*remembered {
		l.last = append(l.last[:0], l.last[remembered:]...)
	}
	l.last = append(l.last, r)
	l.mu.Unlock()
	if l.lines != nil {
		_ = l.lines.Write(r) //nolint:errcheck // Lines keeps the error, and the program reads it at the end
	}
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = nil
}

// all returns the last requests, the oldest first.
func (l *requestLog) all() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Request{}, l.last[max(0, len(l.last)-remembered):]...)
}

// maxBody is the maximum size of a body that is read for the log. The servers read no
// more.
const maxBody = 10<<20 + 1

// ServeHTTP serves the vendor's protocol, and logs the request.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	a := c.now.Load()
	logged := Request{Time: time.Now().UTC(), Provider: c.Provider}
	logged.read(r, body, a.keys())
	answer := &recorder{ResponseWriter: w}
	defer func() {
		broken := recover()
		logged.Lost = broken != nil
		logged.answered(answer)
		logged.Faults = c.stage.faults.taken(answer.call.RequestID)
		c.stage.log.add(logged)
		if broken != nil {
			panic(broken)
		}
	}()
	a.handler.ServeHTTP(answer, r)
}

// recorder is a ResponseWriter that keeps what the log needs.
type recorder struct {
	http.ResponseWriter
	call   enitest.Call
	status int
	body   []byte
}

// maxError is longer than any error of a vendor.
const maxError = 16 << 10

// Observe gets the call of a request from the wire server.
func (w *recorder) Observe(call enitest.Call) { w.call = call }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.body = append(w.body, b[:min(len(b), maxError-len(w.body))]...)
	return w.ResponseWriter.Write(b)
}

func (w *recorder) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
