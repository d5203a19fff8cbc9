// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// onIdle makes the transport report that a request uses an idle connection.
func onIdle(r *http.Request) {
	trace := httptrace.ContextClientTrace(r.Context())
	trace.GetConn(r.URL.Host)
	trace.GotConn(httptrace.GotConnInfo{Reused: true, WasIdle: true})
	trace.WroteHeaders()
}

// neverPauses is a Backoff that must not be called.
func neverPauses(t *testing.T) eni.Retry {
	t.Helper()
	return eni.Retry{Backoff: func() eni.Backoff {
		t.Error("there is a pause")
		return millisecond{}
	}}
}

// A change is lost on a connection that a load balancer has dropped, before or after it
// was done: one describe, no pause, and the right outcome.
func TestFieldAForgottenConnection(t *testing.T) {
	for _, done := range []bool{false, true} {
		t.Run(fmt.Sprintf("done %t", done), func(t *testing.T) {
			on(t, func(t *testing.T, cloud *enitest.Cloud, w *way, client func(*eni.Options) eni.Client) {
				var lost sync.Map
				lose := func(r *http.Request) error {
					if changes := len(cloud.Calls(enitest.UnassignPrivateIps)); changes == 0 && !done || changes == 1 && done {
						if _, again := lost.LoadOrStore(changes, true); !again {
							onIdle(r)
							return io.EOF
						}
					}
					return nil
				}
				if w.before = lose; done {
					w.before, w.after = nil, func(resp *http.Response) error { return lose(resp.Request) }
				}
				start := time.Now()
				op, err := client(&eni.Options{Retry: neverPauses(t)}).UnassignPrivateIps(t.Context(), release(0, v4(0)))
				if took := time.Since(start); err != nil || took > 100*time.Millisecond && !done {
					t.Errorf("%v after %s", err, took)
				}
				if err := op.Wait(t.Context()); err != nil || op.Outcome() != eni.OutcomeReleased {
					t.Errorf("%s, %v", op.Outcome(), err)
				}
				if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 1 {
					t.Errorf("%d changes", n)
				}
				if n := len(cloud.Calls(enitest.Describe)); n == 0 || n > 3 {
					t.Errorf("%d descriptions, for the loss and for the wait", n)
				}
			})
		})
	}
}

// If the lost change was not done and no retry is allowed, the outcome is unknown.
func TestFieldAForgottenConnectionAndOneAttempt(t *testing.T) {
	on(t, func(t *testing.T, _ *enitest.Cloud, w *way, client func(*eni.Options) eni.Client) {
		w.before = func(r *http.Request) error {
			onIdle(r)
			return io.EOF
		}
		op, err := client(&eni.Options{Retry: eni.Retry{MaxAttempts: 1}}).UnassignPrivateIps(t.Context(), release(0, v4(0)))
		if op.Outcome() != eni.OutcomeUnknown || !errors.Is(err, eni.ErrUnavailable) || op.Attempts() != 1 || w.requests.Load() != 1 {
			t.Errorf("%s after %d attempts and %d requests, %v", op.Outcome(), op.Attempts(), w.requests.Load(), err)
		}
	})
}

// A user's RoundTripper hides its pool of dead connections: describes use them up without
// pauses.
func TestFieldAPoolThatCannotBeClosed(t *testing.T) {
	on(t, func(t *testing.T, _ *enitest.Cloud, w *way, client func(*eni.Options) eni.Client) {
		var dead atomic.Int64
		w.before = func(r *http.Request) error {
			if dead.Add(-1) >= 0 {
				onIdle(r)
				return io.EOF
			}
			return nil
		}
		dead.Store(60)
		ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
		defer cancel()
		start := time.Now()
		_, err := client(nil).UnassignPrivateIps(ctx, release(0, v4(0)))
		if took := time.Since(start); err != nil || took > 3*time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}

// No request was sent: no attempts, outcome not tried, and the reason in the error, when
// the context ends and when the call gives up.
func TestFieldNothingLeftTheMachine(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for name, test := range map[string]struct {
		err   error
		says  string
		final eni.Kind // if a retry cannot succeed
	}{
		"no such host":   {dial(&net.DNSError{Err: "no such host", Name: "cloud.test", IsNotFound: true}), "Endpoint", 0},
		"refused":        {dial(errors.New("connection refused")), "connection refused", 0},
		"no TLS":         {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "TLS", 0},
		"proxy":          {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("refused")}, "proxy", 0},
		"x509":           {&tls.CertificateVerificationError{Err: errors.New("x509: certificate is valid for com.com")}, "x509", eni.ErrInvalid},
		"x509, deadline": {&tls.CertificateVerificationError{Err: errors.New("x509: certificate has expired")}, "x509", eni.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(t *testing.T, cloud *enitest.Cloud, w *way, open func(*eni.Options) eni.Client) {
				w.before = func(*http.Request) error { return test.err }
				want := context.DeadlineExceeded
				if test.final != 0 {
					want = test.final
				}
				for goal, call := range goals(open(nil), 0) {
					w.requests.Store(0)
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					op, err := call(ctx)
					notTried(t, goal, op, err, want, test.says)
					if n := w.requests.Load(); test.final != 0 && n != 1 {
						t.Errorf("%s: %d requests", goal, n)
					}
					cancel()
				}
				for goal, call := range goals(open(&eni.Options{Retry: eni.Retry{MaxAttempts: 2, MaxElapsed: 20 * time.Second}}), 0) {
					op, err := call(t.Context())
					if want == context.DeadlineExceeded {
						notTried(t, goal, op, err, eni.ErrUnavailable, test.says)
					} else {
						notTried(t, goal, op, err, want, test.says)
					}
				}
				if n := len(cloud.Calls()); n != 0 {
					t.Errorf("%d calls", n)
				}
			})
		})
	}
}

// A proxy refuses the tunnel: no request reaches the cloud.
func TestFieldAProxyRefusesTheTunnel(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		synctest.Test(t, func(t *testing.T) {
			behind := &http.Transport{
				Proxy: func(r *http.Request) (*url.URL, error) { return r.URL.Parse("http://proxy.test:3128") },
				DialContext: func(context.Context, string, string) (net.Conn, error) {
					ours, theirs := net.Pipe()
					go refuseTunnel(theirs)
					return ours, nil
				},
			}
			for goal, call := range goals(v.at(t, "https://cloud.test", clientOver(behind), nil), 0) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				op, err := call(ctx)
				notTried(t, goal, op, err, context.DeadlineExceeded, "Forbidden")
				cancel()
			}
			behind.CloseIdleConnections()
		})
	})
}

// refuseTunnel is a proxy that refuses tunnels.
func refuseTunnel(conn net.Conn) {
	defer conn.Close()
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}
}
