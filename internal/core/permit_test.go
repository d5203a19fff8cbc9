// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestALaterCallerSharesAChangeThatWaitsForItsPermit(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Limiter: slowLimiter{}})
		var wg sync.WaitGroup
		for n, a := range secondaries(10) {
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 900 * time.Millisecond)
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 {
			t.Errorf("ten callers within one permit should share a change, got %d", got)
		}
	})
}

func TestACallerWhosePermitWouldComeTooLateFailsAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 0.1}})
		addresses := secondaries(3)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", addresses[0])); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		op, err := client.UnassignPrivateIps(ctx, release("eni-1", addresses[1:]...))
		if !errors.Is(err, context.DeadlineExceeded) || eni.KindOf(err) != eni.ErrThrottled {
			t.Errorf("got %v", err)
		}
		if strings.Count(err.Error(), "the next permit comes") != 1 {
			t.Errorf("one reason for both addresses should be told once, got %v", err)
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("want an answer at once, took %s", took)
		}
		if got := op.Results()[0].Outcome; got != eni.OutcomeNotTried {
			t.Errorf("want not tried, got %s", got)
		}
	})
}

// A caller with a deadline goes before those without one, on an interface that already has
// a place in the line and on a new one. Callers who have waited two minutes are not
// overtaken.
func TestCallersWithDeadlinesAreServedFirst(t *testing.T) {
	for name, c := range map[string]struct {
		id       string
		comes    time.Duration
		deadline time.Duration
		served   bool
	}{
		"on its own interface":                  {"eni-200", 500 * time.Millisecond, 5 * time.Second, true},
		"where others wait":                     {"eni-29", 500 * time.Millisecond, 5 * time.Second, true},
		"behind those who wait for two minutes": {"eni-199", 122 * time.Second, 5 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 1}})
				var wg sync.WaitGroup
				for n := range 201 {
					id := fmt.Sprintf("eni-%d", n)
					if cloud.Put(attached(id, 2)); n == 200 {
						continue
					}
					wg.Go(func() {
						time.Sleep(time.Duration(n) * time.Microsecond) // so that they are in line in this order
						if _, err := client.UnassignPrivateIps(t.Context(), release(id, secondaries(1)...)); err != nil {
							t.Error(err)
						}
					})
				}
				time.Sleep(c.comes)
				ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
				defer cancel()
				_, err := client.UnassignPrivateIps(ctx, release(c.id, secondaries(2)[1]))
				if served := err == nil; served != c.served {
					t.Errorf("served: %t (%v), want %t", served, err, c.served)
				}
				wg.Wait()
			})
		})
	}
}

// onceSlow is a limiter whose first permit takes ten minutes.
type onceSlow struct{ asked atomic.Int64 }

func (l *onceSlow) Wait(ctx context.Context) error {
	if l.asked.Add(1) == 1 {
		return pause(ctx, 10*time.Minute)
	}
	return pause(ctx, time.Second)
}

// A permit belongs to the first goal: when its caller departs, its wait ends, and that of
// the next one begins.
func TestNobodyWaitsForThePermitOfOneWhoHasLeft(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Limiter: new(onceSlow)})
		all := secondaries(2)
		var wg sync.WaitGroup
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			client.UnassignPrivateIps(ctx, release("eni-1", all[0]))
		})
		synctest.Wait()
		began := time.Now()
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", all[1])); err != nil || time.Since(began) > 2*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		wg.Wait()
	})
}

// No error of a limiter counts as the end of the caller's context.
func TestALimitersErrorIsNoEndOfTheContext(t *testing.T) {
	for _, says := range []error{context.Canceled, context.DeadlineExceeded, errors.New("burst")} {
		t.Run(says.Error(), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				client := core.New(plainCloud(p), &eni.Options{Limiter: refusingLimiter{says}})
				op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
				if !errors.Is(err, eni.ErrThrottled) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), says.Error()) {
					t.Errorf("want throttled, with the limiter's words, got %v", err)
				}
				if op.Outcome() != eni.OutcomeNotTried || op.Attempts() != 0 || sent(cloud, enitest.UnassignPrivateIps) != 0 {
					t.Errorf("want it not tried, got %s", op.Outcome())
				}
			})
		})
	}
}

