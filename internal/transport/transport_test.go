// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/internal/redact"
)

// front plays a balancer before a cloud, on pipes, in virtual time: it drops idle
// connections without closing them and resets the next request on them.
type front struct {
	forgets time.Duration
	conns   atomic.Int64
	resets  atomic.Int64
	served  atomic.Int64
}

func (f *front) dial(context.Context, string, string) (net.Conn, error) {
	f.conns.Add(1)
	ours, theirs := net.Pipe()
	go f.serve(theirs)
	return ours, nil
}

func (f *front) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for last := time.Now(); ; last = time.Now() {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if f.forgets > 0 && time.Since(last) > f.forgets {
			f.resets.Add(1)
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		time.Sleep(300 * time.Millisecond)
		f.served.Add(1)
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			return
		}
	}
}

func do(ctx context.Context, c *Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://cloud.test/", strings.NewReader("body"))
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// If all connections of the pool were dropped, only one request is lost.
func TestAForgottenConnectionCostsOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &front{forgets: 2 * time.Second}
		pool := newShared(f.dial)
		c := &Client{round: pool}
		done := make(chan error)
		for range 60 {
			go func() { done <- do(t.Context(), c) }()
		}
		for range 60 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		time.Sleep(4 * time.Second)
		err := do(t.Context(), c)
		var failed *Error
		if !errors.As(err, &failed) || !failed.Reused() || failed.NotSent {
			t.Errorf("%+v, want one lost on a reused connection", err)
		}
		for range 10 {
			if err := do(t.Context(), c); err != nil {
				t.Error(err)
			}
		}
		if got := f.resets.Load(); got != 1 {
			t.Errorf("%d resets", got)
		}
		time.Sleep(idleTimeout) // the bubble ends without a goroutine of the pool
	})
}

// After an idle period no old connection is used.
func TestIdleConnectionsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &front{forgets: idleTimeout}
		c := &Client{round: newShared(f.dial)}
		for range 3 {
			if err := do(t.Context(), c); err != nil {
				t.Error(err)
			}
			time.Sleep(idleTimeout + time.Millisecond)
		}
		if f.conns.Load() != 3 || f.resets.Load() != 0 {
			t.Errorf("%d connections, %d resets", f.conns.Load(), f.resets.Load())
		}
	})
}

// Clients share connections and leak no goroutines: with one, the synctest bubble
// would not end.
func TestClientsThatAreUsedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &front{}
		pool := newShared(f.dial)
		before := runtime.NumGoroutine()
		for range 100 {
			if err := do(t.Context(), &Client{round: pool}); err != nil {
				t.Error(err)
			}
		}
		if got := f.conns.Load(); got != 1 {
			t.Errorf("%d connections for 100 clients", got)
		}
		time.Sleep(idleTimeout + time.Millisecond)
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before {
			t.Errorf("%d goroutines, %d before", after, before)
		}
	})
	if New(nil).round != New(nil).round || New(nil).round == http.DefaultTransport {
		t.Error("clients without an HTTP client share no transport of their own")
	}
	if New(nil).round != http.RoundTripper(shared) || shared.IdleConnTimeout != 5*time.Second {
		t.Error("the shared transport is another one")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An error of a known type from the user's transport means that nothing was sent.
func TestErrorsByTheirType(t *testing.T) {
	dial := func(err error) error {
		return &url.Error{Op: "Post", URL: "https://cloud.test/?secret", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	for name, test := range map[string]struct {
		err                error
		notSent, permanent bool
		text               string
	}{
		"no such host":      {dial(&net.DNSError{Err: "no such host", Name: "cloud.test", IsNotFound: true}), true, false, "Endpoint"},
		"refused":           {dial(syscall.ECONNREFUSED), true, false, "connection refused"},
		"x509":              {&tls.CertificateVerificationError{Err: errors.New("x509: certificate is valid for com.com")}, true, true, "x509"},
		"host name":         {x509.HostnameError{Certificate: &x509.Certificate{}, Host: "cloud.test"}, true, true, "x509"},
		"unknown authority": {x509.UnknownAuthorityError{}, true, true, "x509"},
		"no TLS":            {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, true, false, "TLS"},
		"alert":             {&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, true, false, "TLS"},
		"proxy refused":     {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: syscall.ECONNREFUSED}, true, false, "proxy"},
		"reset":             {syscall.ECONNRESET, false, false, "no answer"},
		"read":              {&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, false, false, "no answer"},
		"end of file":       {io.EOF, false, false, "EOF"},
	} {
		err := do(t.Context(), New(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, test.err })}))
		var e *Error
		if !errors.As(err, &e) || e.NotSent != test.notSent || e.Permanent != test.permanent || e.Reused() || !strings.Contains(e.Error(), test.text) {
			t.Errorf("%s: %+v", name, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v shows the URL", name, err)
		}
	}
}

