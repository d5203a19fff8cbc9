// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// A lane lives while its change may act, a minute after the answer, and is then removed,
// also without a describe.
func TestALaneLivesWhileAChangeMayAct(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), nil)
		for _, a := range secondaries(3) {
			op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a))
			if err != nil {
				t.Fatal(err)
			}
			if err := op.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(55 * time.Second)
		if n := client.Lanes(); n != 1 {
			t.Errorf("a change may act yet: want its lane, got %d", n)
		}
		time.Sleep(15 * time.Second)
		if n := client.Lanes(); n != 0 {
			t.Errorf("%d lanes are left", n)
		}
	})
}

// A lane without a change is removed.
func TestALaneThatSentNothingIsGoneSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Limiter: slowLimiter{}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...)); err == nil {
			t.Fatal("want the context's end")
		}
		time.Sleep(10 * time.Second)
		if n := client.Lanes(); n != 0 {
			t.Errorf("%d lanes are left", n)
		}
	})
}

// An accepted change without a waiting caller can be polled for five minutes.
func TestALaneRemembersAnAcceptedChange(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), nil)
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Minute)
		if n := client.Lanes(); n != 1 {
			t.Errorf("a change was accepted: want its lane, got %d", n)
		}
		time.Sleep(2 * time.Minute)
		if n := client.Lanes(); n != 0 {
			t.Errorf("nobody asked any more: want no lane, got %d", n)
		}
		if done, err := op.Poll(t.Context()); !done || err != nil || op.Outcome() != eni.OutcomeReleased {
			t.Errorf("who asks later learns it all the same, got %t, %v, %s", done, err, op.Outcome())
		}
	})
}

// Thousands of lanes are removed like one.
func TestManyLanesAreForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Limiter: slowLimiter{}})
		var wg sync.WaitGroup
		for n := range 3000 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+n%7)*time.Second)
				defer cancel()
				client.UnassignPrivateIps(ctx, release(fmt.Sprintf("eni-%d", n), secondaries(1)...))
			})
		}
		synctest.Wait()
		if n := client.Lanes(); n != 3000 {
			t.Errorf("want a lane for each interface, got %d", n)
		}
		wg.Wait()
		time.Sleep(10 * time.Second)
		if n := client.Lanes(); n != 0 {
			t.Errorf("%d lanes are left", n)
		}
	})
}

// A program that never waits or polls accumulates only a few accepted changes.
func TestChangesThatNobodyAsksForAreForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), nil)
		for _, a := range secondaries(60) {
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
		}
		if n := sent(cloud, enitest.Describe); n == 0 || n > 6 {
			t.Errorf("want few descriptions, got %d", n)
		}
		if n := client.Incomplete(); n > 20 {
			t.Errorf("%d changes are remembered", n)
		}
	})
}
