// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// accepted returns an operation whose detach the cloud has accepted and not carried
// out.
func accepted(t *testing.T, cloud *enitest.Cloud, client eni.Client) *eni.Operation {
	t.Helper()
	cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
	op, err := client.Detach(t.Context(), detach)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Second) // the descriptions of the call are over
	return op
}

// queries counts descriptions and task queries.
func queries(cloud *enitest.Cloud) int {
	return sent(cloud, enitest.Describe) + sent(cloud, enitest.DescribeTask)
}

func TestAPollMakesOneRequest(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		op := accepted(t, cloud, open(nil))
		for range 20 {
			before := queries(cloud)
			if done, err := op.Poll(t.Context()); done || err != nil {
				t.Fatalf("want not done, got %t, %v", done, err)
			}
			synctest.Wait()
			if n := queries(cloud) - before; n != 1 {
				t.Errorf("want one request, got %d", n)
			}
			time.Sleep(10 * time.Second)
		}
		time.Sleep(time.Minute)
		if before := queries(cloud); queries(cloud) != before {
			t.Error("a poll that is over goes on asking")
		}
	})
}

// On a cloud with tasks, polls alternate between describe and task. An old task is asked
// for less often.
func TestPollsAlternate(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		op := accepted(t, cloud, core.New(plainCloud(withTasks{p}), &eni.Options{Retry: eni.Retry{MaxSettle: -1}}))
		describes, tasks := sent(cloud, enitest.Describe), sent(cloud, enitest.DescribeTask)
		for range 10 {
			time.Sleep(2 * time.Minute)
			op.Poll(t.Context())
		}
		describes, tasks = sent(cloud, enitest.Describe)-describes, sent(cloud, enitest.DescribeTask)-tasks
		if describes+tasks != 10 || tasks < 4 || tasks > 5 {
			t.Errorf("want as many of each, got %d descriptions and %d task queries", describes, tasks)
		}
	})
}

func TestAPollWithoutAPermitMakesNoRequest(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		op := accepted(t, cloud, open(&eni.Options{Rates: eni.Rates{Describe: 0.001, Task: 0.001}, Retry: eni.Retry{MaxSettle: -1}}))
		time.Sleep(time.Hour / 2)
		for range 5 {
			before, began := queries(cloud), time.Now()
			for range 3 {
				if done, err := op.Poll(t.Context()); done || err != nil {
					t.Errorf("want not done, got %t, %v", done, err)
				}
			}
			if took := time.Since(began); took > 200*time.Millisecond {
				t.Errorf("the polls waited for %s", took)
			}
			if n := queries(cloud) - before; n > 2 {
				t.Errorf("want one permit used of each API, got %d", n)
			}
		}
	})
}

func TestAPollWithADeadContextMakesNoRequest(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		op := accepted(t, cloud, open(nil))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		before := queries(cloud)
		for range 10 {
			if done, err := op.Poll(ctx); done || !errors.Is(err, context.Canceled) || eni.IsRetryable(err) {
				t.Errorf("want the context's end, not retryable, got %t, %v", done, err)
			}
		}
		if n := queries(cloud) - before; n != 0 {
			t.Errorf("want no request, got %d", n)
		}
	})
}

// Polls with ended contexts do not prevent another caller's Wait from completing.
func TestPollsWithEndedContextsDelayNobody(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		op := accepted(t, cloud, open(nil))
		dead, cancel := context.WithCancel(t.Context())
		cancel()
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					op.Poll(dead)
					short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
					op.Poll(short)
					cancel()
				}
			}
		})
		time.AfterFunc(5*time.Second, func() { cloud.Complete("eni-1") })
		began := time.Now()
		if err := op.Wait(t.Context()); err != nil || time.Since(began) > 10*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		close(stop)
		wg.Wait()
	})
}

// A thousand concurrent polls of different interfaces share requests, and none waits for a
// permit.
func TestAThousandPollsAtOnce(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		client := open(&eni.Options{Rates: eni.Rates{Detach: -1, Describe: 20, Task: 20}, Retry: eni.Retry{MaxSettle: -1}})
		ops := make([]*eni.Operation, 1000)
		var wg sync.WaitGroup
		for n := range ops {
			id := fmt.Sprintf("eni-%d", n)
			cloud.Put(attached(id, 1))
			wg.Go(func() {
				op, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"})
				if err != nil {
					t.Error(err)
				}
				ops[n] = op
			})
		}
		wg.Wait()
		time.Sleep(time.Minute)
		for range 3 {
			before, began := queries(cloud), time.Now()
			for _, op := range ops {
				wg.Go(func() {
					if done, err := op.Poll(t.Context()); done || err != nil {
						t.Errorf("want not done, got %t, %v", done, err)
					}
				})
			}
			wg.Wait()
			if took := time.Since(began); took > time.Second {
				t.Errorf("the polls took %s", took)
			}
			if n := queries(cloud) - before; n == 0 || n > 40 {
				t.Errorf("want few requests, got %d", n)
			}
			time.Sleep(10 * time.Second)
		}
	})
}

// A poll that ends with its context leaves no state: the describe in progress is not used,
// and the lane is removed later.
func TestAPollThatEndsLeavesNothingBehind(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		client := open(nil)
		op := accepted(t, cloud, client)
		var hung atomic.Bool
		hung.Store(true)
		p.late = func(enitest.Call) time.Duration {
			if hung.Load() {
				return time.Hour
			}
			return 0
		}
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if done, err := op.Poll(ctx); done || !errors.Is(err, context.DeadlineExceeded) && err != nil {
				t.Errorf("got %t, %v", done, err)
			}
			cancel()
		}
		hung.Store(false)
		cloud.Complete("eni-1")
		if done, err := op.Poll(t.Context()); !done || err != nil {
			t.Errorf("want done, got %t, %v", done, err)
		}
		time.Sleep(6 * time.Minute)
		if n := client.Lanes(); n != 0 {
			t.Errorf("%d lanes are left", n)
		}
	})
}

// With one permit and more polls than one request has room for, the other polls make no
// request.
func TestPollsThatAreLeftOverGoWithoutARequest(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 24 * time.Hour }
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: -1, Describe: 0.1}, Retry: eni.Retry{MaxSettle: -1}})
		ops := make([]*eni.Operation, 250)
		for n := range ops {
			id := fmt.Sprintf("eni-%d", n)
			cloud.Put(attached(id, 1))
			op, err := client.UnassignPrivateIps(t.Context(), release(id, secondaries(1)...))
			if err != nil {
				t.Fatal(err)
			}
			ops[n] = op
		}
		time.Sleep(time.Minute)
		before, began := sent(cloud, enitest.Describe), time.Now()
		var wg sync.WaitGroup
		for _, op := range ops {
			wg.Go(func() {
				if done, err := op.Poll(t.Context()); done || err != nil {
					t.Errorf("want not done, got %t, %v", done, err)
				}
			})
		}
		wg.Wait()
		if n, took := sent(cloud, enitest.Describe)-before, time.Since(began); n != 1 || took > 200*time.Millisecond {
			t.Errorf("want one request, got %d in %s", n, took)
		}
	})
}