// The meaning of an error depends on the progress of the request.
func TestHowFarARequestCame(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var (
		untrusted = x509.UnknownAuthorityError{}
		late      = &net.OpError{Op: "read", Net: "tcp", Err: context.DeadlineExceeded}
		reset     = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		dial      = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		tunnel    = &proxyError{"proxy:1", "407 no"}
		lost      = state{asked: true, connected: true, reused: true, written: true}
	)
	for name, test := range map[string]struct {
		caller                     context.Context //nolint:containedctx // of the case
		err                        error
		state                      state
		notSent, permanent, reused bool
		text                       string
	}{
		"lost on a reused connection":     {t.Context(), io.EOF, lost, false, false, true, "no answer: EOF"},
		"reset on a reused connection":    {t.Context(), reset, lost, false, false, true, "no answer: read tcp: connection reset by peer"},
		"late on a reused connection":     {t.Context(), late, lost, false, false, false, "no answer: read tcp: context deadline exceeded"},
		"given up on a reused connection": {ended, io.EOF, lost, false, false, false, "no answer: context canceled"},
		"lost on a new connection":        {t.Context(), io.EOF, state{asked: true, connected: true, written: true}, false, false, false, "no answer: EOF"},
		"lost and not written":            {t.Context(), io.EOF, state{asked: true, connected: true}, false, false, false, "no answer: EOF"},
		"given up on a connection":        {ended, io.EOF, state{asked: true, connected: true}, false, false, false, "no answer: context canceled"},
		"no connection":                   {t.Context(), io.EOF, state{asked: true}, true, false, false, "no answer: EOF"},
		"given up before":                 {ended, io.EOF, state{asked: true}, true, false, false, "no connection to cloud.test yet: context canceled"},
		"given up and nothing known":      {ended, io.EOF, state{}, false, false, false, "no answer: context canceled"},
		"no trust":                        {t.Context(), untrusted, state{}, true, true, false, "the certificate of cloud.test is not accepted: x509: certificate signed by unknown authority"},
		"no trust at the second try":      {t.Context(), untrusted, state{asked: true, written: true}, false, false, false, "the certificate of cloud.test is not accepted: x509: certificate signed by unknown authority"},
		"refused at the second try":       {t.Context(), dial, state{asked: true, written: true}, false, false, false, "no connection to cloud.test: dial tcp: connection refused"},
		"no tunnel":                       {t.Context(), tunnel, state{}, true, false, false, "no connection to cloud.test: the proxy proxy:1 refused CONNECT: 407 no"},
		"a wrapper around nothing":        {t.Context(), &url.Error{Op: "Post", URL: "https://secret"}, state{}, false, false, false, "no answer"},
	} {
		req := httptest.NewRequest(http.MethodPost, "https://cloud.test/", http.NoBody)
		e := New(nil).failure(test.caller, req, test.err, test.state)
		if e.NotSent != test.notSent || e.Permanent != test.permanent || e.Reused() != test.reused || e.Error() != test.text {
			t.Errorf("%s: %+v, %q", name, e, e)
		}
		if errors.Is(e, context.DeadlineExceeded) || errors.Is(e, context.Canceled) != (test.caller == ended) {
			t.Errorf("%s: %v matches the error of a context that is not the caller's", name, e)
		}
	}
	if e := (&Error{text: "context canceled", cause: context.Canceled}); e.Error() != "context canceled" {
		t.Errorf("%q", e)
	}
}

// If the user's transport retries by itself, the first try may have arrived.
func TestATransportThatTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dials := 0
		pool := newShared(func(context.Context, string, string) (net.Conn, error) {
			if dials++; dials > 1 {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
			}
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				_, _ = http.ReadRequest(bufio.NewReader(theirs))
			}()
			return ours, nil
		})
		again := roundTripper(func(r *http.Request) (*http.Response, error) {
			if resp, err := pool.RoundTrip(r); err == nil {
				return resp, nil
			}
			return pool.RoundTrip(r.Clone(r.Context()))
		})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://cloud.test/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		_, err = New(&http.Client{Transport: again}).Do(req)
		var e *Error
		if !errors.As(err, &e) || e.NotSent || dials != 2 {
			t.Errorf("%+v after %d dials", err, dials)
		}
	})
}

func TestContextsThatEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := newShared(func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(10 * time.Second) // as the dialer's own time-out
			return nil, errors.New("timeout")
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := do(ctx, &Client{round: hang})
		var e *Error
		if !errors.As(err, &e) || !e.NotSent || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no connection to cloud.test yet") {
			t.Errorf("%+v", err)
		}
		err = do(ctx, New(nil)) // it has ended before
		if !errors.As(err, &e) || !e.NotSent || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v", err)
		}
		// After it was written, it may have been sent.
		f := &front{}
		ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err = do(ctx, &Client{round: newShared(f.dial)})
		if !errors.As(err, &e) || e.NotSent || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v", err)
		}
		// The HTTP client's own time-out is not the caller's.
		err = do(t.Context(), &Client{round: newShared(f.dial), timeout: 100 * time.Millisecond})
		var timeout net.Error
		if !errors.As(err, &e) || e.NotSent || errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%+v", err)
		}
		time.Sleep(10 * time.Second)
	})
}

// If the transport requests a second connection, nothing was lost on the first one.
func TestAConnectionThatIsReplaced(t *testing.T) {
	again := roundTripper(func(r *http.Request) (*http.Response, error) {
		hooks := httptrace.ContextClientTrace(r.Context())
		hooks.GetConn("cloud.test:80")
		hooks.GotConn(httptrace.GotConnInfo{Reused: true})
		hooks.GetConn("cloud.test:80")
		return nil, io.EOF
	})
	err := do(t.Context(), New(&http.Client{Transport: again}))
	var e *Error
	if !errors.As(err, &e) || e.Reused() || !e.NotSent {
		t.Errorf("%+v", err)
	}
}

// idle is a transport whose requests fail on a new or on a reused connection.
type idle struct {
	roundTripper

	closed int
}

func (i *idle) CloseIdleConnections() { i.closed++ }

func failOn(reused bool) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		hooks := httptrace.ContextClientTrace(r.Context())
		hooks.GetConn("cloud.test:80")
		hooks.GotConn(httptrace.GotConnInfo{Reused: reused})
		hooks.WroteHeaders()
		return nil, io.EOF
	}
}

// The idle connections are closed only after a request was lost on a reused one.
func TestIdleConnectionsOfTheUsersTransport(t *testing.T) {
	for reused, want := range map[bool]int{true: 1, false: 0} {
		pool := &idle{roundTripper: failOn(reused)}
		err := do(t.Context(), New(&http.Client{Transport: pool}))
		var e *Error
		if !errors.As(err, &e) || e.Reused() != reused || pool.closed != want {
			t.Errorf("%+v, closed %d times", err, pool.closed)
		}
	}
	var e *Error
	if err := do(t.Context(), New(&http.Client{Transport: failOn(true)})); !errors.As(err, &e) || !e.Reused() {
		t.Errorf("%+v of a transport without a pool", err)
	}
}

