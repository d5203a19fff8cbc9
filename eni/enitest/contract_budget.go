// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// elapsedBoundsPermits checks that no change is sent after MaxElapsed, also if its permit
// takes longer.
func elapsedBoundsPermits(b *bench) {
	began := time.Now()
	client := b.client(eni.Options{Limiter: aMinute{}, Retry: eni.Retry{MaxElapsed: 10 * time.Second}})
	for _, call := range []func() (*eni.Operation, error){
		func() (*eni.Operation, error) {
			return client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
		},
		func() (*eni.Operation, error) { return client.Detach(b.Context(), detachRequest) },
	} {
		at := time.Now()
		op, err := call()
		if took := time.Since(at); err == nil || took > 10*time.Second {
			b.Errorf("MaxElapsed is 10s and a permit takes a minute, got %v after %s", err, took)
		}
		b.outcome(op, eni.OutcomeNotTried)
	}
	time.Sleep(2 * time.Minute)
	b.sentAfter(UnassignPrivateIps, began, 10*time.Second)
	b.sentAfter(Detach, began, 20*time.Second)
}

// hugePause is a backoff that never ends.
type hugePause struct{}

func (hugePause) NextBackOff() time.Duration { return math.MaxInt64 }
func (hugePause) Reset()                     {}

func elapsedBoundsHugePauses(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Reason: Conflict, Delay: time.Millisecond})
	client := b.client(eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return hugePause{} }}})
	start := time.Now()
	_, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.is(err, eni.ErrConflict)
	if took := time.Since(start); took > 6*time.Minute {
		b.Errorf("MaxElapsed is 5m by default, took %s", took)
	}
}

// oneAttempt checks that with MaxAttempts 1 each fault ends the call after one change.
func oneAttempt(b *bench) {
	for _, fault := range []Fault{{Reset: true}, {Reason: Throttled}, {Reason: Conflict}, {Reason: Internal}} {
		before := len(b.cloud.Calls(UnassignPrivateIps))
		b.cloud.Inject(UnassignPrivateIps, fault)
		_, err := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: 1}}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
		if err == nil {
			b.Errorf("%+v: the only attempt failed, but the call succeeded", fault)
		}
		if n := len(b.cloud.Calls(UnassignPrivateIps)) - before; n != 1 {
			b.Errorf("%+v: want one change, got %d", fault, n)
		}
	}
}

// descriptionsAreNoAttempts checks that failed descriptions use no attempts.
func descriptionsAreNoAttempts(b *bench) {
	for _, asked := range [][]netip.Addr{span(2, 3), span(4, 4)} {
		b.cloud.Inject(UnassignPrivateIps, Fault{Reset: true})
		b.cloud.Inject(Describe, Fault{Reason: Internal}, Fault{Reason: Internal}, Fault{Reason: Internal}, Fault{Reason: Internal})
		op, err := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: 2}}).UnassignPrivateIps(b.Context(), release(asked...))
		b.ok(err)
		b.wait(op)
	}
	b.sent(UnassignPrivateIps, 4)
}

// retriesEverything checks that calls are still idempotent if Retryable always returns true.
func retriesEverything(b *bench) {
	client := b.client(eni.Options{Retry: eni.Retry{Retryable: func(err error) bool { return !errors.Is(err, eni.ErrPermission) }}})
	start := time.Now()
	op, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2"), addr("10.0.0.99")))
	b.ok(err)
	b.wait(op)
	want := all(eni.OutcomeReleased, addr("10.0.0.2"))
	want[addr("10.0.0.99")] = eni.OutcomeAbsent
	b.outcomes(op, want)
	if took := time.Since(start); took > 10*time.Second {
		b.Errorf("a stale address should not delay its batch, took %s", took)
	}
}

// failing is a Limiter that always fails.
type failing struct{ err error }

func (l failing) Wait(context.Context) error { return l.err }

// limiterError checks that the error of a Limiter does not match the caller's context.
func limiterError(b *bench) {
	for _, own := range []error{context.Canceled, context.DeadlineExceeded} {
		client := b.client(eni.Options{Limiter: failing{own}, Retry: eni.Retry{MaxAttempts: 2}})
		op, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
		if err == nil || errors.Is(err, own) {
			b.Errorf("the Limiter failed and the caller's context has not ended, got: %v", err)
		}
		b.outcome(op, eni.OutcomeNotTried)
	}
	b.sent(UnassignPrivateIps, 0)
}

// always25 is a backoff of 25 seconds.
type always25 struct{}

func (always25) NextBackOff() time.Duration { return 25 * time.Second }
func (always25) Reset()                     {}

// newcomer checks that a pause applies only to the goals that were refused.
func newcomer(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Reason: Conflict})
	client := b.client(eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return always25{} }}})
	var wg sync.WaitGroup
	wg.Go(func() {
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		_, _ = client.UnassignPrivateIps(ctx, release(addr("10.0.0.2"))) //nolint:errcheck // its context ends
	})
	time.Sleep(500 * time.Millisecond)
	ctx, cancel := context.WithTimeout(b.Context(), 15*time.Second)
	defer cancel()
	_, err := client.UnassignPrivateIps(ctx, release(addr("10.0.0.3")))
	b.ok(err)
	wg.Wait()
}

// otherFamily checks that IPv6 addresses do not wait behind throttled IPv4 ones.
func otherFamily(b *bench) {
	b.always(UnassignPrivateIps, Fault{Reason: Throttled})
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(b.Context())
	wg.Go(func() { _, _ = client.UnassignPrivateIps(ctx, release(addr("10.0.0.2"))) }) //nolint:errcheck // it is cancelled
	time.Sleep(20 * time.Second)
	start := time.Now()
	_, err := client.UnassignIpv6(b.Context(), release(addr("2001:db8::1")))
	b.ok(err)
	if took := time.Since(start); took > 5*time.Second {
		b.Errorf("only another action is throttled, but this one took %s", took)
	}
	cancel()
	wg.Wait()
}

// largeCall checks that one address does not wait for all addresses of another call.
func largeCall(b *bench) {
	b.completesAfter(time.Second)
	b.cloud.AnswerWhenComplete = true
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	wg.Go(func() { b.succeeds(client, span(2, 58)...) })
	time.Sleep(500 * time.Millisecond)
	b.succeeds(client, addr("10.0.0.59"))
	if h := b.cloud.History(); len(h) > 3 {
		b.Errorf("one address should wait for at most one batch of another call, waited for %d changes", len(h))
	}
	wg.Wait()
}
