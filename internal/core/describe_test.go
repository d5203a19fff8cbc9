// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// A describe that hangs delays only its own callers.
func TestAHungDescriptionHoldsNobodyElse(t *testing.T) {
	for name, hang := range map[string]func(ctx context.Context){
		"that honours its context": func(ctx context.Context) { <-ctx.Done() },
		"that does not":            func(context.Context) { time.Sleep(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Put(attached("eni-hung", 1))
				p.before = func(ctx context.Context, call enitest.Call) {
					if slices.Contains(call.InterfaceIDs, "eni-hung") {
						hang(ctx)
					}
				}
				client := core.New(plainCloud(p), nil)
				var wg sync.WaitGroup
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
					defer cancel()
					began := time.Now()
					_, err := client.Describe(ctx, "eni-hung")
					if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 20*time.Second {
						t.Errorf("want the context's end, got %v after %s", err, time.Since(began))
					}
				})
				time.Sleep(time.Second)
				for range 3 {
					began := time.Now()
					if found, err := client.Describe(t.Context(), "eni-1"); err != nil || len(found) != 1 || time.Since(began) > 100*time.Millisecond {
						t.Errorf("got %v, %v after %s", found, err, time.Since(began))
					}
					time.Sleep(time.Second)
				}
				if _, err := client.Detach(t.Context(), detach); err != nil {
					t.Error(err)
				}
				wg.Wait()
				time.Sleep(time.Hour) // until it comes back
			})
		})
	}
}

// Concurrent questions share one request, except the first question. Questions while a
// request is in progress need another request.
func TestQuestionsShareARequestThatHasNotBegun(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.Describe, enitest.Fault{Delay: 10 * time.Second})
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		ask := func(callers int) {
			for n := range callers {
				id := fmt.Sprintf("eni-%d", n)
				cloud.Put(attached(id, 1))
				wg.Go(func() {
					if found, err := client.Describe(t.Context(), id, "eni-none", id); err != nil || len(found) != 1 {
						t.Errorf("got %v, %v", found, err)
					}
				})
			}
		}
		ask(1)
		time.Sleep(time.Second)
		ask(50)
		time.Sleep(time.Second)
		if n := sent(cloud, enitest.Describe); n > 3 {
			t.Errorf("want three requests at most, got %d", n)
		}
		wg.Wait()
	})
}

// ask describes an interface with a deadline.
func ask(t *testing.T, client eni.Describer, id string, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	_, err := client.Describe(ctx, id)
	return err
}

func TestARequestEndsWithItsLastAsker(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var ended atomic.Bool
		p.before = func(ctx context.Context, call enitest.Call) {
			if call.InterfaceIDs[0] == "eni-hung" {
				<-ctx.Done()
				ended.Store(true)
			}
		}
		client := core.New(plainCloud(p), nil)
		if err := ask(t, client, "eni-1", time.Second); err != nil {
			t.Error(err)
		}
		var wg sync.WaitGroup
		for n := range 3 { // they gather
			wg.Go(func() { ask(t, client, "eni-hung", time.Duration(1+n)*time.Second) })
		}
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		if ended.Load() {
			t.Error("ended although somebody waits")
		}
		wg.Wait()
		synctest.Wait()
		if !ended.Load() || sent(cloud, enitest.Describe) != 1 {
			t.Errorf("nobody waits, and it goes on: %t", !ended.Load())
		}
	})
}

// Questions that are canceled while the request waits for its permit cost nothing.
func TestWhoLeavesBeforeThePermitCostsNoRequest(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{Describe: 0.1}})
		if err := ask(t, client, "eni-1", time.Second); err != nil {
			t.Error(err)
		}
		for range 1000 {
			ask(t, client, "eni-1", time.Millisecond)
		}
		time.Sleep(20 * time.Second) // the permit comes, and nobody is there
		if n := sent(cloud, enitest.Describe); n != 1 {
			t.Errorf("want no request for those who left, got %d", n-1)
		}
		began := time.Now()
		if err := ask(t, client, "eni-1", time.Minute); err != nil || time.Since(began) > time.Second {
			t.Errorf("the permit is there: got %v after %s", err, time.Since(began))
		}
	})
}

