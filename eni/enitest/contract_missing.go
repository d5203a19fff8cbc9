// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// unknownInterface checks that all addresses of an interface that does not exist are
// absent, also in several batches.
func unknownInterface(b *bench) {
	for _, asked := range [][]netip.Addr{span(2, 2), span(2, 3), span(2, 51)} {
		req := eni.UnassignRequest{InterfaceID: "eni-none", Addresses: asked}
		op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), req)
		b.is(err, eni.ErrNotFound)
		b.ok(eni.IgnoreNotFound(err))
		b.wait(op)
		b.outcomes(op, all(eni.OutcomeAbsent, asked...))
		b.outcome(op, eni.OutcomeAbsent)
		if n := len(b.reasons(err, "eni-none")); n != 1 {
			b.Errorf("one reason, reported %d times: %v", n, err)
		}
	}
}

// deletedWithItsAddresses checks that the addresses of an accepted change are released
// if their interface is deleted.
func deletedWithItsAddresses(b *bench) {
	b.completesAfter(time.Minute)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	b.cloud.Delete("eni-1")
	b.cloud.ForgetTasks()
	b.wait(op)
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
}

// lostWithItsInterface checks the same if the response to the change was lost.
func lostWithItsInterface(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Reset: true, After: true})
	b.cloud.Control = func(call Call) *Fault {
		if call.Action == Describe && len(b.cloud.Calls(UnassignPrivateIps)) > 0 {
			b.cloud.Delete("eni-1")
		}
		return nil
	}
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.is(err, eni.ErrNotFound)
	b.outcomes(op, all(eni.OutcomeReleased, addr("10.0.0.2")))
}

// present are the calls for which the cloud reports that eni-1 does not exist, although it
// does.
var present = []struct {
	action Action
	call   func(*bench, context.Context, eni.Client) (*eni.Operation, error)
}{
	{Detach, func(_ *bench, ctx context.Context, client eni.Client) (*eni.Operation, error) {
		return client.Detach(ctx, detachRequest)
	}},
	{UnassignPrivateIps, func(_ *bench, ctx context.Context, client eni.Client) (*eni.Operation, error) {
		return client.UnassignPrivateIps(ctx, release(addr("10.0.0.2")))
	}},
}

// contradictedOnce checks that a not-found that a description contradicts is retried.
func contradictedOnce(b *bench) {
	for _, p := range present {
		b.cloud.Put(attached("i-1"))
		b.cloud.Inject(p.action, Fault{Reason: NotFound})
		op, err := p.call(b, b.Context(), b.client(eni.Options{}))
		b.ok(err)
		b.wait(op)
		b.outcome(op, eni.OutcomeReleased)
		b.sent(p.action, 2)
	}
}

// contradictedForEver checks that a not-found that descriptions always contradict is a
// conflict with the cloud's code, and never a success.
func contradictedForEver(b *bench) {
	for _, p := range present {
		b.always(p.action, Fault{Reason: NotFound})
		op, err := p.call(b, b.Context(), b.client(eni.Options{Retry: eni.Retry{MaxAttempts: 3}}))
		b.is(err, eni.ErrConflict)
		b.outcome(op, eni.OutcomeRefused)
		b.sent(p.action, 3)
		b.stays(err)
		for _, e := range b.reasons(err, "eni-1") {
			if e.Code == "" {
				b.Errorf("the error should have the cloud's code, got: %v", err)
			}
		}
	}
}

// unconfirmed checks a not-found of a change if the interface cannot be described: it is
// no success.
func unconfirmed(fault Fault) func(*bench) {
	return func(b *bench) {
		for _, p := range present {
			b.cloud.Inject(p.action, Fault{Reason: NotFound})
			b.afterwards(p.action, fault)
			ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
			defer cancel()
			_, err := p.call(b, ctx, b.client(eni.Options{}))
			b.stays(err)
		}
	}
}

// stays checks that IgnoreNotFound does not turn the error into success: eni-1 exists.
func (b *bench) stays(err error) {
	b.Helper()
	if eni.IgnoreNotFound(err) == nil || errors.Is(err, eni.ErrNotFound) {
		b.Errorf("the interface exists and has not changed, got: %v", err)
	}
	b.untouched()
}
