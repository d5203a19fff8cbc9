// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func crowd(b *bench) {
	b.completesAfter(500 * time.Millisecond)
	b.cloud.AnswerWhenComplete = true
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	for _, a := range span(2, 51) {
		wg.Go(func() {
			op, err := client.UnassignPrivateIps(b.Context(), release(a))
			if err != nil {
				b.Errorf("%s: %v", a, err)
			}
			b.wait(op)
			b.outcomes(op, all(eni.OutcomeReleased, a))
		})
	}
	wg.Wait()
	b.released(span(2, 51)...)
	if n := len(b.cloud.Calls(UnassignPrivateIps)); n > 10 {
		b.Errorf("50 callers of one interface should share changes, got %d", n)
	}
}

func sameAddress(b *bench) {
	b.completesAfter(time.Second)
	b.cloud.AnswerWhenComplete = true
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			op, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
			if err != nil {
				b.Errorf("a caller among five: %v", err)
			}
			b.wait(op)
			for _, r := range op.Results() {
				if r.Outcome != eni.OutcomeReleased && r.Outcome != eni.OutcomeAbsent {
					b.Errorf("want released or absent, got %s", r.Outcome)
				}
			}
		})
	}
	wg.Wait()
	b.released(addr("10.0.0.2"))
	b.sent(UnassignPrivateIps, 1)
}

func neighbours(b *bench) {
	b.completesAfter(time.Second)
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	for n, a := range span(1, 9) {
		wg.Go(func() {
			op, err := client.UnassignPrivateIps(b.Context(), release(a))
			if primary := n == 0; primary != (err != nil) {
				b.Errorf("%s: %v", a, err)
			}
			b.wait(op)
		})
	}
	wg.Wait()
	b.released(span(2, 9)...)
}

func cancelled(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Delay: 10 * time.Second})
	client := b.client(eni.Options{})
	ctx, cancel := context.WithCancel(b.Context())
	time.AfterFunc(time.Second, cancel)
	var wg sync.WaitGroup
	for n, a := range span(2, 6) {
		ctx := ctx
		if n > 0 {
			ctx = b.Context()
		}
		wg.Go(func() {
			start := time.Now()
			_, err := client.UnassignPrivateIps(ctx, release(a))
			switch {
			case n > 0 && err != nil:
				b.Errorf("another caller: want success, got: %v", err)
			case n == 0 && !errors.Is(err, context.Canceled):
				b.Errorf("the cancelled caller: want context.Canceled, got: %v", err)
			case n == 0 && time.Since(start) != time.Second:
				b.Errorf("the cancelled caller should return at once, took %s", time.Since(start))
			}
		})
	}
	wg.Wait()
	for _, a := range span(3, 6) {
		if b.cloud.Has("eni-1", full(a)) {
			b.Errorf("%s should be released, but still exists", a)
		}
	}
}

// remains lets two callers share a change, by calling during another change, and cancels one
// of them.
func remains(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{AnswerAfter: time.Second}, Fault{Delay: 10 * time.Second})
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	wg.Go(func() { b.succeeds(client, addr("10.0.0.3")) })
	synctest.Wait()
	ctx, cancel := context.WithCancel(b.Context())
	time.AfterFunc(3*time.Second, cancel)
	for _, ctx := range []context.Context{ctx, b.Context()} {
		wg.Go(func() {
			_, err := client.UnassignPrivateIps(ctx, release(addr("10.0.0.2")))
			if ended := ctx.Err() != nil; ended != (err != nil) {
				b.Errorf("the context has ended: %t, got: %v", ended, err)
			}
		})
	}
	wg.Wait()
	b.released(span(2, 3)...)
	b.sent(UnassignPrivateIps, 2)
}

// succeeds makes a call that must succeed. It may be called on any goroutine.
func (b *bench) succeeds(client eni.Client, addresses ...netip.Addr) {
	b.Helper()
	op, err := client.UnassignPrivateIps(b.Context(), release(addresses...))
	if err != nil {
		b.Errorf("%v: want success, got: %v", addresses, err)
	}
	b.wait(op)
}

func detachInTurn(b *bench) {
	b.completesAfter(time.Second)
	b.cloud.AnswerWhenComplete = true
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	begin := func(call func() (*eni.Operation, error)) {
		wg.Go(func() {
			if _, err := call(); err != nil {
				b.Errorf("%v", err)
			}
		})
		synctest.Wait()
	}
	begin(func() (*eni.Operation, error) {
		return client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	})
	begin(func() (*eni.Operation, error) { return client.Detach(b.Context(), detachRequest) })
	begin(func() (*eni.Operation, error) {
		return client.UnassignIpv6(b.Context(), release(addr("2001:db8::1")))
	})
	wg.Wait()
	var order []Action
	for _, change := range b.cloud.History() {
		order = append(order, change.Call.Action)
	}
	if want := []Action{UnassignPrivateIps, Detach, UnassignIpv6}; !slices.Equal(order, want) {
		b.Errorf("want %v, got %v", want, order)
	}
}
