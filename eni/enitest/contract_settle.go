// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// neverSettles checks that Wait and Poll return an error for an accepted change that does
// not take effect, and that both can still be done later.
func neverSettles(b *bench) {
	b.completesAfter(time.Hour)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	start := time.Now()
	err = op.Wait(b.Context())
	b.is(err, eni.ErrConflict)
	if took := time.Since(start); took < 5*time.Minute || took > 5*time.Minute+time.Second {
		b.Errorf("MaxSettle is 5m by default, took %s", took)
	}
	if !strings.Contains(err.Error(), "accepted") {
		b.Errorf("the error should say that it was accepted, got: %v", err)
	}
	b.outcomes(op, all(eni.OutcomeAccepted, span(2, 4)...))
	if n := len(b.cloud.Calls(Describe, DescribeTask)); n > 300 {
		b.Errorf("want fewer than %d requests in five minutes", n)
	}
	done, err := op.Poll(b.Context())
	if b.is(err, eni.ErrConflict); done {
		b.Error("the change has not taken effect, but Poll returned done")
	}
	time.Sleep(time.Hour)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
}

// assignedAgain checks that Wait ends for an address that was released and assigned again
// before a description.
func assignedAgain(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	b.assign("10.0.0.2")
	start := time.Now()
	err = op.Wait(b.Context()) // a cloud with tasks knows that it was released
	if took := time.Since(start); took > 6*time.Minute {
		b.Errorf("MaxSettle is 5m by default, Wait took %s: %v", took, err)
	}
	if err != nil {
		b.is(err, eni.ErrConflict)
	}
}

// onePoll checks that a Poll sends at most one request and does not wait.
func onePoll(b *bench) {
	b.completesAfter(time.Minute)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	for done := false; !done; time.Sleep(time.Second) {
		before, start := len(b.cloud.Calls()), time.Now()
		if done, err = op.Poll(b.Context()); err != nil {
			b.Errorf("want a poll without an error, got: %v", err)
		}
		synctest.Wait()
		if n, took := len(b.cloud.Calls())-before, time.Since(start); n > 1 || took > time.Second {
			b.Errorf("want one request and no wait, got %d in %s", n, took)
		}
	}
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
}

// deadPolls checks that polls with ended contexts do not delay other callers.
func deadPolls(b *bench) {
	b.completesAfter(10 * time.Second)
	client := b.client(eni.Options{})
	first, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.ok(err)
	dead, cancel := context.WithCancel(b.Context())
	cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 200 {
			_, _ = first.Poll(dead) //nolint:errcheck // the other caller's is checked
			time.Sleep(100 * time.Millisecond)
		}
	})
	op, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.3")))
	b.ok(err)
	start := time.Now()
	b.wait(op)
	if took := time.Since(start); took > 15*time.Second {
		b.Errorf("the change takes 10s, Wait took %s", took)
	}
	wg.Wait()
}
