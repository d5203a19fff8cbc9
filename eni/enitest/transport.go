// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
)

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

// cutBody is a body whose connection breaks.
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
