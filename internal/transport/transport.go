// SPDX-License-Identifier: Apache-2.0

// Package transport sends the requests of all clouds: each one once, without following a
// redirect, over the user's HTTP client or over a transport that all clients of the
// process share. Its errors say whether any part of a request may have been sent.
package transport

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// idleTimeout is the time that an idle connection is kept. Balancers and NATs drop idle
// connections without closing them, and a request on a dropped one is lost.
const idleTimeout = 5 * time.Second

// shared serves all clients without a user's HTTP client, so that a client for each
// request costs neither a connection nor a goroutine. It is not http.DefaultTransport,
// which other code may change.
var shared = newShared((&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext)

func newShared(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: proxyAnswered,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256,
		// The requests of a client go to one host. With the default of 2, most
		// connections of many concurrent callers would be closed after each request.
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       idleTimeout,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// proxyAnswered returns a *proxyError if the proxy refused the tunnel.
func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{host: proxy.Host, status: resp.Status}
}

// proxyError is the error of a proxy that refused a tunnel to the cloud.
type proxyError struct{ host, status string }

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s refused CONNECT: %s", e.host, e.status)
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	round   http.RoundTripper
	timeout time.Duration // of a whole exchange; zero means none
}

// New returns a client with the transport and the time-out of the user's client, which
// it never changes. Nil means the shared transport without a time-out: the core limits
// each request.
func New(user *http.Client) *Client {
	switch {
	case user == nil:
		return &Client{round: shared}
	case user.Transport == nil:
		return &Client{round: http.DefaultTransport, timeout: user.Timeout}
	default:
		return &Client{round: user.Transport, timeout: user.Timeout}
	}
}

// Do sends a request once and returns the response with any status. The caller must
// close the body. An error is an [*Error].
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, &Error{NotSent: true, text: err.Error(), cause: err}
	}
	if err := checkHeader(req.Header); err != nil {
		return nil, err
	}
	if c.timeout <= 0 {
		return c.roundTrip(ctx, req)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	resp, err := c.roundTrip(ctx, req)
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &body{resp.Body, cancel}
	return resp, nil
}

// roundTrip sends a request with a context that ends with that of the request, or
// earlier.
func (c *Client) roundTrip(ctx context.Context, req *http.Request) (*http.Response, error) {
	t := newTrace()
	resp, err := c.round.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, &t.hooks)))
	if err == nil {
		return resp, nil
	}
	failed := c.failure(req.Context(), req, err, t.seen()) //nolint:contextcheck // the caller's own, without the time-out of the client
	if failed.reused {
		// The others have been idle as long and are probably dropped too.
		c.closeIdle()
	}
	return nil, failed
}

func (c *Client) closeIdle() {
	if pool, ok := c.round.(interface{ CloseIdleConnections() }); ok {
		pool.CloseIdleConnections()
	}
}

// body ends the time-out of the exchange when it is closed.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *body) Close() error {
	b.cancel()
	return b.ReadCloser.Close()
}

// checkHeader rejects invalid values, for which net/http has no error type.
func checkHeader(header http.Header) error {
	for name, values := range header {
		for _, value := range values {
			if !isValue(value) {
				return &Error{NotSent: true, Permanent: true, text: fmt.Sprintf("the header %s has an invalid value", name)}
			}
		}
	}
	return nil
}

func isValue(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// trace records the progress of a request. Its hooks may run on other goroutines and
// after the request has ended.
type trace struct {
	hooks httptrace.ClientTrace

	mu    sync.Mutex
	state state
}

// state is the progress of a request.
type state struct {
	asked     bool // for a connection; the transport calls the hooks
	connected bool
	reused    bool // the connection had served another request before
	written   bool // perhaps only into a buffer
}

func (t *trace) seen() state {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

func (t *trace) note(change func(*state)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.state)
}

func newTrace() *trace {
	t := new(trace)
	t.hooks.GetConn = func(string) { t.note(func(s *state) { s.asked, s.connected, s.reused = true, false, false }) }
	t.hooks.GotConn = func(info httptrace.GotConnInfo) {
		t.note(func(s *state) { s.connected, s.reused = true, info.Reused })
	}
	// It stays set if the transport tries another connection, because the request may
	// have been sent twice.
	t.hooks.WroteHeaders = func() { t.note(func(s *state) { s.written = true }) }
	return t
}
