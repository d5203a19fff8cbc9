// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// lastSent returns how long after a time the last call of an action reached the cloud.
func lastSent(cloud *enitest.Cloud, action enitest.Action, id string, since time.Time) time.Duration {
	last := time.Duration(-1)
	for _, call := range cloud.Calls(action) {
		if call.InterfaceID == id {
			last = call.Time.Sub(since)
		}
	}
	return last
}

// MaxElapsed bounds every sending, also if the permit comes late.
func TestNothingIsSentAfterMaxElapsed(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		client := core.New(plainCloud(p), &eni.Options{
			Retry: eni.Retry{MaxElapsed: 10 * time.Second},
			Rates: eni.Rates{UnassignPrivateIps: 1.0 / 600},
		})
		began := time.Now()
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if !errors.Is(err, eni.ErrConflict) || op.Outcome() != eni.OutcomeRefused || time.Since(began) > 10*time.Second {
			t.Errorf("want the conflict within 10 s, got %s, %v after %s", op.Outcome(), err, time.Since(began))
		}
		time.Sleep(time.Hour)
		if last := lastSent(cloud, enitest.UnassignPrivateIps, "eni-1", began); last > 10*time.Second {
			t.Errorf("sent after %s", last)
		}
	})
}

// The same if other callers are throttled, which delays the API.
func TestNothingIsSentAfterMaxElapsedWhereOthersHoldTheAPI(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		began := time.Now()
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			switch {
			case call.Action != enitest.UnassignPrivateIps || time.Since(began) > 4*time.Minute:
				return nil
			case call.InterfaceID == "eni-1":
				return &enitest.Fault{Reason: enitest.Conflict}
			default:
				return &enitest.Fault{Reason: enitest.Throttled}
			}
		}
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxElapsed: 10 * time.Second}})
		var wg sync.WaitGroup
		for n := range 40 {
			id := fmt.Sprintf("eni-x%d", n)
			cloud.Put(attached(id, 2))
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 5 * time.Second)
				client.UnassignPrivateIps(t.Context(), release(id, secondaries(1)...))
			})
		}
		time.Sleep(30 * time.Second)
		at := time.Now()
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if took := time.Since(at); err == nil || took > 10*time.Second {
			t.Errorf("want the end after 10 s, got %v after %s", err, took)
		}
		wg.Wait()
		if last := lastSent(cloud, enitest.UnassignPrivateIps, "eni-1", at); last > 10*time.Second {
			t.Errorf("sent after %s", last)
		}
	})
}

// A backoff may end with the largest duration instead of a negative one.
func TestTheLargestPauseEndsTheRetries(t *testing.T) {
	for _, d := range []time.Duration{math.MaxInt64, math.MaxInt64 - 1, math.MinInt64, -1} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict, Delay: time.Millisecond})
			client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(d) }}})
			began := time.Now()
			op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
			if !errors.Is(err, eni.ErrConflict) || op.Outcome() != eni.OutcomeRefused || time.Since(began) > time.Second {
				t.Errorf("a pause of %d: want the conflict at once, got %s, %v after %s", d, op.Outcome(), err, time.Since(began))
			}
		})
	}
}

func TestOneAttemptIsOneChange(t *testing.T) {
	for name, fault := range map[string]enitest.Fault{
		"conflict":  {Reason: enitest.Conflict},
		"throttled": {Reason: enitest.Throttled},
		"lost":      {Reset: true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				always(cloud, enitest.UnassignPrivateIps, fault)
				op, err := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: 1}}).
					UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
				if n := sent(cloud, enitest.UnassignPrivateIps); err == nil || n != 1 || op.Attempts() != 1 {
					t.Errorf("want one change, got %d, %v", n, err)
				}
			})
		})
	}
}

// Failed describes do not count as attempts.
func TestFailedDescriptionsUseNoAttemptsUp(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		fails := enitest.Fault{Reason: enitest.Internal}
		cloud.Inject(enitest.Describe, fails, fails, fails, fails, fails)
		op, err := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: 1}}).Detach(t.Context(), detach)
		if err != nil || op.Attempts() != 1 {
			t.Errorf("want it detached, got %d attempts, %v", op.Attempts(), err)
		}
	})
}

// A policy that retries more than the default does not change the meaning of an answer: a
// stale address is Absent at once, and the others are released.
func TestAGenerousPolicyChangesNoMeaning(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{
			Retryable: func(err error) bool { return !errors.Is(err, eni.ErrPermission) },
		}})
		began := time.Now()
		op, err := eni.Blocking(client).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)[0], netip.MustParseAddr("10.0.0.200")))
		if r := op.Results(); err != nil || r[0].Outcome != eni.OutcomeReleased || r[1].Outcome != eni.OutcomeAbsent || time.Since(began) > 2*time.Second {
			t.Errorf("got %s, %s, %v after %s", r[0].Outcome, r[1].Outcome, err, time.Since(began))
		}
		began = time.Now()
		_, err = client.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-9", InstanceID: "i-1"})
		if !errors.Is(err, eni.ErrNotFound) || time.Since(began) > 2*time.Second {
			t.Errorf("want not found, got %v after %s", err, time.Since(began))
		}
	})
}

// After a minute of conflicts an address is described before it is sent again: it was
// released and assigned again meanwhile.
func TestARequeuedAddressIsDescribedBeforeItIsSent(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		a, began := secondaries(1)[0], time.Now()
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.UnassignPrivateIps && time.Since(began) < time.Minute {
				return &enitest.Fault{Reason: enitest.Conflict}
			}
			return nil
		}
		go func() {
			time.Sleep(10 * time.Second)
			unassign(cloud, "eni-1", a)
			time.Sleep(50 * time.Second)
			assign(cloud, "eni-1", a) // a new pod's
		}()
		op, err := open(nil).UnassignPrivateIps(t.Context(), release("eni-1", a))
		if err != nil || op.Outcome() != eni.OutcomeAbsent {
			t.Errorf("want absent, got %s, %v", op.Outcome(), err)
		}
		time.Sleep(time.Until(began.Add(2 * time.Minute)))
		if !on(cloud, a) {
			t.Error("the new pod's address was taken off")
		}
	})
}

func TestARequeuedDetachIsDescribedBeforeItIsSent(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		began := time.Now()
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.Detach && time.Since(began) < time.Minute {
				return &enitest.Fault{Reason: enitest.Conflict}
			}
			return nil
		}
		go func() {
			time.Sleep(10 * time.Second)
			cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-2" })
		}()
		op, err := open(nil).Detach(t.Context(), detach)
		if !errors.Is(err, eni.ErrState) {
			t.Errorf("want a wrong state, got %s, %v", op.Outcome(), err)
		}
		if last := lastSent(cloud, enitest.Detach, "eni-1", began); last > 15*time.Second {
			t.Errorf("sent %s after the call", last)
		}
	})
}

// Each detach is described within five seconds before it is sent, however long its permit
// takes.
func TestADetachIsDescribedWhileItsPermitIsHeld(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{Detach: 0.2}})
		var wg sync.WaitGroup
		for n := range 30 {
			id := fmt.Sprintf("eni-%d", n)
			cloud.Put(attached(id, 1))
			wg.Go(func() {
				if _, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		described := make(map[string]time.Time)
		for _, call := range cloud.Calls() {
			for _, id := range call.InterfaceIDs {
				described[id] = call.Time
			}
			if age := call.Time.Sub(described[call.InterfaceID]); call.Action == enitest.Detach && age > 5*time.Second {
				t.Errorf("%s was sent %s after its description", call.InterfaceID, age)
			}
		}
	})
}
