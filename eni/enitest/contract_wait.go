// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func waits(b *bench) {
	b.completesAfter(4 * time.Second)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.released(span(2, 4)...)
}

func waitEnds(b *bench) {
	b.completesAfter(time.Hour)
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	ctx, cancel := context.WithTimeout(b.Context(), 90*time.Second)
	defer cancel()
	start := time.Now()
	err = op.Wait(ctx)
	b.is(err, context.DeadlineExceeded)
	if took := time.Since(start); took != 90*time.Second {
		b.Errorf("the deadline was 90s away, took %s", took)
	}
	if !eni.IsRetryable(err) {
		b.Errorf("the detach is in progress, so the error should be retryable, got: %v", err)
	}
	if done, err := op.Poll(b.Context()); done || err != nil {
		b.Errorf("want a poll without done, got %t, %v", done, err)
	}
	b.outcome(op, eni.OutcomeAccepted)
}

// waitEndsAccepted checks that a wait that ends early changes no outcome.
func waitEndsAccepted(b *bench) {
	b.completesAfter(time.Hour)
	client := b.client(eni.Options{Retry: eni.Retry{MaxSettle: -1}})
	op, err := client.UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	err = op.Wait(ctx)
	b.is(err, context.DeadlineExceeded)
	for _, e := range b.reasons(err, "eni-1") {
		if e.Count != 3 {
			b.Errorf("the wait is for three addresses, got a count of %d", e.Count)
		}
	}
	b.outcomes(op, all(eni.OutcomeAccepted, span(2, 4)...))
	b.wait(op)
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
}

func failsLater(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{TaskOutput: "the host did not answer"})
	b.completesAfter(time.Second)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	if err = op.Wait(ctx); err == nil {
		b.Fatal("the change did not take effect, but Wait returned no error")
	}
	if !errors.Is(err, context.DeadlineExceeded) { // a cloud with tasks
		if !strings.Contains(err.Error(), "the host did not answer") {
			b.Errorf("the error should have the task's output, got: %v", err)
		}
		b.outcomes(op, all(eni.OutcomeRefused, span(2, 4)...))
	}
	b.untouched()
}

func blockingWaits(b *bench) {
	b.completesAfter(3 * time.Second)
	client := eni.Blocking(b.client(eni.Options{}))
	_, err := client.UnassignPrivateIps(b.Context(), release(append(span(2, 3), addr("10.0.0.1"))...))
	b.is(err, eni.ErrInvalid)
	b.reasons(err, "eni-1")
	b.released(span(2, 3)...)
	_, err = client.UnassignIpv6(b.Context(), release(addr("2001:db8::1")))
	b.ok(err)
	_, err = client.Detach(b.Context(), detachRequest)
	b.ok(err)
	if i, _ := b.cloud.Get("eni-1"); i.State != eni.StateAvailable {
		b.Errorf("the interface should be free, is %s", i.State)
	}
}
