// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestLoadCountsPendingItems(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Put(attached("eni-2", 9))
		var r record
		opts := r.options()
		opts.Limiter = slowLimiter{}
		client := core.New(plainCloud(p), opts)
		var wg sync.WaitGroup
		for _, req := range []eni.UnassignRequest{
			release("eni-1", secondaries(3)...),
			release("eni-1", secondaries(5)...), // two more
			release("eni-2", secondaries(2)...),
		} {
			wg.Go(func() {
				if _, err := client.UnassignPrivateIps(t.Context(), req); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if got := r.reports().load; got.Lanes != 2 || got.Pending != 7 {
			t.Errorf("want 2 lanes with 7 goals, told %+v", got)
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			client.UnassignPrivateIps(ctx, release("eni-1", secondaries(9)...))
		})
		synctest.Wait()
		if got := r.reports().load; got.Pending != 11 {
			t.Errorf("want 11 goals while a fourth caller is there, told %+v", got)
		}
		time.Sleep(2 * time.Second)
		if got := r.reports().load; got.Pending != 7 {
			t.Errorf("want 7 goals when the fourth caller has left, told %+v", got)
		}
		wg.Wait()
		synctest.Wait()
		if got := r.reports().load; got != (eni.Load{}) {
			t.Errorf("nothing is pending, told %+v", got)
		}
	})
}

// Callers begin and depart at any time, changes are refused and lost, and at the end every
// call has ended and nothing is pending.
func TestTheHooksAddUpInAStorm(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var calls atomic.Int64
		cloud.Control = func(enitest.Call) *enitest.Fault {
			return map[int64]*enitest.Fault{
				1: {Reason: enitest.Conflict}, 3: {Reset: true}, 4: {Delay: 3 * time.Second}, 5: {Reset: true, After: true},
			}[calls.Add(1)%7]
		}
		var r record
		client := core.New(plainCloud(p), r.options())
		var wg sync.WaitGroup
		for i := range 300 {
			wg.Go(func() {
				time.Sleep(time.Duration(i%37) * 100 * time.Millisecond)
				ctx := t.Context()
				if i%3 == 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(i%11)*200*time.Millisecond)
					defer cancel()
				}
				at := i % 55
				_, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(60)[at:at+i%5+1]...))
				if err != nil && ctx.Err() == nil && !eni.IsRetryable(err) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		for i, ends := range r.reports().ends {
			if len(ends) != 1 {
				t.Errorf("call %d ended %d times", i, len(ends))
			}
		}
		if len(r.reports().calls) != 300 || r.reports().load != (eni.Load{}) || r.reports().most.Lanes < 1 || r.reports().most.Pending < 2 {
			t.Errorf("want 300 calls and nothing pending, got %d and %+v, at most %+v", len(r.reports().calls), r.reports().load, r.reports().most)
		}
		for _, a := range r.reports().attempts {
			if len(a.Contexts) == 0 || a.QueueWait < 0 || a.PermitWait < 0 {
				t.Errorf("an attempt of nobody, or before its time: %+v", a)
			}
		}
	})
}

// A hook may use the client: it would deadlock if a lock were held.
func TestNoLockIsHeldWhileAHookRuns(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		var client *core.Client
		seen := make(map[string]int)
		var mu sync.Mutex
		look := func(hook string) {
			client.Pending()
			mu.Lock()
			defer mu.Unlock()
			seen[hook]++
		}
		client = core.New(plainCloud(p), &eni.Options{
			OnCall: func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) {
				look("begin")
				return ctx, func(end eni.CallEnd) {
					end.Operation.Results()
					look("end")
				}
			},
			OnAttempt: func(eni.Attempt) { look("attempt") },
			OnLoad:    func(eni.Load) { look("load") },
		})
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(20)...))
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, hook := range []string{"begin", "end", "attempt", "load"} {
			if seen[hook] == 0 {
				t.Errorf("%s was not called", hook)
			}
		}
	})
}
