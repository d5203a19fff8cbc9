// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func deadlineKeepsAnswer(b *bench) {
	b.always(UnassignPrivateIps, Fault{Reason: Conflict})
	ctx, cancel := context.WithTimeout(b.Context(), 7*time.Second)
	defer cancel()
	start := time.Now()
	op, err := b.client(eni.Options{}).UnassignPrivateIps(ctx, release(span(2, 3)...))
	b.is(err, context.DeadlineExceeded, eni.ErrConflict)
	if took := time.Since(start); took != 7*time.Second {
		b.Errorf("the deadline was 7s away, took %s", took)
	}
	var e *eni.Error
	if !errors.As(err, &e) || e.Code == "" {
		b.Errorf("the error should have the cloud's last code, got: %v", err)
	}
	if !eni.IsRetryable(err) {
		b.Errorf("a new call can succeed, got: %v", err)
	}
	b.outcomes(op, all(eni.OutcomeRefused, span(2, 3)...))
}

func cancelInRequest(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Delay: 20 * time.Second})
	ctx, cancel := context.WithCancel(b.Context())
	time.AfterFunc(time.Second, cancel)
	start := time.Now()
	op, err := b.client(eni.Options{}).UnassignPrivateIps(ctx, release(span(2, 3)...))
	b.is(err, context.Canceled)
	if took := time.Since(start); took != time.Second {
		b.Errorf("a cancelled caller should return at once, took %s", took)
	}
	if eni.IsRetryable(err) {
		b.Errorf("a cancelled call should not be retryable, got: %v", err)
	}
	b.outcomes(op, all(eni.OutcomeUnknown, span(2, 3)...))
}

func deadContext(b *bench) {
	client := b.client(eni.Options{})
	b.neverBegins(func(ctx context.Context) error {
		op, err := client.UnassignPrivateIps(ctx, release(span(2, 3)...))
		b.outcomes(op, all(eni.OutcomeNotTried, span(2, 3)...))
		b.reasons(err, "eni-1")
		return err
	})
	b.neverBegins(func(ctx context.Context) error {
		op, err := client.UnassignIpv6(ctx, release(addr("2001:db8::1")))
		b.outcome(op, eni.OutcomeNotTried)
		return err
	})
	b.neverBegins(func(ctx context.Context) error {
		op, err := client.Detach(ctx, detachRequest)
		b.outcome(op, eni.OutcomeNotTried)
		return err
	})
}

// deadWait checks that a Wait and a Poll with ended contexts send nothing and change no
// outcome.
func deadWait(b *bench) {
	b.completesAfter(time.Hour)
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.neverBegins(op.Wait)
	b.neverBegins(func(ctx context.Context) error {
		done, err := op.Poll(ctx)
		if done {
			b.Error("the detach is in progress, but Poll returned done")
		}
		return err
	})
	b.outcome(op, eni.OutcomeAccepted)
}

// neverBegins checks that a call with an ended context sends nothing and that its error
// has the reason and is not retryable.
func (b *bench) neverBegins(call func(context.Context) error) {
	b.Helper()
	cancelled, cancel := context.WithCancel(b.Context())
	cancel()
	late, cancelLate := context.WithDeadline(b.Context(), time.Now().Add(-time.Second))
	defer cancelLate()
	for _, ctx := range []context.Context{cancelled, late} {
		before := len(b.cloud.Calls())
		err := call(ctx)
		b.is(err, ctx.Err())
		b.reasons(err, "")
		if n := len(b.cloud.Calls()) - before; n != 0 {
			b.Errorf("nothing should have been sent, got %d requests", n)
		}
		if eni.IsRetryable(err) || eni.KindOf(err) != eni.ErrUnknown {
			b.Errorf("want an unknown kind, which is not retryable, got: %v", err)
		}
		if !strings.Contains(err.Error(), ctx.Err().Error()) {
			b.Errorf("the error should say that the context had ended, got: %v", err)
		}
	}
}

// loops checks that a loop on IsRetryable ends soon after its context.
func loops(b *bench) {
	b.cloud.Control = func(call Call) *Fault {
		if call.Action == Describe {
			return nil
		}
		return &Fault{Reason: Conflict}
	}
	client := b.client(eni.Options{})
	b.loop(func(ctx context.Context) error {
		_, err := client.UnassignPrivateIps(ctx, release(span(2, 3)...))
		return err
	})
	b.loop(func(ctx context.Context) error {
		_, err := eni.Blocking(client).Detach(ctx, detachRequest)
		return err
	})
}

func loopOfWaits(b *bench) {
	b.completesAfter(time.Hour)
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.loop(op.Wait)
}

// loop calls until the error is not retryable, with a context that ends after seven
// seconds.
func (b *bench) loop(call func(context.Context) error) {
	b.Helper()
	const most = 2
	ctx, cancel := context.WithTimeout(b.Context(), 7*time.Second)
	defer cancel()
	calls := 0
	for retryable := true; retryable && calls <= most; calls++ {
		retryable = eni.IsRetryable(call(ctx))
	}
	if calls > most || ctx.Err() == nil {
		b.Errorf("want %d calls at most and the end of the context, got %d and %v", most, calls, ctx.Err())
	}
}