// The time-out of the user's client leaks nothing after the exchange.
func TestTimeoutsEndWithTheirExchange(t *testing.T) {
	if c := New(&http.Client{Timeout: time.Minute}); c.round != http.DefaultTransport || c.timeout != time.Minute {
		t.Errorf("%+v", c)
	}
	for _, fails := range []bool{true, false} {
		var exchange func() error
		c := New(&http.Client{Timeout: time.Hour, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			exchange = r.Context().Err
			if fails {
				return nil, io.EOF
			}
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(readerFunc(func(p []byte) (int, error) {
				if exchange() != nil {
					t.Error("it ended before its body")
				}
				return 0, io.EOF
			}))}, nil
		})})
		if err := do(t.Context(), c); (err != nil) != fails || exchange() == nil {
			t.Errorf("%v, %v", err, exchange())
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestAProxyThatOpensATunnel(t *testing.T) {
	to := &url.URL{Host: "proxy:1"}
	if err := proxyAnswered(t.Context(), to, nil, &http.Response{StatusCode: http.StatusOK}); err != nil {
		t.Error(err)
	}
	if err := proxyAnswered(t.Context(), to, nil, &http.Response{StatusCode: http.StatusForbidden, Status: "403 no"}); err == nil || err.Error() != "the proxy proxy:1 refused CONNECT: 403 no" {
		t.Error(err)
	}
}

func TestHeadersThatCanBeSent(t *testing.T) {
	for _, value := range []string{"", "a b", "a\tb", "~", "\u00e9"} {
		req := httptest.NewRequest(http.MethodPost, "http://cloud.test/", http.NoBody)
		req.Header["X-Token"] = []string{value}
		sent := false
		_, err := New(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			sent = true
			return &http.Response{Body: http.NoBody}, nil
		})}).Do(req)
		if err != nil || !sent {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestHeadersThatCannotBeSent(t *testing.T) {
	for _, value := range []string{"a\nb", "a\rb", "a\x00", "\x7f"} {
		req := httptest.NewRequest(http.MethodPost, "http://cloud.test/", http.NoBody)
		req.Header["X-Token"] = []string{value}
		_, err := New(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			t.Errorf("%q was sent", value)
			return nil, io.EOF
		})}).Do(req)
		var e *Error
		if !errors.As(err, &e) || !e.NotSent || !e.Permanent || e.Error() != "the header X-Token has an invalid value" {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// Over sockets: a proxy refuses the tunnel, a certificate is not trusted, a port is
// closed, and a server has no TLS.
func TestOverSockets(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	defer proxy.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = quiet()
	untrusted.StartTLS()
	defer untrusted.Close()
	plain := httptest.NewUnstartedServer(http.NotFoundHandler())
	plain.Start()
	defer plain.Close()
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()

	behind := newShared(new(net.Dialer).DialContext)
	behind.Proxy = func(*http.Request) (*url.URL, error) {
		u, err := url.Parse(proxy.URL)
		u.User = url.UserPassword("user", "hunter22")
		return u, err
	}
	for name, test := range map[string]struct {
		round              http.RoundTripper
		endpoint           string
		permanent, refused bool
		text               string
	}{
		"proxy":             {behind, "https://cloud.test", false, true, "refused CONNECT: 407 Proxy Authentication Required"},
		"unknown authority": {shared, untrusted.URL, true, false, "certificate"},
		"no TLS":            {shared, strings.Replace(plain.URL, "http:", "https:", 1), false, false, "TLS"},
		"refused":           {shared, nobody.URL, false, false, "refused"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, test.endpoint, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		_, err = (&Client{round: test.round}).Do(req)
		var e *Error
		if !errors.As(err, &e) || !e.NotSent || e.Permanent != test.permanent || e.Refused != test.refused || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %+v", name, err)
		}
		if strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedactedErrors(t *testing.T) {
	e := &Error{text: "no answer", cause: errors.New("hunter22hunter22"), reused: true}
	if got := e.Redacted(redact.New("hunter22hunter22")); strings.Contains(got.Error(), "hunter22") || !got.Reused() {
		t.Error(got)
	}
}

func TestVersions(t *testing.T) {
	own := func(version string, replace *debug.Module) *debug.Module {
		return &debug.Module{Path: module, Version: version, Replace: replace}
	}
	other := &debug.Module{Path: "other.test/module", Version: "v9"}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3": {Main: *other, Deps: []*debug.Module{other, own("v1.2.3", nil)}},
		"v1.2.4": {Main: *other, Deps: []*debug.Module{own("v1.2.3", own("v0", &debug.Module{Path: "fork.test/module", Version: "v1.2.4"})), other}},
		"v1.2.5": {Main: *own("v1.2.5", nil), Deps: []*debug.Module{other}},
	} {
		if got := versionIn(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, info := range []*debug.BuildInfo{
		nil, {}, {Main: *own("(devel)", nil)}, {Main: *other}, {Main: *other, Deps: []*debug.Module{own("v1", &debug.Module{Path: "../here"})}},
	} {
		if got := versionIn(info); got != "devel" {
			t.Errorf("%+v: %q", info, got)
		}
	}
}

// The shared transport uses HTTP/2 if the cloud does.
func TestHTTP2(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Proto", r.Proto) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	pool := newShared(new(net.Dialer).DialContext)
	defer pool.CloseIdleConnections()
	pool.TLSClientConfig.RootCAs = x509.NewCertPool()
	pool.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&Client{round: pool}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("X-Proto"); got != "HTTP/2.0" {
		t.Error(got)
	}
}

func TestUserAgent(t *testing.T) {
	if got, err := UserAgent(""); err != nil || !strings.HasPrefix(got, "cloudeni/") || strings.ContainsAny(got, " ()") {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := UserAgent("a~"); err != nil || !strings.HasSuffix(got, " a~") {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := UserAgent("drain/1.2 (team a)"); err != nil || !strings.HasSuffix(got, " drain/1.2 (team a)") {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"a\nb", " a", "a ", "é"} {
		if got, err := UserAgent(bad); err == nil {
			t.Errorf("%q", got)
		}
	}
}
