// SPDX-License-Identifier: Apache-2.0

// Package transport sends the requests of all clouds: each one once, without
// following a redirect, over the HTTP client of the user's choice or over the one
// transport that all clients of the process share. Its errors say whether anything
// can have left this machine.
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

// idleTimeout is how long a connection is kept without a request. Balancers and
// NATs on the way forget connections after a while without telling anybody; a
// request on a forgotten one is lost.
const idleTimeout = 5 * time.Second

// shared serves all clients without an HTTP client of the user's, so that a client
// for each request costs neither a connection nor a goroutine. It is not
// http.DefaultTransport, which others may change.
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

// proxyAnswered refuses a tunnel that the proxy has refused, and says who did.
func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{host: proxy.Host, status: resp.Status}
}

// proxyError is a proxy that refused a tunnel to the cloud.
type proxyError struct{ host, status string }

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s refused CONNECT: %s", e.host, e.status)
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	round   http.RoundTripper
	timeout time.Duration // of a whole exchange; zero means none
}

// New returns a client that sends over the transport of the user's client, within
// its time-out, and never changes it. Nil means the shared transport: the core
// bounds each request.
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

// Do sends a request once and returns the head of the reply, whatever its status
// is. The body must be closed. An error is a *[Error].
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

// roundTrip sends a request under a context that ends with that of the request, or
// before.
func (c *Client) roundTrip(ctx context.Context, req *http.Request) (*http.Response, error) {
	t := newTrace()
	resp, err := c.round.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, &t.hooks)))
	if err == nil {
		return resp, nil
	}
	failed := c.failure(req.Context(), req, err, t.seen()) //nolint:contextcheck // the caller's own, without the time-out of the client
	if failed.reused {
		// The others have been idle for as long, and are as dead.
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

// checkHeader refuses what net/http would refuse with an error of no type.
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

// trace follows a request through the transport. Its hooks may run on other
// goroutines than that of the request, and after it has ended.
type trace struct {
	hooks httptrace.ClientTrace

	mu    sync.Mutex
	state state
}

// state is how far a request has come.
type state struct {
	asked     bool // for a connection: the transport calls the hooks
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
	// It stays so when the transport tries another connection: whoever is below it
	// may have sent the request twice.
	t.hooks.WroteHeaders = func() { t.note(func(s *state) { s.written = true }) }
	return t
}
