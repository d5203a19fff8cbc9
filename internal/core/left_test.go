// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// counting counts the interfaces of each describe.
type counting struct {
	core.Driver

	mu   sync.Mutex
	most int
}

func (d *counting) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	d.mu.Lock()
	d.most = max(d.most, len(ids))
	d.mu.Unlock()
	return d.Driver.Describe(ctx, ids)
}

// When all callers have departed, the client keeps nothing, whatever happened before.
func TestNothingIsLeft(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 0))
				cloud := new(enitest.Cloud)
				for n := range 6 {
					cloud.Put(attached(fmt.Sprintf("eni-%d", n), 20))
				}
				p := newPlain(cloud)
				var mu sync.Mutex
				cloud.Control = func(enitest.Call) *enitest.Fault {
					mu.Lock()
					defer mu.Unlock()
					return someFault(random)
				}
				d := &counting{Driver: p}
				config := plainCloud(d)
				if seed%2 == 0 {
					config.Driver = withTasks{p}
				}
				config.PerDescribe = 3
				opts := &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 5, Detach: 2, Describe: 5}, Retry: eni.Retry{MaxAttempts: 4}}
				if seed%3 == 0 {
					opts.Limiter = slowLimiter{}
				}
				client := core.New(config, opts)
				var callers sync.WaitGroup
				for n := range 40 {
					random := rand.New(rand.NewPCG(seed, uint64(n)+1))
					callers.Go(func() { someCaller(t.Context(), client, random) })
				}
				callers.Wait()
				time.Sleep(20 * time.Minute)
				if left := client.Left(); left != nil {
					t.Errorf("left: %q", left)
				}
				if d.most > config.PerDescribe {
					t.Errorf("%d interfaces in one description, want %d at most", d.most, config.PerDescribe)
				}
			})
		})
	}
}

func someFault(random *rand.Rand) *enitest.Fault {
	switch random.IntN(12) {
	case 0:
		return &enitest.Fault{Reason: enitest.Throttled}
	case 1:
		return &enitest.Fault{Reason: enitest.Conflict}
	case 2:
		return &enitest.Fault{Reset: true, After: random.IntN(2) == 0}
	case 3:
		return &enitest.Fault{AnswerAfter: time.Duration(random.IntN(10)) * time.Second}
	case 4:
		return &enitest.Fault{Reason: enitest.Internal}
	default:
		return nil
	}
}

// someCaller makes a few calls, sometimes with a short deadline.
func someCaller(ctx context.Context, client *core.Client, random *rand.Rand) {
	for range 4 {
		ctx, cancel := ctx, context.CancelFunc(func() {})
		switch random.IntN(4) {
		case 0:
			ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(8000))*time.Millisecond)
		case 1:
			ctx, cancel = context.WithCancel(ctx)
			time.AfterFunc(time.Duration(random.IntN(3000))*time.Millisecond, cancel)
		}
		id := fmt.Sprintf("eni-%d", random.IntN(7))
		var op *eni.Operation
		switch random.IntN(6) {
		case 0:
			op, _ = client.Detach(ctx, eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"})
		case 1:
			_, _ = client.Describe(ctx, id, "eni-0", "eni-1", "eni-2")
		default:
			var list []netip.Addr
			for _, a := range secondaries(20) {
				if random.IntN(6) == 0 {
					list = append(list, a)
				}
			}
			op, _ = client.UnassignPrivateIps(ctx, release(id, list...))
		}
		switch {
		case op == nil:
		case random.IntN(2) == 0:
			_ = op.Wait(ctx)
		default:
			_, _ = op.Poll(ctx)
		}
		cancel()
		time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond)
	}
}
