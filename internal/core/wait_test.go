// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// A Wait gets the result of another caller's describe at once.
func TestWaitersLearnFromEachOthersDescriptions(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		const takes = time.Hour + 100*time.Millisecond // between two descriptions of the waiter
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return takes }
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxSettle: -1}})
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		var back time.Time
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := op.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			back = time.Now()
		})
		time.Sleep(takes + time.Millisecond)
		if done, err := op.Poll(t.Context()); !done || err != nil {
			t.Errorf("want done, got %t, %v", done, err)
		}
		seen := time.Now()
		wg.Wait()
		if !back.Equal(seen) {
			t.Errorf("the waiter came back %s after it was known", back.Sub(seen))
		}
	})
}

func TestChangesOfTheSameAgeAreDescribedTogether(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Minute }
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		for n := range 50 {
			id := fmt.Sprintf("eni-%d", n)
			cloud.Put(attached(id, 1))
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 13 * time.Millisecond)
				req := eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"}
				if _, err := eni.Blocking(client).Detach(t.Context(), req); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(cloud.Calls(enitest.Describe)); n > 100 {
			t.Errorf("fifty detaches of a minute: want few descriptions, got %d", n)
		}
	})
}

// The detaches of a node, accepted one after another at the rate of the quota, share their
// describes. A lone detach is described when it is accepted.
func TestAcceptedDetachesAreDescribedTogether(t *testing.T) {
	for _, tt := range []struct{ interfaces, most int }{{1, 2}, {100, 20}} {
		t.Run(fmt.Sprint(tt.interfaces), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action == enitest.Detach {
						return &enitest.Fault{Delay: 500 * time.Millisecond}
					}
					return nil
				}
				client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{Detach: 50}})
				began := time.Now()
				var wg sync.WaitGroup
				for n := range tt.interfaces {
					id := fmt.Sprintf("eni-%d", n)
					cloud.Put(attached(id, 1))
					wg.Go(func() {
						req := eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"}
						if _, err := eni.Blocking(client).Detach(t.Context(), req); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if n := len(cloud.Calls(enitest.Describe)); n > tt.most {
					t.Errorf("want %d descriptions at most, got %d", tt.most, n)
				}
				if took := time.Since(began); tt.interfaces == 1 && took > 510*time.Millisecond {
					t.Errorf("alone, and still it took %v", took)
				}
			})
		})
	}
}

// Waiting callers share describes, one at each aligned time. After that a lone caller is
// not delayed.
func TestThoseWhoWaitShareDescriptions(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		takes := 3 * time.Second
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return takes }
		client := core.New(plainCloud(p), nil)
		detach := func(id string) *eni.Operation {
			cloud.Put(attached(id, 1))
			op, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"})
			if err != nil {
				t.Error(err)
			}
			return op
		}
		ops := make([]*eni.Operation, 50)
		for n := range ops {
			ops[n] = detach(fmt.Sprintf("eni-%d", n))
		}
		before := len(cloud.Calls(enitest.Describe))
		var wg sync.WaitGroup
		for _, op := range ops {
			wg.Go(func() {
				if err := op.Wait(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(cloud.Calls(enitest.Describe)) - before; n > 15 {
			t.Errorf("want a description for each stroke of three seconds, got %d", n)
		}

		takes = 0
		time.Sleep(1030 * time.Millisecond)
		began := time.Now()
		if err := detach("eni-alone").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 50*time.Millisecond { // between its two descriptions
			t.Errorf("alone, and still it took %v", took)
		}
	})
}

// A release is usually complete when it is accepted: it is described then, after a short
// delay, also if other callers are active.
func TestAnAcceptedReleaseIsDescribedSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Put(attached("eni-2", 1))
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: 10 * time.Second})
		client := eni.Blocking(core.New(plainCloud(p), nil))
		var wg sync.WaitGroup
		defer wg.Wait()
		call := func(id string) {
			if _, err := client.UnassignPrivateIps(t.Context(), release(id, secondaries(1)...)); err != nil {
				t.Error(err)
			}
		}
		wg.Go(func() { call("eni-2") })
		time.Sleep(1030 * time.Millisecond) // between two strokes
		began := time.Now()
		call("eni-1")
		if took := time.Since(began); took > 5*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

// Poll and Wait of a done operation need no context and no request.
func TestAPollOfWhatIsDoneAsksForNothing(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		op, err := open(nil).Detach(t.Context(), detach)
		if err != nil || op.Wait(t.Context()) != nil {
			t.Fatal(err)
		}
		before := queries(cloud)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if done, err := op.Poll(ctx); !done || err != nil {
			t.Errorf("want done, got %t, %v", done, err)
		}
		if err := op.Wait(ctx); err != nil || queries(cloud) != before {
			t.Errorf("want no request and no error, got %v", err)
		}
	})
}

func TestAPollReportsWhyItsRequestFailed(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		op := accepted(t, cloud, core.New(plainCloud(p), nil))
		cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.Denied})
		if done, err := op.Poll(t.Context()); done || !errors.Is(err, eni.ErrPermission) {
			t.Errorf("got %t, %v", done, err)
		}
		p.before = func(context.Context, enitest.Call) { panic("boom") }
		if c := catch(func() error { _, err := op.Poll(t.Context()); return err }); c.returned || c.value == nil {
			t.Errorf("a request panics, and the poll returns %v", c.err)
		}
	})
}

// A change is overdue once it was waited for as long as MaxSettle, and not before.
func TestWhenAChangeIsOverdue(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxSettle: time.Minute}})
		began := time.Now()
		op, err := client.Detach(t.Context(), detach)
		if err != nil || time.Since(began) > 0 {
			t.Fatal(err, time.Since(began))
		}
		time.Sleep(time.Minute - time.Nanosecond)
		if done, err := op.Poll(t.Context()); done || err != nil {
			t.Errorf("before: got %t, %v", done, err)
		}
		time.Sleep(time.Until(began.Add(time.Minute)))
		if done, err := op.Poll(t.Context()); done || !errors.Is(err, eni.ErrConflict) {
			t.Errorf("then: got %t, %v", done, err)
		}
	})
}
