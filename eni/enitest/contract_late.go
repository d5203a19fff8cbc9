// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// assign lets another actor assign an address to eni-1.
func (b *bench) assign(address string) {
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.Addresses = append(i.Addresses, eni.Address{Addr: addr(address)}) })
}

// releaseElsewhere lets another actor release an address of eni-1.
func (b *bench) releaseElsewhere(address string) {
	b.cloud.Update("eni-1", func(i *eni.Interface) {
		i.Addresses = slices.DeleteFunc(i.Addresses, func(a eni.Address) bool { return a.Addr == addr(address) })
	})
}

// lateRelease checks a change whose response is late. Before the response the address is
// assigned again, and then a second caller releases it.
func lateRelease(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{AnswerAfter: 20 * time.Second})
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2"))) }) //nolint:errcheck // the other caller's is checked
	time.Sleep(5 * time.Second)
	b.assign("10.0.0.2")
	time.Sleep(5 * time.Second)
	op, err := eni.Blocking(client).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	if err != nil || b.cloud.Has("eni-1", full(addr("10.0.0.2"))) {
		b.Errorf("the second caller's release should be carried out, got %s (%v), and the address is there: %t",
			op.Outcome(), err, b.cloud.Has("eni-1", full(addr("10.0.0.2"))))
	}
	b.outcome(op, eni.OutcomeReleased)
	wg.Wait()
}

// lateDetach is the same for a detach.
func lateDetach(b *bench) {
	b.cloud.Inject(Detach, Fault{AnswerAfter: 20 * time.Second})
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = client.Detach(b.Context(), detachRequest) }) //nolint:errcheck // the other caller's is checked
	time.Sleep(5 * time.Second)
	b.become(eni.StateInUse, "i-1")
	time.Sleep(5 * time.Second)
	op, err := eni.Blocking(client).Detach(b.Context(), detachRequest)
	if i, _ := b.cloud.Get("eni-1"); err != nil || i.InstanceID != "" {
		b.Errorf("the second caller's detach should be carried out, got %s (%v), and it is on %q", op.Outcome(), err, i.InstanceID)
	}
	b.outcome(op, eni.OutcomeReleased)
	wg.Wait()
}

// behind checks a call during another caller's change: the change of the other caller
// released the address.
func behind(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{AnswerAfter: 5 * time.Second})
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	wg.Go(func() { b.succeeds(client, addr("10.0.0.2")) })
	time.Sleep(time.Second)
	op, err := eni.Blocking(client).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeAbsent, addr("10.0.0.2")))
	b.sent(UnassignPrivateIps, 1)
	wg.Wait()
}

// unknownWhileInProgress checks callers whose contexts end while another caller's change can still
// release their address: the outcome is neither refused nor not tried.
func unknownWhileInProgress(b *bench) {
	b.completesAfter(10 * time.Second)
	b.cloud.Inject(UnassignPrivateIps, Fault{AnswerAfter: 20 * time.Second})
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	wg.Go(func() { b.succeeds(client, addr("10.0.0.2")) })
	time.Sleep(time.Second)
	dead, cancel := context.WithCancel(b.Context())
	cancel()
	soon, cancel := context.WithTimeout(b.Context(), time.Second)
	defer cancel()
	for _, ctx := range []context.Context{dead, soon} {
		op, err := client.UnassignPrivateIps(ctx, release(addr("10.0.0.2")))
		b.is(err, ctx.Err())
		b.outcomes(op, all(eni.OutcomeUnknown, addr("10.0.0.2")))
		if op.Attempts() != 0 {
			b.Errorf("nothing was sent for this caller, got %d attempts", op.Attempts())
		}
	}
	wg.Wait()
	b.sent(UnassignPrivateIps, 1)
}

// behindCancelled checks a call during a change whose only caller's context ends: the
// interface is described before another change is sent.
func behindCancelled(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{AnswerAfter: 20 * time.Second})
	client := b.client(eni.Options{})
	ctx, cancel := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = client.UnassignPrivateIps(ctx, release(addr("10.0.0.2"))) }) //nolint:errcheck // the other caller's is checked
	synctest.Wait()
	time.AfterFunc(3*time.Second, cancel)
	op, err := eni.Blocking(client).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeAbsent, addr("10.0.0.2")))
	b.sent(UnassignPrivateIps, 1)
	wg.Wait()
}

// lateDescription checks a description with a late response: it shows the interface before
// another actor attached it, and arrives after a second caller's detach began.
func lateDescription(b *bench) {
	b.become(eni.StateAvailable, "")
	b.cloud.Inject(Describe, Fault{AnswerAfter: 10 * time.Second})
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = client.Detach(b.Context(), detachRequest) }) //nolint:errcheck // the other caller's is checked
	time.Sleep(2 * time.Second)
	b.become(eni.StateInUse, "i-1")
	time.Sleep(time.Second)
	b.cloud.Inject(Describe, Fault{Delay: 20 * time.Second})
	op, err := eni.Blocking(client).Detach(b.Context(), detachRequest)
	if i, _ := b.cloud.Get("eni-1"); err != nil || i.InstanceID != "" {
		b.Errorf("the second caller's detach should be carried out, got %s (%v), and it is on %q", op.Outcome(), err, i.InstanceID)
	}
	wg.Wait()
}