// Each caller gets its own copy of a description.
func TestDescriptionsAreTheAskersOwn(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				found, err := client.Describe(t.Context(), "eni-1")
				if err != nil || len(found[0].Addresses) != 61 {
					t.Errorf("got %v, %v", found, err)
					return
				}
				clear(found[0].Addresses)
			})
		}
		wg.Wait()
	})
}

// A describe includes the interfaces whose permits are near, as far as there is room.
func TestThoseWhosePermitIsNearAreDescribedAlong(t *testing.T) {
	for _, c := range []struct {
		perSecond float64
		room      int
		most      int // requests
		along     int // interfaces in them
	}{{10, 100, 5, 72}, {10, 10, 10, 72}, {0.1, 100, 61, 120}} {
		t.Run(fmt.Sprint(c.perSecond, c.room), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				plain := plainCloud(p)
				plain.PerDescribe = c.room
				client := core.New(plain, &eni.Options{Rates: eni.Rates{Detach: c.perSecond}, Retry: eni.Retry{MaxElapsed: -1}})
				const interfaces = 60
				var wg sync.WaitGroup
				for n := range interfaces {
					id := fmt.Sprintf("eni-%d", n)
					cloud.Put(attached(id, 1))
					wg.Go(func() {
						if _, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"}); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				described := cloud.Calls(enitest.Describe)
				n := 0
				for _, call := range described {
					n += len(call.InterfaceIDs)
					if len(call.InterfaceIDs) > c.room {
						t.Errorf("a request about %d interfaces, want %d at most", len(call.InterfaceIDs), c.room)
					}
				}
				if len(described) > c.most || n > c.along {
					t.Errorf("%d requests about %d interfaces, want %d about %d at most", len(described), n, c.most, c.along)
				}
			})
		})
	}
}

// Questions without room in a request are in the next one.
func TestMoreQuestionsThanARequestHasRoomFor(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var ids []string
		for n := range 250 {
			ids = append(ids, fmt.Sprintf("eni-%d", n))
			cloud.Put(attached(ids[n], 1))
		}
		began := time.Now()
		found, err := core.New(plainCloud(p), nil).Describe(t.Context(), ids...)
		if err != nil || len(found) != 250 || time.Since(began) > 2*50*time.Millisecond {
			t.Errorf("got %d, %v after %s", len(found), err, time.Since(began))
		}
		var sizes []int
		for _, call := range cloud.Calls(enitest.Describe) {
			sizes = append(sizes, len(call.InterfaceIDs))
		}
		if !slices.Equal(sizes, []int{100, 100, 50}) {
			t.Errorf("requests about %v interfaces", sizes)
		}
	})
}

// Shared questions do not keep a request alive that no caller waits for.
func TestThoseWhoAreDescribedAlongKeepNoRequestGoing(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{Detach: 0.1}})
		var wg sync.WaitGroup
		for n := range 2 {
			id := fmt.Sprintf("eni-%d", n)
			cloud.Put(attached(id, 1))
			wg.Go(func() {
				if _, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"}); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(7 * time.Second) // the permit of the second comes in three
		var along int
		var ended time.Time
		synctest.Wait()
		p.before = func(ctx context.Context, call enitest.Call) {
			if slices.Contains(call.InterfaceIDs, "eni-other") {
				along = len(call.InterfaceIDs) - 1
				<-ctx.Done()
				ended = time.Now()
			}
		}
		began := time.Now()
		ask(t, client, "eni-other", time.Second)
		synctest.Wait()
		if took := ended.Sub(began); along != 1 || took != time.Second {
			t.Errorf("%d described along, and the request ended after %s", along, took)
		}
		wg.Wait()
	})
}