type refusingLimiter struct{ err error }

func (l refusingLimiter) Wait(context.Context) error { return l.err }

// A requeued goal keeps its place in the line, which also decides whether its caller's
// deadline is too early.
func TestARequeuedGoalDoesNotFailForTheWholeQueue(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: 500 * time.Millisecond, Reason: enitest.Conflict})
		client := core.New(plainCloud(p), &eni.Options{
			Rates: eni.Rates{UnassignPrivateIps: 1},
			Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(100 * time.Millisecond) }},
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...)); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for n := range 100 {
			id := fmt.Sprintf("eni-x%d", n)
			cloud.Put(attached(id, 1))
			wg.Go(func() {
				if _, err := client.UnassignPrivateIps(t.Context(), release(id, secondaries(1)...)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// A caller who comes during the wait for the permit is also decided early.
func TestALateCallerFailsWhileThePermitIsRequested(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 0.1}})
		all := secondaries(4)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", all[0])); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", all[1])); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		for limit, late := range map[time.Duration]bool{5 * time.Second: true, 20 * time.Second: false} {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				began := time.Now()
				op, err := client.UnassignPrivateIps(ctx, release("eni-1", all[2]))
				if late && (eni.KindOf(err) != eni.ErrThrottled || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 0 || op.Outcome() != eni.OutcomeNotTried) {
					t.Errorf("want to be told at once, got %s, %v after %s", op.Outcome(), err, time.Since(began))
				}
				if !late && err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := sent(cloud, enitest.UnassignPrivateIps); n != 2 {
			t.Errorf("want two changes, got %d", n)
		}
	})
}

// renewing is a driver whose credentials have expired once for each change.
type renewing struct {
	*plain
}

func (d *renewing) Renew(context.Context, error) bool { return true }

// A request that is repeated with new credentials takes another permit.
func TestARenewedRequestTakesItsOwnPermit(t *testing.T) {
	tests := map[string]*eni.Options{
		"of the rate":    {Rates: eni.Rates{UnassignPrivateIps: 0.1}},
		"of the limiter": {Limiter: slowLimiter{}},
	}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.ExpiredCredentials})
				client := core.New(plainCloud(&renewing{plain: p}), opts)
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
					t.Fatal(err)
				}
				calls := cloud.Calls(enitest.UnassignPrivateIps)
				if len(calls) != 2 || calls[1].Time.Sub(calls[0].Time) < 10*time.Second {
					t.Errorf("want two changes ten seconds apart, got %v", calls)
				}
			})
		})
	}
}

// Sending a stuck detach again takes a permit.
func TestAStuckDetachTakesAPermit(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		stuck := plainCloud(p)
		stuck.StuckAfter = 10 * time.Second
		client := core.New(stuck, &eni.Options{Rates: eni.Rates{Detach: 0.05}})
		var wg sync.WaitGroup
		for n := range 5 {
			id := fmt.Sprintf("eni-%d", n)
			cloud.Put(attached(id, 1))
			cloud.Inject(enitest.Detach, enitest.Fault{Stuck: true})
			wg.Go(func() {
				if _, err := eni.Blocking(client).Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		calls := cloud.Calls(enitest.Detach)
		if len(calls) < 10 {
			t.Fatalf("want each sent again, got %d", len(calls))
		}
		for n := range calls[1:] {
			if gap := calls[n+1].Time.Sub(calls[n].Time); gap < 20*time.Second-100*time.Millisecond { // each is described between its permit and its sending
				t.Errorf("detach %d came %s after the one before", n+1, gap)
			}
		}
	})
}

// A permit that is held during a describe is returned when its caller departs.
func TestAPermitOfOneWhoLeavesIsGivenBack(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Put(attached("eni-2", 1))
		cloud.Inject(enitest.Describe, enitest.Fault{Delay: time.Hour})
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 0.01}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(2)...)); err == nil {
			t.Error("want the context's end")
		}
		began := time.Now()
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-2", secondaries(1)...)); err != nil || time.Since(began) > time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}
