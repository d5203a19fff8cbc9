// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// lostAndGone checks a change with a lost response that takes effect later. No other actor
// acts, so a change of this client released the address.
func lostAndGone(b *bench) {
	b.completesAfter(3 * time.Second)
	b.cloud.Inject(UnassignPrivateIps, Fault{Reset: true, After: true})
	op, err := eni.Blocking(b.client(eni.Options{})).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeReleased, addr("10.0.0.2")))
}

// lostAndLong checks a change with a lost response that takes longer than the pauses
// between retries: the client must not send one change after another into it.
func lostAndLong(b *bench) {
	b.completesAfter(6 * time.Second)
	b.cloud.AnswerWhenComplete = false
	b.cloud.Inject(UnassignPrivateIps, Fault{Reset: true, After: true})
	client := eni.Blocking(b.client(eni.Options{}))
	var wg sync.WaitGroup
	wg.Go(func() { b.succeeds(client, addr("10.0.0.2")) })
	time.Sleep(time.Second)
	b.succeeds(client, addr("10.0.0.3"))
	wg.Wait()
	if sent, most := len(b.cloud.Calls(UnassignPrivateIps)), 3; sent > most {
		b.Errorf("want two changes and one conflict at most, got %d requests", sent)
	}
}

// lostAndStale checks a lost batch with an address that an earlier description did not
// show.
func lostAndStale(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Reset: true, After: true}, Fault{Reset: true, After: true})
	op, err := eni.Blocking(b.client(eni.Options{})).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2"), addr("10.0.0.99")))
	b.ok(err)
	want := all(eni.OutcomeReleased, addr("10.0.0.2"))
	want[addr("10.0.0.99")] = eni.OutcomeAbsent
	b.outcomes(op, want)
}

// lostAndDenied checks a lost change, then one that is refused for good, then the effect
// of the first.
func lostAndDenied(b *bench) {
	b.completesAfter(5 * time.Second)
	b.cloud.Inject(UnassignPrivateIps, Fault{Reset: true, After: true}, Fault{Reason: Denied}, Fault{Reason: Denied})
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	if err != nil {
		b.outcomes(op, all(eni.OutcomeUnknown, addr("10.0.0.2")))
		if errors.Is(err, eni.ErrNotAssigned) {
			b.Errorf("no description was without the address, got: %v", err)
		}
	}
	b.holdsTrue(op)
}

// partLater checks a batch that is refused at once and carried out in part seconds later.
func partLater(b *bench) {
	b.cloud.PartialBatches, b.cloud.Terse = true, true
	b.completesAfter(5 * time.Second)
	client := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: 2}})
	ctx, cancel := context.WithTimeout(b.Context(), 3*time.Second)
	defer cancel()
	b.assign("10.0.0.98") // so that a description shows it, and the batch is sent as one
	b.cloud.Control = func(call Call) *Fault {
		if call.Action == UnassignPrivateIps {
			b.releaseElsewhere("10.0.0.98")
		}
		return nil
	}
	op, err := client.UnassignPrivateIps(ctx, release(addr("10.0.0.2"), addr("10.0.0.98")))
	if err == nil {
		b.Errorf("the batch was refused, but the results are %v", op.Results())
	}
	b.holdsTrue(op)
}

// lostDetachAttachedElsewhere checks a detach with a lost response, after which another
// actor attaches the interface to another instance.
func lostDetachAttachedElsewhere(b *bench) {
	b.cloud.Inject(Detach, Fault{Reset: true, After: true})
	b.cloud.Control = func(call Call) *Fault {
		if call.Action == Describe && len(b.cloud.History()) > 0 {
			b.become(eni.StateInUse, "i-other")
		}
		return nil
	}
	op, err := eni.Blocking(b.client(eni.Options{})).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.outcome(op, eni.OutcomeReleased)
	b.sent(Detach, 1)
	if i, _ := b.cloud.Get("eni-1"); i.InstanceID != "i-other" {
		b.Errorf("the interface should stay on i-other, is on %q", i.InstanceID)
	}
}
