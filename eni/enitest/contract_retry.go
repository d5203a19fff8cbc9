// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func retriesOf(reason Reason, kind eni.Kind) func(*bench) {
	return func(b *bench) {
		b.cloud.Inject(UnassignPrivateIps, Fault{Reason: reason}, Fault{Reason: reason})
		op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 3)...))
		b.ok(err)
		b.outcomes(op, all(eni.OutcomeAccepted, span(2, 3)...))
		b.sent(UnassignPrivateIps, 3)
		if op.Attempts() != 3 {
			b.Errorf("want 3 attempts, got %d", op.Attempts())
		}
		if len(b.attempts) != 3 || !errors.Is(b.attempts[0].Err, kind) || b.attempts[2].Err != nil {
			b.Errorf("OnAttempt should get %q twice and then success, got: %v", kind, b.attempts)
		}
	}
}

func attemptsBounded(b *bench) {
	b.always(UnassignPrivateIps, Fault{Reason: Conflict})
	client := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: 3}})
	op, err := client.UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrConflict)
	if errors.Is(err, context.DeadlineExceeded) {
		b.Errorf("the error should match no context error, got: %v", err)
	}
	b.sent(UnassignPrivateIps, 3)
	b.outcomes(op, all(eni.OutcomeRefused, span(2, 3)...))
}

func elapsedBounded(b *bench) {
	b.always(UnassignPrivateIps, Fault{Reason: Conflict})
	client := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: -1, MaxElapsed: 10 * time.Second}})
	start := time.Now()
	_, err := client.UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrConflict)
	if took := time.Since(start); took > 10*time.Second {
		b.Errorf("MaxElapsed is 10s, took %s", took)
	}
	if n := len(b.cloud.Calls(UnassignPrivateIps)); n < 3 {
		b.Errorf("want several attempts in 10s, got %d", n)
	}
}

// fixed is a Backoff of three pauses of one second.
type fixed struct{ left int }

func (f *fixed) Reset() { f.left = 3 }

func (f *fixed) NextBackOff() time.Duration {
	if f.left--; f.left < 0 {
		return -1
	}
	return time.Second
}

func ownRetry(b *bench) {
	b.always(UnassignPrivateIps, Fault{Reason: Denied})
	client := b.client(eni.Options{Retry: eni.Retry{
		Backoff:   func() eni.Backoff { return &fixed{left: 3} },
		Retryable: func(err error) bool { return errors.Is(err, eni.ErrPermission) },
	}})
	start := time.Now()
	_, err := client.UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrPermission)
	b.sent(UnassignPrivateIps, 4)
	if took := time.Since(start); took != 3*time.Second {
		b.Errorf("want three pauses of a second, took %s", took)
	}
}

// everySecond is a Limiter with one permit per second.
type everySecond struct{ permits atomic.Int64 }

func (l *everySecond) Wait(ctx context.Context) error {
	l.permits.Add(1)
	if sleep(ctx, time.Second) != nil {
		return ctx.Err()
	}
	return nil
}

func ownLimiter(b *bench) {
	limiter := new(everySecond)
	_, err := b.client(eni.Options{Limiter: limiter}).UnassignPrivateIps(b.Context(), release(span(2, 51)...))
	b.ok(err)
	if sent := len(b.cloud.Calls(UnassignPrivateIps)); limiter.permits.Load() != int64(sent) {
		b.Errorf("%d changes were sent with %d permits", sent, limiter.permits.Load())
	}
}

// lostAnswer checks that after the fault the addresses are gone, with the given number of
// changes.
func lostAnswer(fault Fault, changes int) func(*bench) {
	return func(b *bench) {
		b.cloud.Inject(UnassignPrivateIps, fault)
		op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
		b.ok(err)
		b.ok(op.Wait(b.Context()))
		b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
		b.released(span(2, 4)...)
		b.sent(UnassignPrivateIps, changes)
	}
}

// lostForLong checks that an address is neither refused nor not tried while a change with
// a lost response can still release it.
func lostForLong(second Fault) func(*bench) {
	return func(b *bench) {
		b.completesAfter(10 * time.Second)
		b.cloud.Inject(UnassignPrivateIps, Fault{Reset: true, After: true}, second)
		ctx, cancel := context.WithTimeout(b.Context(), 6*time.Second)
		defer cancel()
		op, err := b.client(eni.Options{}).UnassignPrivateIps(ctx, release(span(2, 4)...))
		if err == nil {
			b.Errorf("no change has taken effect, but the results are %v", op.Results())
		}
		b.outcomes(op, all(eni.OutcomeUnknown, span(2, 4)...))
		b.holdsTrue(op)
	}
}

// partlyCarriedOut checks a batch that was refused and carried out in part, if the context
// ends before the client has described the interface.
func partlyCarriedOut(b *bench) {
	b.cloud.PartialBatches = true
	b.afterwards(UnassignPrivateIps, Fault{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
	defer cancel()
	op, err := b.client(eni.Options{}).UnassignPrivateIps(ctx, release(addr("10.0.0.2"), addr("10.0.0.99")))
	b.is(err, context.DeadlineExceeded)
	if errors.Is(err, eni.ErrNotAssigned) {
		b.Errorf("no description was without the addresses, got: %v", err)
	}
	b.holdsTrue(op)
}
