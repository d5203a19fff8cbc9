package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// What public reports of the field say happens to people who do this job, over the
// wire servers and the vendors' SDKs, from the caller's call to the caller's error.

// on runs a test on each cloud in virtual time, with some interfaces, over what stands
// between the client and the wire server.
func on(t *testing.T, test func(t *testing.T, cloud *enitest.Cloud, way *way, client func(*eni.Options) eni.Client)) {
	t.Helper()
	eachVendor(t, func(t *testing.T, v vendor) {
		synctest.Test(t, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			for n := range 25 {
				cloud.Put(attached(n, 12))
			}
			w := &way{RoundTripper: enitest.Transport(v.start(cloud, new(keys)))}
			test(t, cloud, w, func(opts *eni.Options) eni.Client { return v.at(t, "http://cloud.test", clientOver(w), opts) })
		})
	})
}

// way is what stands between a client and a cloud.
type way struct {
	http.RoundTripper

	requests atomic.Int64
	before   func(r *http.Request) error // nil error: the request goes on
	after    func(*http.Response) error
}

func (w *way) RoundTrip(r *http.Request) (*http.Response, error) {
	w.requests.Add(1)
	if w.before != nil {
		if err := w.before(r); err != nil {
			return nil, err
		}
	}
	resp, err := w.RoundTripper.RoundTrip(r)
	if err == nil && w.after != nil {
		if err := w.after(resp); err != nil {
			return nil, err
		}
	}
	return resp, err
}

// onIdle tells the transport below a client that a request goes over a connection that
// has been idle.
func onIdle(r *http.Request) {
	trace := httptrace.ContextClientTrace(r.Context())
	trace.GetConn(r.URL.Host)
	trace.GotConn(httptrace.GotConnInfo{Reused: true, WasIdle: true})
	trace.WroteHeaders()
}

// neverPauses is a Backoff that must not be asked.
func neverPauses(t *testing.T) eni.Retry {
	t.Helper()
	return eni.Retry{Backoff: func() eni.Backoff {
		t.Error("there is a pause")
		return millisecond{}
	}}
}

// goals are one of each kind, on an interface.
func goals(client eni.Client, k int) map[string]func(context.Context) (*eni.Operation, error) {
	return map[string]func(context.Context) (*eni.Operation, error){
		"an address": func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignPrivateIps(ctx, release(k, v4(0)))
		},
		"an IPv6 address": func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignIpv6(ctx, release(k, v6(0)))
		},
		"a batch": func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignPrivateIps(ctx, release(k, v4(1), v4(2), v4(3), v4(4), v4(5), v4(6), v4(7), v4(8), v4(9), v4(10), v4(11)))
		},
		"a detach": func(ctx context.Context) (*eni.Operation, error) {
			return client.Detach(ctx, eni.DetachRequest{InterfaceID: interfaceID(k), InstanceID: instanceID})
		},
	}
}

// A change that is lost on a connection that a balancer has forgotten, before or after
// it was carried out: one description, no pause, and the truth.
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

// Where the change was not carried out and nothing may be sent again, it is unknown
// whether it was.
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

// A user's RoundTripper that hides its pool, full of dead connections: they are used
// up by descriptions, not one by one behind pauses.
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

// Nothing left the machine: attempts 0, not tried, and the reason in the text, when
// the context ends and when the call gives up.
func TestFieldNothingLeftTheMachine(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for name, test := range map[string]struct {
		err   error
		says  string
		final eni.Kind // where no other try can help
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
				want := error(context.DeadlineExceeded)
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
					if want == error(context.DeadlineExceeded) {
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

// notTried checks a call of which nothing left, and that its error says why.
func notTried(t *testing.T, goal string, op *eni.Operation, err, want error, says string) {
	t.Helper()
	if op.Outcome() != eni.OutcomeNotTried || op.Attempts() != 0 {
		t.Errorf("%s: want nothing tried, got %s after %d attempts", goal, op.Outcome(), op.Attempts())
	}
	for _, r := range op.Results() {
		if r.Outcome != eni.OutcomeNotTried {
			t.Errorf("%s: %s is %s", goal, r, r.Outcome)
		}
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: want %v and %q, got %v", goal, want, says, err)
	}
	if errors.Is(want, context.DeadlineExceeded) && (!strings.Contains(err.Error(), want.Error()) || !eni.IsRetryable(err)) {
		t.Errorf("%s: want the end of the context in the text, and retryable: %v", goal, err)
	}
	if errors.Is(err, context.Canceled) {
		t.Errorf("%s: nobody cancelled it: %v", goal, err)
	}
}

// A proxy that refuses the tunnel: nothing reaches the cloud.
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

// refuseTunnel is a proxy that refuses.
func refuseTunnel(conn net.Conn) {
	defer conn.Close()
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}
}

// A page of somebody in between is worth two tries, and says who answered.
func TestFieldAPageOfSomebodyInBetween(t *testing.T) {
	for _, status := range []int{302, 401, 403, 405, 407} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			on(t, func(t *testing.T, cloud *enitest.Cloud, w *way, open func(*eni.Options) eni.Client) {
				page := true
				w.after = func(resp *http.Response) error {
					if page {
						resp.StatusCode, resp.Header = status, http.Header{"Content-Type": {"text/html"}, "Server": {"squid/5.7"}}
						resp.Body = io.NopCloser(strings.NewReader("<html><title>Corporate proxy</title>"))
					}
					return nil
				}
				client := open(nil)
				for goal, call := range goals(client, 0) {
					w.requests.Store(0)
					start := time.Now()
					_, err := call(t.Context())
					if !errors.Is(err, eni.ErrUnavailable) || !strings.Contains(err.Error(), "squid/5.7") || time.Since(start) > 5*time.Second {
						t.Errorf("%s: %v after %s", goal, err, time.Since(start))
					}
					if n := w.requests.Load(); n > 3 { // a lost change, and two descriptions of it
						t.Errorf("%s: %d requests", goal, n)
					}
				}
				page = false
				if _, err := client.UnassignPrivateIps(t.Context(), release(1, v4(0))); err != nil {
					t.Errorf("the next call, when it is gone: %v", err)
				}
			})
		})
	}
}

