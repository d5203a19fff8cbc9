// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// missedOnce is an accepted change that fails later, and one description that misses
// the interface meanwhile.
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
		b.Errorf("one description missed the interface, which has the address, and Wait says: %v (%s)", err, op.Outcome())
	}
	b.untouched()
}

// missedBeforeDetach is one description that misses an interface before its detach.
func missedBeforeDetach(b *bench) {
	b.cloud.Inject(Describe, Fault{Misses: "eni-1"})
	op, err := eni.Blocking(b.client(eni.Options{})).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.outcome(op, eni.OutcomeReleased)
}

// conflictsForAMinute makes changes of an action meet conflicts, and somebody else act
// after ten seconds.
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

// sentAfter checks that no change of an action reached the cloud later than a time
// after the check began.
func (b *bench) sentAfter(action Action, began time.Time, limit time.Duration) {
	b.Helper()
	for _, call := range b.cloud.Calls(action) {
		if late := call.Time.Sub(began); late > limit {
			b.Errorf("%s was sent %s after the call; want none after %s", action, late, limit)
		}
	}
}

// evidenceEnds is by when the last change may be sent for what was so until the tenth
// second.
const evidenceEnds = 15 * time.Second

// requeuedRelease checks that an address that meets conflicts is described before it
// is sent again: somebody else has released it meanwhile.
func requeuedRelease(b *bench) {
	began := time.Now()
	b.conflictsForAMinute(UnassignPrivateIps, func() { b.takeOff("10.0.0.2") })
	op, err := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: -1}}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeAbsent, addr("10.0.0.2")))
	b.sentAfter(UnassignPrivateIps, began, evidenceEnds)
}

// requeuedDetach is the same for a detach: the interface moves on meanwhile.
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
	time.AfterFunc(10*time.Second, func() { b.takeOff("10.0.0.2") })
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

// undescribable checks that nothing is sent blindly where a description is needed and
// may not be had.
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

// second is a limiter that has something done when it is asked for the second permit,
// which takes ten seconds.
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

// stuckAndMoved checks that a detach that stays in Detaching is not sent again for what
// it was not meant for: while it waits for its permit somebody else has ended it and
// attached the interface anew, or takes it off another instance.
func stuckAndMoved(state eni.InterfaceState, instance string) func(*bench) {
	return func(b *bench) {
		b.cloud.Inject(Detach, Fault{Stuck: true})
		limiter := &second{do: func() { b.become(state, instance) }}
		op, err := b.client(eni.Options{Limiter: limiter}).Detach(b.Context(), detachRequest)
		b.ok(err)
		ctx, cancel := context.WithTimeout(b.Context(), 4*time.Minute)
		defer cancel()
		_ = op.Wait(ctx) //nolint:errcheck // what it says depends on what the cloud says of the task
		if i, _ := b.cloud.Get("eni-1"); limiter.asked.Load() > 1 && i.InstanceID != instance {
			b.Errorf("the interface should be left on %s, is on %q", instance, i.InstanceID)
		}
		b.sent(Detach, 1)
	}
}
