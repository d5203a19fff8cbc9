// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// runtime.Goexit during a call leaves no state, and the hook gets the end of the call.
func TestACallThatIsEndedBelowIsOver(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var r record
		opts := r.options()
		begin := opts.OnLoad
		armed := true
		opts.OnLoad = func(l eni.Load) {
			begin(l)
			if armed {
				armed = false
				runtime.Goexit()
			}
		}
		client := core.New(plainCloud(p), opts)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = client.Detach(t.Context(), detach) })
		wg.Wait()
		if len(r.reports().ends) != 1 || len(r.reports().ends[0]) != 1 || r.reports().ends[0][0].Err == nil {
			t.Errorf("the call ended as %+v", r.reports().ends)
		}
		time.Sleep(10 * time.Minute)
		if left := client.Left(); left != nil {
			t.Errorf("left: %q", left)
		}
	})
}

// Without MaxAttempts, MaxElapsed bounds Describe.
func TestDescribeKeepsToMaxElapsed(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.Describe, enitest.Fault{Reason: enitest.Throttled})
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{
			MaxAttempts: -1, MaxElapsed: 10 * time.Second, Backoff: func() eni.Backoff { return pauses(3 * time.Second) },
		}})
		began := time.Now()
		_, err := client.Describe(t.Context(), "eni-1")
		var e *eni.Error
		if !errors.As(err, &e) || e.Attempts != sent(cloud, enitest.Describe) {
			t.Errorf("%d requests: got %+v", sent(cloud, enitest.Describe), e)
		}
		if took := time.Since(began); !errors.Is(err, eni.ErrThrottled) || took < 8*time.Second || took > 10*time.Second {
			t.Errorf("got %v after %v", err, took)
		}
	})
}

// A Describe whose context ends between two requests makes no further one, and its error
// has the last answer.
func TestDescribeEndsInItsPause(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.Describe, enitest.Fault{Reason: enitest.Throttled})
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(time.Minute) }}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		_, err := client.Describe(ctx, "eni-1")
		if !errors.Is(err, eni.ErrThrottled) || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 10*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		time.Sleep(time.Minute)
		if n := sent(cloud, enitest.Describe); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

// After the first broken connection a describe is retried at once; after any other failure
// there is a pause.
func TestPausesBetweenDescriptions(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []enitest.Fault
		want   []time.Duration
	}{
		{"a broken connection", []enitest.Fault{{Reset: true}, {Reset: true}}, []time.Duration{0, 50 * time.Millisecond, 10*time.Second + 50*time.Millisecond}},
		{"throttled", []enitest.Fault{{Reason: enitest.Throttled}}, []time.Duration{0, 10 * time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Inject(enitest.Describe, c.faults...)
				began := time.Now()
				client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(10 * time.Second) }}})
				var at []time.Duration
				p.before = func(_ context.Context, call enitest.Call) {
					if call.Action == enitest.Describe {
						at = append(at, time.Since(began))
					}
				}
				if _, err := client.Detach(t.Context(), detach); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(at, c.want) {
					t.Errorf("described at %v, want %v", at, c.want)
				}
			})
		})
	}
}

// A removed lane whose change a caller waits for is used by the next caller, and removed
// again later.
func TestALaneComesBack(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxSettle: -1}})
		op := accepted(t, cloud, client)
		time.Sleep(20 * time.Minute)
		if n := client.Lanes(); n != 0 {
			t.Fatalf("%d lanes after 20 minutes", n)
		}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := op.Wait(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Minute)
		if n := client.Lanes(); n != 1 {
			t.Errorf("%d lanes while it is waited for, want 1", n)
		}
		wg.Wait()
		time.Sleep(20 * time.Minute)
		if left := client.Left(); left != nil {
			t.Errorf("left: %q", left)
		}
	})
}

// A request without a waiting caller is canceled, and the hook gets the reason, on any
// goroutine.
func TestARequestOfManyIsEnded(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour})
		var r record
		opts := r.options()
		opts.Limiter = slowLimiter{}
		client := core.New(plainCloud(p), opts)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, a := range secondaries(2) {
			wg.Go(func() {
				if _, err := client.UnassignPrivateIps(ctx, release("eni-1", a)); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
		}
		time.AfterFunc(20*time.Second, cancel)
		wg.Wait()
		time.Sleep(time.Second)
		if len(r.reports().attempts) != 1 || !errors.Is(r.reports().attempts[0].Err, context.Canceled) || r.reports().attempts[0].Duration > 10*time.Second {
			t.Errorf("attempts: %+v", r.reports().attempts)
		}
	})
}