// A provider of credentials that hangs, for each kind of goal, and for callers of the
// same interface.
func TestFieldCredentialsThatDoNotCome(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		synctest.Test(t, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			cloud.Put(attached(0, 12))
			release := make(chan struct{})
			slow := &keys{hang: release}
			w := &way{RoundTripper: enitest.Transport(v.start(cloud, new(keys)))}
			client, err := v.client("http://cloud.test", clientOver(w), slow, nil)
			if err != nil {
				t.Fatal(err)
			}
			const says = "no credentials from provider"
			for _, limit := range []time.Duration{2 * time.Second, 70 * time.Second} {
				var callers sync.WaitGroup
				for goal, call := range goals(client, 0) {
					callers.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), limit)
						defer cancel()
						start := time.Now()
						op, err := call(ctx)
						notTried(t, goal, op, err, context.DeadlineExceeded, says)
						if took := time.Since(start); took != limit {
							t.Errorf("%s: back after %s", goal, took)
						}
					})
				}
				callers.Wait()
			}
			describer, _ := client.(eni.Describer)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := describer.Describe(ctx, interfaceID(0)); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), says) {
				t.Errorf("a description: %v", err)
			}
			if n := w.requests.Load(); n != 0 {
				t.Errorf("%d requests", n)
			}
			close(release)
		})
	})
}

// One interface with something that is no address fails only those who asked for it.
func TestFieldOneUnreadableInterface(t *testing.T) {
	on(t, func(t *testing.T, cloud *enitest.Cloud, w *way, open func(*eni.Options) eni.Client) {
		bad := attached(99, 2)
		bad.Addresses[0].Addr = netip.MustParseAddr("203.0.113.7")
		cloud.Put(bad)
		w.after = func(resp *http.Response) error {
			body, err := io.ReadAll(resp.Body)
			resp.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(body, []byte("203.0.113.7"), []byte("N/A"))))
			return err
		}
		client := open(nil)
		var callers sync.WaitGroup
		for n := range 25 {
			callers.Go(func() {
				start := time.Now()
				op, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: interfaceID(n), InstanceID: instanceID})
				if err != nil || time.Since(start) > 2*time.Second {
					t.Errorf("%s: %s, %v after %s", interfaceID(n), op.Outcome(), err, time.Since(start))
				}
			})
		}
		callers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			op, err := client.Detach(ctx, eni.DetachRequest{InterfaceID: bad.ID, InstanceID: instanceID})
			var e *eni.Error
			if !errors.As(err, &e) || e.InterfaceID != bad.ID || !strings.Contains(e.Message, bad.ID) || op.Outcome() != eni.OutcomeNotTried {
				t.Errorf("%s, %v", op.Outcome(), err)
			}
		})
		callers.Wait()
		describer, _ := client.(eni.Describer)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		found, err := describer.Describe(ctx, interfaceID(1), bad.ID, interfaceID(2))
		if len(found) != 2 || err == nil || !strings.Contains(err.Error(), bad.ID) {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// A conflict whose reply asks for a pause holds its interface for so long.
func TestFieldAConflictAsksForAPause(t *testing.T) {
	on(t, func(t *testing.T, cloud *enitest.Cloud, w *way, open func(*eni.Options) eni.Client) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		w.after = func(resp *http.Response) error {
			resp.Header.Set("Retry-After", "20")
			return nil
		}
		start := time.Now()
		_, err := open(nil).UnassignPrivateIps(t.Context(), release(0, v4(0)))
		if took := time.Since(start); err != nil || took < 20*time.Second || took > 21*time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}

// The permission for task queries is missing: the interface decides, and only a wait
// that ends without it says so.
func TestFieldTheTaskMayNotBeAskedFor(t *testing.T) {
	tencentCloud(t, 1, func(t *testing.T, cloud *enitest.Cloud, client eni.Client) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 20 * time.Second }
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.DescribeTask {
				return &enitest.Fault{Reason: enitest.Denied}
			}
			return nil
		}
		op, err := client.UnassignPrivateIps(t.Context(), release(0, v4(0)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := op.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the task query is not permitted") {
			t.Errorf("a wait that ends: %v", err)
		}
		if err := op.Wait(t.Context()); err != nil || op.Outcome() != eni.OutcomeReleased {
			t.Errorf("%s, %v", op.Outcome(), err)
		}
		if n := len(cloud.Calls(enitest.DescribeTask)); n == 0 {
			t.Error("it was never asked for")
		}
	})
}
