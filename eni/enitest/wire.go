package enitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Reply is one HTTP reply. A zero Status means 200.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// Dialect writes the answers to one request in a vendor's shape. A wire server
// makes one for each request that it has parsed and verified.
type Dialect interface {
	Accepted() Reply
	Described([]eni.Interface) Reply
	Task(state TaskState, output string) Reply
	Rejected(*Rejection) Reply
	// Failed writes an arbitrary error; a zero status is the vendor's usual one.
	Failed(status int, code, message string) Reply
}

// Serve carries out a call on the cloud, with the fault that meets it, and
// writes the answer. It is the part of a wire server that knows no vendor.
func Serve(w http.ResponseWriter, r *http.Request, cloud *Cloud, call Call, d Dialect) {
	call.Time = time.Now()
	fault := cloud.record(call)
	if fault != nil && !sleep(r.Context(), fault.Delay) {
		panic(http.ErrAbortHandler)
	}
	var reply Reply
	if fault.none() || fault.After || fault.Cut {
		reply = carryOut(r.Context(), cloud, call, d, fault)
	}
	if fault != nil && !sleep(r.Context(), fault.AnswerAfter) {
		panic(http.ErrAbortHandler)
	}
	if !fault.none() {
		switch {
		case fault.Reset:
			panic(http.ErrAbortHandler)
		case fault.Cut:
			w.Header().Set("Content-Length", fmt.Sprint(len(reply.Body)))
			reply.Body = reply.Body[:len(reply.Body)/2]
		case fault.Reply != nil:
			reply = *fault.Reply
		case fault.Code != "":
			reply = d.Failed(fault.Status, fault.Code, fault.Message)
		default:
			reply = d.Rejected(&Rejection{Reason: fault.Reason, InterfaceID: call.InterfaceID, InstanceID: call.InstanceID})
		}
	}
	WriteReply(w, reply)
	if fault != nil && fault.Cut {
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}

// WriteReply writes a reply. An error in writing is the client's affair.
func WriteReply(w http.ResponseWriter, reply Reply) {
	if reply.ContentType != "" {
		w.Header().Set("Content-Type", reply.ContentType)
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	_, _ = w.Write(reply.Body) //nolint:errcheck // the client has gone
}

func carryOut(ctx context.Context, cloud *Cloud, call Call, d Dialect, fault *Fault) Reply {
	switch call.Action {
	case Describe:
		return d.Described(cloud.describe(call.InterfaceIDs, fault))
	case List:
		return d.Described(cloud.list(call.Filter))
	case DescribeTask:
		return d.Task(cloud.Task(call.TaskID))
	default:
		due, refused := cloud.Change(call, fault)
		if cloud.AnswerWhenComplete && !sleep(ctx, time.Until(due)) {
			panic(http.ErrAbortHandler)
		}
		if refused != nil {
			if cloud.Terse {
				refused.Prefixes = nil
			}
			return d.Rejected(refused)
		}
		return d.Accepted()
	}
}

// sleep waits, and reports whether it was not cut short by the client's leaving.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Transport returns a RoundTripper that calls the handler in the same process,
// without sockets, so that it works in the virtual time of testing/synctest. It
// honours the request's context, and a handler that panics with
// http.ErrAbortHandler looks like a connection that was reset.
func Transport(handler http.Handler) http.RoundTripper { return transport{handler} }

type transport struct{ handler http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	body, err := readAll(r.Body)
	if err != nil {
		return nil, err
	}
	in := r.Clone(ctx)
	in.Body = io.NopCloser(bytes.NewReader(body))
	in.RequestURI = in.URL.RequestURI()
	if in.Host == "" {
		in.Host = in.URL.Host
	}

	var (
		out     = &recorder{header: make(http.Header)}
		aborted bool
		done    = make(chan struct{})
	)
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				aborted = true
			}
		}()
		t.handler.ServeHTTP(out, in)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		// The handler watches the same context, so it ends by itself.
		return nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if aborted && out.body.Len() == 0 {
		return nil, syscall.ECONNRESET
	}
	resp := out.response(r)
	if aborted {
		resp.Body = &cutBody{Reader: resp.Body}
	}
	return resp, nil
}

// recorder is the ResponseWriter of an in-process request.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode: w.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        w.header,
		Body:          io.NopCloser(&w.body),
		ContentLength: -1,
		Request:       r,
	}
}

// cutBody ends as a connection that broke off.
type cutBody struct{ io.Reader }

func (b *cutBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (*cutBody) Close() error { return nil }

func readAll(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer body.Close() //nolint:errcheck // read to its end, or failed already
	return io.ReadAll(body)
}

// Nonces remembers the nonces of signed requests and refuses those seen before.
// The zero Nonces is ready for use, and safe for concurrent use.
type Nonces struct {
	mu   sync.Mutex
	seen map[string]bool
}

// Add remembers a nonce, and reports whether it is a new one.
func (n *Nonces) Add(nonce string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen[nonce] {
		return false
	}
	if n.seen == nil {
		n.seen = make(map[string]bool)
	}
	n.seen[nonce] = true
	return true
}