// No describe has an empty id, and missing interfaces are found with few requests.
func TestHalvesAreAskedFor(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		for _, id := range []string{"eni-2", "eni-3", "eni-4"} {
			cloud.Put(attached(id, 1))
		}
		cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.NotFound}, enitest.Fault{Reason: enitest.NotFound})
		client := core.New(plainCloud(p), nil)
		found, err := client.Describe(t.Context(), "eni-1", "eni-2", "eni-3", "eni-4")
		if err != nil || len(found) == 0 {
			t.Fatalf("got %v, %v", found, err)
		}
		calls := cloud.Calls(enitest.Describe)
		for _, call := range calls {
			if slices.Contains(call.InterfaceIDs, "") || len(call.InterfaceIDs) == 0 {
				t.Errorf("asked for %q", call.InterfaceIDs)
			}
		}
		if len(calls) > 7 {
			t.Errorf("%d requests", len(calls))
		}
	})
}

// Invalid requests fail before anything is sent.
func TestWrongFamily(t *testing.T) {
	four, six := netip.MustParsePrefix("10.0.0.0/28"), netip.MustParsePrefix("fd00::/80")
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), nil)
		for name, call := range map[string]func() (*eni.Operation, error){
			"an IPv4 prefix": func() (*eni.Operation, error) {
				return client.UnassignIpv6(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{four}})
			},
			"an IPv6 prefix": func() (*eni.Operation, error) {
				return client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{six}})
			},
			"an IPv4 address": func() (*eni.Operation, error) {
				return client.UnassignIpv6(t.Context(), release("eni-1", four.Addr()))
			},
			"an IPv6 address": func() (*eni.Operation, error) {
				return client.UnassignPrivateIps(t.Context(), release("eni-1", six.Addr()))
			},
		} {
			op, err := call()
			if !errors.Is(err, eni.ErrInvalid) || !strings.Contains(err.Error(), "wrong family") || op.Outcome() != eni.OutcomeNotTried {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if n := len(cloud.Calls("")); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

// The error of a Wait has the reason why the interface could not be described, and the
// number of addresses that are still accepted.
func TestWaitReportsTheLastFailure(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		client := core.New(plainCloud(p), nil)
		stale := netip.MustParseAddr("10.9.9.9")
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", append(secondaries(2), stale)...))
		if err != nil {
			t.Fatal(err)
		}
		always(cloud, enitest.Describe, enitest.Fault{Reason: enitest.Throttled})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = op.Wait(ctx)
		var e *eni.Error
		if !errors.Is(err, eni.ErrThrottled) || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.Count != 2 || e.Attempts != op.Attempts() {
			t.Errorf("got %v, counting %+v", err, e)
		}
	})
}

// A describe without a waiting caller is not sent when its permit comes, and the next one
// gets the permit.
func TestADescriptionForNobodyIsNotMade(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{Describe: 0.1}})
		if err := describeOne(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := client.Detach(ctx, detach); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(8500 * time.Millisecond) // the permit has come
		if n := sent(cloud, enitest.Describe); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		began := time.Now()
		if err := describeOne(t.Context(), client); err != nil || time.Since(began) > time.Second {
			t.Errorf("the next one: %v after %s", err, time.Since(began))
		}
	})
}

// hiding is a driver whose SDK hides the end of the context.
type hiding struct{ *plain }

func (d hiding) Send(ctx context.Context, c core.Change) (core.Receipt, error) {
	receipt, err := d.plain.Send(ctx, c)
	if err != nil {
		err = errors.New("the SDK is at a loss")
	}
	return receipt, err
}

// The hook gets the end of the context as the reason, whatever the SDK returns. The
// time-out of a request does not count as the caller's.
func TestTheHookLearnsThatAContextEnded(t *testing.T) {
	for _, c := range []struct {
		limit time.Duration
		want  bool
	}{{10 * time.Second, true}, {time.Hour, false}} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Minute})
			var r record
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			_ = releaseOne(ctx, core.New(plainCloud(hiding{p}), r.options()))
			if len(r.reports().attempts) == 0 || r.reports().attempts[0].Err == nil || errors.Is(r.reports().attempts[0].Err, context.DeadlineExceeded) != c.want {
				t.Errorf("a call of %v: %+v", c.limit, r.reports().attempts)
			}
		})
	}
}

// A panic in the load hook goes to the caller whose call changed the load.
func TestAPanicOfTheFirstLoadIsMet(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		thrown := false
		client := core.New(plainCloud(p), &eni.Options{OnLoad: func(eni.Load) {
			if !thrown {
				thrown = true
				panic("boom")
			}
		}})
		if c := catch(func() error { return releaseOne(t.Context(), client) }); c.value == nil {
			t.Errorf("want a panic, got %v", c.err)
		}
		if sent(cloud, enitest.UnassignPrivateIps) != 1 {
			t.Error("the change is not sent")
		}
	})
}

// A Poll with an ended context makes no request, and its error has the state of the change.
func TestAPollWithAnEndedContextReportsTheState(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		op := accepted(t, cloud, core.New(plainCloud(p), nil))
		before := len(cloud.Calls(""))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		done, err := op.Poll(ctx)
		if done || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "accepted at") || strings.Contains(err.Error(), "stuck") || len(cloud.Calls("")) != before {
			t.Errorf("got %t, %v", done, err)
		}
	})
}
