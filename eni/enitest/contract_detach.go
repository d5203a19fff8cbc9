// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func detaches(b *bench) {
	b.completesAfter(3 * time.Second)
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.outcome(op, eni.OutcomeAccepted)
	if done, err := op.Poll(b.Context()); done || err != nil {
		b.Errorf("a poll before the change has taken effect: want not done, got %t, %v", done, err)
	}
	b.ok(op.Wait(b.Context()))
	b.outcome(op, eni.OutcomeReleased)
	if done, err := op.Poll(b.Context()); !done || err != nil {
		b.Errorf("a poll after Wait: want done, got %t, %v", done, err)
	}
	b.sent(Detach, 1)
	if i, _ := b.cloud.Get("eni-1"); i.State != eni.StateAvailable || i.InstanceID != "" {
		b.Errorf("the interface should be free, is %s on %q", i.State, i.InstanceID)
	}
	if len(op.Results()) != 0 {
		b.Errorf("a detach has no results, got: %v", op.Results())
	}
}

func detachFree(b *bench) {
	b.cloud.Put(eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable})
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcome(op, eni.OutcomeAbsent)
	b.sent(Detach, 0)
}

func detachElsewhere(b *bench) {
	b.cloud.Put(attached("i-other"))
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.is(err, eni.ErrState)
	b.outcome(op, eni.OutcomeRefused)
	if !strings.Contains(err.Error(), "i-other") {
		b.Errorf("the error should name the instance of the interface, got: %v", err)
	}
	b.untouched()
	b.sent(Detach, 0)
}

func detachPrimary(b *bench) {
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.Type = eni.TypePrimary })
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.is(err, eni.ErrInvalid)
	b.outcome(op, eni.OutcomeRefused)
	b.sent(Detach, 0)
}

func detachMember(b *bench) {
	b.cloud.Update("eni-1", func(i *eni.Interface) {
		i.Type, i.TrunkInterfaceID = eni.TypeMember, "eni-trunk"
	})
	req := detachRequest
	req.TrunkInterfaceID = "eni-trunk"
	op, err := b.client(eni.Options{}).Detach(b.Context(), req)
	if errors.Is(err, eni.ErrUnsupported) {
		if calls := b.cloud.Calls(); len(calls) != 0 {
			b.Errorf("unsupported, but %v was sent", calls)
		}
		return
	}
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	if i, _ := b.cloud.Get("eni-1"); i.InstanceID != "" {
		b.Errorf("the member should be free, is on %s", i.InstanceID)
	}
}

func detachLost(b *bench) {
	b.cloud.Inject(Detach, Fault{Reset: true, After: true})
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcome(op, eni.OutcomeReleased)
	b.sent(Detach, 1)
}

// detachLostAndCancelled checks a detach with a lost response whose context ends before the
// client has described the interface.
func detachLostAndCancelled(b *bench) {
	b.cloud.Inject(Detach, Fault{Reset: true, After: true})
	b.afterwards(Detach, Fault{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
	defer cancel()
	op, err := b.client(eni.Options{}).Detach(ctx, detachRequest)
	b.is(err, context.DeadlineExceeded)
	b.outcome(op, eni.OutcomeUnknown)
	b.sent(Detach, 1)
}

func detachDeleted(b *bench) {
	b.completesAfter(time.Minute)
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.cloud.Delete("eni-1")
	b.cloud.ForgetTasks()
	b.is(op.Wait(b.Context()), eni.ErrNotFound)
	b.outcome(op, eni.OutcomeReleased)
}

func detachUnknown(b *bench) {
	op, err := b.client(eni.Options{}).Detach(b.Context(), eni.DetachRequest{InterfaceID: "eni-none", InstanceID: "i-1"})
	b.is(err, eni.ErrNotFound)
	b.outcome(op, eni.OutcomeAbsent)
}

// become sets the state and the instance of eni-1.
func (b *bench) become(state eni.InterfaceState, instance string) {
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = state, instance })
}

func detachAttaching(b *bench) {
	b.become(eni.StateAttaching, "i-1")
	time.AfterFunc(5*time.Second, func() { b.become(eni.StateInUse, "i-1") })
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.wait(op)
	b.outcome(op, eni.OutcomeReleased)
	if i, _ := b.cloud.Get("eni-1"); i.State != eni.StateAvailable {
		b.Errorf("the interface should be free, is %s", i.State)
	}
}

func detachAttachingForEver(b *bench) {
	b.become(eni.StateAttaching, "i-1")
	op, err := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: 3}}).Detach(b.Context(), detachRequest)
	b.is(err, eni.ErrConflict)
	if !eni.IsRetryable(err) || errors.Is(err, eni.ErrState) {
		b.Errorf("attaching passes by itself, so the error should be retryable, got: %v", err)
	}
	b.holdsTrue(op)
	b.untouched()
}

func detachDetachingElsewhere(b *bench) {
	b.become(eni.StateDetaching, "i-other")
	time.AfterFunc(5*time.Second, func() { b.become(eni.StateAvailable, "") })
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.wait(op)
	b.outcome(op, eni.OutcomeAbsent)
	b.sent(Detach, 0)
}

func releaseAttaching(b *bench) {
	b.become(eni.StateAttaching, "i-1")
	time.AfterFunc(5*time.Second, func() { b.become(eni.StateInUse, "i-1") })
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	b.wait(op)
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
}
