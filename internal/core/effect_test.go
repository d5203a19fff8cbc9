// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// On a cloud with tasks, after a lost response the next change waits 1.25 times the usual
// duration of a change, because otherwise it would conflict with the lost one.
func TestALostChangeIsGivenItsTime(t *testing.T) {
	for _, c := range []struct {
		takes []time.Duration
		want  time.Duration
	}{
		{nil, time.Second},
		{[]time.Duration{2 * time.Second}, 2500 * time.Millisecond},
		{[]time.Duration{10 * time.Second}, 5 * time.Second},
		{[]time.Duration{time.Second, 3 * time.Second}, 1562500 * time.Microsecond}, // the average moves slowly
	} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			client := core.New(plainCloud(withTasks{p}), nil)
			for n, takes := range c.takes {
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return takes }
				op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(20)[10+n]))
				if err != nil {
					t.Fatal(err)
				}
				if err := op.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			cloud.CompletesAfter = nil
			time.Sleep(time.Minute)
			var at []time.Time
			synctest.Wait()
			p.before = func(_ context.Context, call enitest.Call) {
				if call.Action == enitest.UnassignPrivateIps {
					at = append(at, time.Now())
				}
			}
			cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true})
			var callers sync.WaitGroup
			for _, a := range secondaries(3)[1:] {
				callers.Go(func() {
					if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
						t.Error(err)
					}
				})
			}
			callers.Wait()
			synctest.Wait()
			if len(at) < 2 {
				t.Fatalf("%d changes", len(at))
			}
			// The average is of the observed durations, at the times of polls.
			if waited := at[1].Sub(at[0]); waited < c.want || waited > c.want+c.want/5 {
				t.Errorf("changes take %v: the next is sent %v after the one that was lost, want %v", c.takes, waited, c.want)
			}
		})
	}
}

// The same holds where the interface has refused a change while an accepted one was not
// complete: the call whose response was lost meets no conflict with its own change.
func TestALostChangeOfABusyInterfaceIsGivenItsTime(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var r record
		client := core.New(plainCloud(p), r.options())
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 2 * time.Second }
		wait := eni.Blocking(client)
		var callers sync.WaitGroup
		for _, a := range secondaries(2) {
			callers.Go(func() {
				if _, err := wait.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(100 * time.Millisecond)
		}
		callers.Wait()
		learned := len(r.reports().attempts)
		if learned < 3 {
			t.Fatalf("no conflict: %+v", r.reports().attempts)
		}
		enitest.LostAnswer(enitest.UnassignPrivateIps)(cloud)
		for _, a := range secondaries(4)[2:] {
			callers.Go(func() {
				if _, err := wait.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		for _, a := range r.reports().attempts[learned:] {
			if errors.Is(a.Err, eni.ErrConflict) {
				t.Errorf("a conflict after the lost response: %+v", a)
			}
		}
	})
}

// A client without hooks keeps nothing for hooks.
func TestContextsAreKeptForTheHookAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var r record
		client := core.New(plainCloud(p), r.options())
		for _, a := range secondaries(3) {
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
				t.Fatal(err)
			}
		}
		for n, a := range r.reports().attempts {
			if !slices.Equal(travellers(a), []int{n}) || a.Items != 1 || a.Op != eni.OpUnassignPrivateIps {
				t.Errorf("attempt %d: %+v", n, a)
			}
		}
	})
}
