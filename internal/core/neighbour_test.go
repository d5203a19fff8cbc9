// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// A caller with a deadline calls for an interface where another caller got a conflict and
// pauses, or has departed.
func TestANewcomerWaitsForNobodysLongPause(t *testing.T) {
	for name, leaves := range map[string]time.Duration{"who has left": time.Second / 4, "who pauses": time.Hour} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
				client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(25 * time.Second) }}})
				all := secondaries(2)
				var wg sync.WaitGroup
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), leaves)
					defer cancel()
					client.UnassignPrivateIps(ctx, release("eni-1", all[0]))
				})
				time.Sleep(500 * time.Millisecond)
				began := time.Now()
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", all[1])); err != nil || time.Since(began) > 100*time.Millisecond {
					t.Errorf("the interface is free: got %v after %s", err, time.Since(began))
				}
				wg.Wait()
			})
		})
	}
}

// The pauses grow with consecutive conflicts, and start again when no caller is left.
func TestPausesBeginAnewWhenAllHaveLeft(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		made := 0
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { made++; return pauses(time.Second) }}})
		for n := range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 9500*time.Millisecond)
			client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
			cancel()
			if made != n+1 {
				t.Errorf("after %d calls: want a backoff for each, got %d", n+1, made)
			}
		}
	})
}

func TestALoneAddressDoesNotWaitForAGiantCall(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 300 * time.Millisecond }
		cloud.AnswerWhenComplete = true
		giant := attached("eni-1", 1)
		lone := secondaries(1)[0]
		for _, a := range many(2000) {
			giant.Addresses = append(giant.Addresses, eni.Address{Addr: a})
		}
		cloud.Put(giant)
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", many(2000)...)); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		began := time.Now()
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", lone)); err != nil || time.Since(began) > time.Second {
			t.Errorf("a lone address behind 2,000: %v after %s", err, time.Since(began))
		}
		wg.Wait()
		if n := sent(cloud, enitest.UnassignPrivateIps); n > 201 {
			t.Errorf("want 201 changes at most, got %d", n)
		}
	})
}

// A throttled action does not delay other actions of its interface.
func TestIPv6DoesNotWaitForThrottledIPv4(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		v6 := netip.MustParseAddr("2001:db8::2")
		assign(cloud, "eni-1", v6)
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Throttled})
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 1.0 / 30}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for _, a := range secondaries(3) {
			wg.Go(func() { client.UnassignPrivateIps(ctx, release("eni-1", a)) })
			synctest.Wait()
		}
		began := time.Now()
		if _, err := client.UnassignIpv6(t.Context(), release("eni-1", v6)); err != nil || time.Since(began) > 100*time.Millisecond {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		wg.Wait()
	})
}

// hinting is a driver whose conflicts have a retry hint.
type hinting struct{ *plain }

type hint struct{ error }

func (hint) RetryAfter() time.Duration { return 30 * time.Second }
func (h hint) Unwrap() error           { return h.error }

func (d hinting) Send(ctx context.Context, c core.Change) (core.Receipt, error) {
	receipt, err := d.plain.Send(ctx, c)
	if err != nil {
		err = hint{err}
	}
	return receipt, err
}

func TestAHintOfOneInterfacesConflictHoldsNoOther(t *testing.T) {
	for reason, want := range map[enitest.Reason]time.Duration{
		enitest.Conflict:  0,                // it is about the interface
		enitest.Throttled: 30 * time.Second, // it is about the API
		enitest.Internal:  30 * time.Second, // likewise
	} {
		t.Run(string(reason), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Put(attached("eni-2", 2))
				cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: reason})
				client := core.New(plainCloud(hinting{p}), nil)
				began := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() {
					_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
					if took := time.Since(began); err != nil || took < 30*time.Second || took > 32*time.Second {
						t.Errorf("want it sent again after the hint, got %v after %s", err, took)
					}
				})
				synctest.Wait()
				_, err := client.UnassignPrivateIps(t.Context(), release("eni-2", secondaries(1)...))
				if took := time.Since(began).Truncate(time.Second); err != nil || took != want {
					t.Errorf("another interface: want it after %s, got %v after %s", want, err, took)
				}
				wg.Wait()
			})
		})
	}
}

// On a cloud whose changes take longer than their answers, the batches of one call would
// conflict: after the first such conflict the lane waits for each change.
func TestACallMeetsItsOwnChangeOnceAtMost(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Second }
		op, err := core.New(plainCloud(p), nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(40)...))
		if err != nil {
			t.Errorf("got %s, %v", op.Outcome(), err)
		}
		if n := sent(cloud, enitest.UnassignPrivateIps); n > 5 {
			t.Errorf("forty addresses: want five changes at most, got %d", n)
		}
	})
}
