// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// missedOnce checks an accepted change that fails later, with one description without the
// interface in between.
func missedOnce(b *bench) {
	b.completesAfter(30 * time.Second)
	b.cloud.Inject(UnassignPrivateIps, Fault{TaskOutput: "the host did not answer"})
	client := b.client(eni.Options{})
	op, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	b.cloud.Inject(Describe, Fault{Misses: "eni-1"})
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	if err := op.Wait(ctx); err == nil || errors.Is(err, eni.ErrNotFound) {
		b.Errorf("the interface still has the address, want an error of Wait, got: %v (%s)", err, op.Outcome())
	}
	b.untouched()
}

// missedBeforeDetach checks a detach after one description without the interface.
func missedBeforeDetach(b *bench) {
	b.cloud.Inject(Describe, Fault{Misses: "eni-1"})
	op, err := eni.Blocking(b.client(eni.Options{})).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.outcome(op, eni.OutcomeReleased)
}

// conflictsForAMinute refuses the changes of an action with conflicts, and lets another
// actor act after ten seconds.
func (b *bench) conflictsForAMinute(action Action, others func()) {
	began := time.Now()
	b.cloud.Control = func(call Call) *Fault {
		if call.Action == action && time.Since(began) < time.Minute {
			return &Fault{Reason: Conflict}
		}
		return nil
	}
	time.AfterFunc(10*time.Second, others)
}

// sentAfter checks that the cloud received no change of an action after a time limit.
func (b *bench) sentAfter(action Action, began time.Time, limit time.Duration) {
	b.Helper()
	for _, call := range b.cloud.Calls(action) {
		if late := call.Time.Sub(began); late > limit {
			b.Errorf("%s was sent %s after the call; want none after %s", action, late, limit)
		}
	}
}

// evidenceEnds is the time limit for a change if another actor acts after ten seconds.
const evidenceEnds = 15 * time.Second

// requeuedRelease checks that a release is described before it is retried after
// conflicts: another actor has released the address.
func requeuedRelease(b *bench) {
	began := time.Now()
	b.conflictsForAMinute(UnassignPrivateIps, func() { b.releaseElsewhere("10.0.0.2") })
	op, err := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: -1}}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeAbsent, addr("10.0.0.2")))
	b.sentAfter(UnassignPrivateIps, began, evidenceEnds)
}

// requeuedDetach is the same for a detach: another actor attaches the interface to another
// instance.
func requeuedDetach(b *bench) {
	began := time.Now()
	b.conflictsForAMinute(Detach, func() { b.become(eni.StateInUse, "i-other") })
	op, err := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: -1}}).Detach(b.Context(), detachRequest)
	b.is(err, eni.ErrState)
	b.outcome(op, eni.OutcomeRefused)
	b.sentAfter(Detach, began, evidenceEnds)
}

// aMinute is a limiter whose permits take a minute.
type aMinute struct{}

func (aMinute) Wait(ctx context.Context) error {
	if sleep(ctx, time.Minute) != nil {
		return ctx.Err()
	}
	return nil
}

// permitOfARelease checks that an address that waited for its permit is described
// before it is sent.
func permitOfARelease(b *bench) {
	time.AfterFunc(10*time.Second, func() { b.releaseElsewhere("10.0.0.2") })
	op, err := b.client(eni.Options{Limiter: aMinute{}}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeAbsent, addr("10.0.0.2")))
	b.sent(UnassignPrivateIps, 0)
}

// permitOfADetach is the same for a detach.
func permitOfADetach(b *bench) {
	time.AfterFunc(10*time.Second, func() { b.become(eni.StateInUse, "i-other") })
	op, err := b.client(eni.Options{Limiter: aMinute{}}).Detach(b.Context(), detachRequest)
	b.is(err, eni.ErrState)
	b.outcome(op, eni.OutcomeRefused)
	b.sent(Detach, 0)
}

// undescribable checks that nothing is sent if a required description is not permitted.
func undescribable(b *bench) {
	b.always(Describe, Fault{Reason: Denied})
	client := b.client(eni.Options{})
	op, err := client.UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrPermission)
	b.outcomes(op, all(eni.OutcomeNotTried, span(2, 3)...))
	op, err = client.Detach(b.Context(), detachRequest)
	b.is(err, eni.ErrPermission)
	b.outcome(op, eni.OutcomeNotTried)
	b.sent(UnassignPrivateIps, 0)
	b.sent(Detach, 0)
}

// second is a Limiter whose second permit takes ten seconds and runs a function.
type second struct {
	asked atomic.Int64
	do    func()
}

func (l *second) Wait(ctx context.Context) error {
	if l.asked.Add(1) < 2 {
		return nil
	}
	l.do()
	if sleep(ctx, 10*time.Second) != nil {
		return ctx.Err()
	}
	return nil
}

// stuckAndMoved checks that a stuck detach does not act on another attachment: while it
// waits for its permit, another actor attaches the interface again, or detaches it from
// another instance.
func stuckAndMoved(state eni.InterfaceState, instance string) func(*bench) {
	return func(b *bench) {
		b.cloud.Inject(Detach, Fault{Stuck: true})
		limiter := &second{do: func() { b.become(state, instance) }}
		op, err := b.client(eni.Options{Limiter: limiter}).Detach(b.Context(), detachRequest)
		b.ok(err)
		ctx, cancel := context.WithTimeout(b.Context(), 4*time.Minute)
		defer cancel()
		_ = op.Wait(ctx) //nolint:errcheck // it depends on the cloud's task
		if i, _ := b.cloud.Get("eni-1"); limiter.asked.Load() > 1 && i.InstanceID != instance {
			b.Errorf("the interface should stay on %s, is on %q", instance, i.InstanceID)
		}
		b.sent(Detach, 1)
	}
}
