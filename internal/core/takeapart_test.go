// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// notFoundForAll is a driver of a cloud that refuses a whole describe because of one
// missing interface, whose id may be in the message.
type notFoundForAll struct {
	*plain

	names bool
}

func (d notFoundForAll) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	found, err := d.plain.Describe(ctx, ids)
	if err == nil && len(found) < len(ids) {
		r := &refused{answer: answer{Reason: enitest.NotFound, Message: "no such interface", RequestID: "r"}, status: 404}
		for _, id := range ids {
			if d.names && !slices.ContainsFunc(found, func(i eni.Interface) bool { return i.ID == id }) {
				r.Message = "no such interface: " + id
				break
			}
		}
		return nil, r
	}
	return found, err
}

// losing loses a part of the responses, the same ones in each run.
func losing(cloud *enitest.Cloud, share float64) {
	var mu sync.Mutex
	rnd := rand.New(rand.NewPCG(1, 2))
	cloud.Control = func(enitest.Call) *enitest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if rnd.Float64() < share {
			return &enitest.Fault{Reset: true, After: true}
		}
		return nil
	}
}

// The interfaces of a node are deleted with it, before the calls or after the
// acceptance, and one answer in fifty is lost.
func TestTheInterfacesOfANodeAreGone(t *testing.T) {
	for name, deleted := range map[string]bool{"before the calls": true, "after the acceptance": false} {
		for _, names := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, named %t", name, names), func(t *testing.T) {
				inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
					losing(cloud, 0.02)
					cloud.CompletesAfter = func(enitest.Call) time.Duration { return 3 * time.Second }
					limited := plainCloud(struct {
						notFoundForAll
						core.Tasks
					}{notFoundForAll{p, names}, withTasks{p}})
					limited.Rates = eni.Rates{UnassignPrivateIps: 100, UnassignIpv6: 20, Detach: 50, Task: 20}
					client := core.New(limited, nil)
					began := time.Now()
					var wg sync.WaitGroup
					for n := range 100 {
						id := fmt.Sprintf("eni-%03d", n)
						if !deleted {
							cloud.Put(attached(id, 1))
						}
						wg.Go(func() {
							op, err := eni.Blocking(client).Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"})
							if deleted && (!errors.Is(err, eni.ErrNotFound) || op.Outcome() != eni.OutcomeAbsent) {
								t.Errorf("%s: want not found, got %s, %v", id, op.Outcome(), err)
							}
							if !deleted && (op.Outcome() != eni.OutcomeReleased || eni.IgnoreNotFound(err) != nil) {
								t.Errorf("%s: want released, got %s, %v", id, op.Outcome(), err)
							}
						})
					}
					if !deleted {
						time.Sleep(2500 * time.Millisecond) // the permits have come, and the answers
						for n := range 100 {
							cloud.Delete(fmt.Sprintf("eni-%03d", n))
						}
					}
					wg.Wait()
					n := sent(cloud, enitest.Describe)
					t.Logf("%d descriptions, %d task queries, %s", n, sent(cloud, enitest.DescribeTask), time.Since(began))
					if took := time.Since(began); took > 20*time.Second || n > 300 {
						t.Errorf("want 300 descriptions and 20 s at most, got %d and %s", n, took)
					}
				})
			})
		}
	}
}

// The interfaces of a node are detached and deleted, and responses are lost. No caller
// gets the error of a canceled describe of other callers.
func TestTheInterfacesOfANodeAreDeleted(t *testing.T) {
	for _, loss := range []float64{0.03, 0.05, 0.07, 0.1} {
		t.Run(fmt.Sprint(loss), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				losing(cloud, loss)
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return 600 * time.Millisecond }
				limited := plainCloud(struct {
					notFoundForAll
					core.Tasks
				}{notFoundForAll{p, false}, withTasks{p}})
				limited.Rates = eni.Rates{Detach: 20, Delete: 50, Task: 20, Describe: 20}
				client := core.New(limited, nil)
				var wg sync.WaitGroup
				for n := range 100 {
					id := fmt.Sprintf("eni-%03d", n)
					cloud.Put(attached(id, 1))
					wg.Go(func() {
						op, err := eni.BlockingDeleter(client).Delete(t.Context(), eni.DeleteRequest{InterfaceID: id, InstanceID: "i-1"})
						if err != nil || op.Outcome() != eni.OutcomeReleased {
							t.Errorf("%s: want deleted, got %s, %v", id, op.Outcome(), err)
						}
					})
				}
				wg.Wait()
			})
		})
	}
}

// One response in twenty is lost: interfaces that were found are not described again.
func TestManyInterfacesAreDescribedAlthoughAnswersAreLost(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		losing(cloud, 0.05)
		ids := make([]string, 10000)
		for n := range ids {
			ids[n] = fmt.Sprintf("eni-%05d", n)
			cloud.Put(attached(ids[n], 1))
		}
		found, err := core.New(plainCloud(p), nil).Describe(t.Context(), ids...)
		if err != nil || len(found) != len(ids) {
			t.Errorf("want all, got %d, %v", len(found), err)
		}
		if n := sent(cloud, enitest.Describe); n > 130 {
			t.Errorf("want 1.3 requests for each hundred at most, got %d", n)
		}
	})
}

// Missing ids among others cost a few requests, and the others are found.
func TestUnknownIdsAreFoundAmongOthers(t *testing.T) {
	for name, unknown := range map[string][]int{"none": nil, "one": {37}, "two": {3, 97}, "half": nil} {
		for _, names := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, named %t", name, names), func(t *testing.T) {
				inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
					ids := make([]string, 100)
					want := 0
					for n := range ids {
						ids[n] = fmt.Sprintf("eni-%03d", n)
						if !slices.Contains(unknown, n) && (name != "half" || n%2 == 0) {
							cloud.Put(attached(ids[n], 1))
							want++
						}
					}
					found, err := core.New(plainCloud(notFoundForAll{p, names}), nil).Describe(t.Context(), ids...)
					if err != nil || len(found) != want {
						t.Errorf("want %d, got %d, %v", want, len(found), err)
					}
					if n := sent(cloud, enitest.Describe); n > 110 || len(unknown) == 1 && n > 15 {
						t.Errorf("it took %d requests", n)
					}
				})
			})
		}
	}
}
