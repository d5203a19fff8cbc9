// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestALaterCallerSharesAChangeThatPauses(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		for n, a := range secondaries(10) {
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 20 * time.Millisecond)
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		calls := cloud.Calls(enitest.UnassignPrivateIps)
		if len(calls) != 2 || len(calls[1].Addresses) != 10 {
			t.Errorf("the second change should carry all ten, got %v", calls)
		}
	})
}

// Ten goroutines on one interface, each releasing its addresses one by one: small
// and large changes must not alternate.
func TestCallersWhoComeBackTravelTogether(t *testing.T) {
	for name, cloudOf := range map[string]func(*plain) core.Cloud{
		"answered when done": func(p *plain) core.Cloud { p.cloud.AnswerWhenComplete = true; return plainCloud(p) },
		"tasks":              func(p *plain) core.Cloud { return plainCloud(withTasks{p}) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Put(attached("eni-1", 100))
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return 500 * time.Millisecond }
				client := core.New(cloudOf(p), nil)
				all := secondaries(100)
				var wg sync.WaitGroup
				for n := range 10 {
					wg.Go(func() {
						for _, a := range all[10*n : 10*n+10] {
							if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got > 12 {
					t.Errorf("a hundred addresses by ten callers: want hardly more than 10 changes, got %d", got)
				}
			})
		})
	}
}

// The same address is one goal, whatever else is in the queue.
func TestTheSameGoalOfSeveralCallersIsOne(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: 10 * time.Second})
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		for _, n := range []int{10, 20, 40, 40} {
			wg.Go(func() {
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(n)...)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if n := client.Pending(); n != 40 {
			t.Errorf("want 40 goals, got %d", n)
		}
		wg.Wait()
		if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 4 {
			t.Errorf("want 4 changes, got %d", n)
		}
	})
}

func TestAChangeAfterADetachWaitsUntilItIsComplete(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 20 * time.Second }
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.Detach(t.Context(), detach); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			synctest.Wait()
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 {
			t.Errorf("want one change and no conflict, got %d", got)
		}
	})
}

// An accepted change that never completes does not delay the next one for ever.
func TestAnIncompleteChangeHoldsTheLaneForAWhileOnly(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 24 * time.Hour }
		client := core.New(plainCloud(withTasks{p}), &eni.Options{Retry: eni.Retry{MaxAttempts: 3}})
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)[1]))
		if !errors.Is(err, eni.ErrConflict) {
			t.Errorf("want the cloud's conflict, got %v", err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("want an answer within the budget, took %s", took)
		}
	})
}
