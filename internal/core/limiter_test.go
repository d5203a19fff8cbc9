// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// A tiny rate means "almost never".
func TestATinyRateIsABound(t *testing.T) {
	for _, rate := range []float64{1e-9, 1e-10, 1e-300, math.SmallestNonzeroFloat64} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: rate}})
				for _, a := range secondaries(20) {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					client.UnassignPrivateIps(ctx, release("eni-1", a))
					cancel()
				}
				if n := sent(cloud, enitest.UnassignPrivateIps); n != 1 {
					t.Errorf("want the first one only, got %d", n)
				}
			})
		})
	}
}

func TestARateThatIsNoNumberIsNone(t *testing.T) {
	for _, rate := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: rate}})
				for _, a := range secondaries(20) {
					if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

// An outage of five minutes leaves no debt: afterwards one 500 is a hiccup.
func TestAnOutageLeavesNoDebtOfRetries(t *testing.T) {
	for _, interfaces := range []int{20, 75} {
		t.Run(fmt.Sprint(interfaces), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				var down atomic.Bool
				down.Store(true)
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if down.Load() && call.Action == enitest.UnassignPrivateIps {
						return &enitest.Fault{Reason: enitest.Internal}
					}
					return nil
				}
				client, began := core.New(plainCloud(p), nil), time.Now()
				for time.Since(began) < 5*time.Minute {
					var wg sync.WaitGroup
					for n := range interfaces {
						id := fmt.Sprintf("eni-%d", n)
						cloud.Put(attached(id, 1))
						wg.Go(func() {
							ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
							defer cancel()
							client.UnassignPrivateIps(ctx, release(id, secondaries(1)...))
						})
					}
					wg.Wait()
					time.Sleep(10 * time.Second)
				}
				down.Store(false)
				for _, after := range []time.Duration{time.Minute, time.Hour} {
					time.Sleep(after)
					cloud.Put(attached("eni-1", 1))
					cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Internal})
					at := time.Now()
					if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil || time.Since(at) > 10*time.Second {
						t.Errorf("%s after the outage: %v after %s", after, err, time.Since(at))
					}
				}
			})
		})
	}
}

// A configured number for each minute is a bound also where the cloud takes more, after
// a first minute in which it may be used twice.
func TestARatePerMinuteIsABound(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{RatesPerMinute: eni.Rates{UnassignPrivateIps: 20}})
		began := time.Now()
		var wg sync.WaitGroup
		for n := range 70 {
			id := fmt.Sprintf("eni-%d", n)
			cloud.Put(attached(id, 1))
			wg.Go(func() {
				if _, err := client.UnassignPrivateIps(t.Context(), release(id, secondaries(1)...)); err != nil {
					t.Error(err)
				}
			})
		}
		for n, most := range []int{42, 62, 70} {
			time.Sleep(time.Until(began.Add(time.Duration(n+1)*time.Minute - time.Millisecond)))
			if got := sent(cloud, enitest.UnassignPrivateIps); got < most-2 || got > most {
				t.Errorf("after %d minutes %d were sent, want %d to %d", n+1, got, most-2, most)
			}
		}
		wg.Wait()
	})
}

func TestARatePerMinuteThatIsNoNumberIsNone(t *testing.T) {
	for _, rate := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e300} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				client, began := core.New(plainCloud(p), &eni.Options{RatesPerMinute: eni.Rates{UnassignPrivateIps: rate}}), time.Now()
				for _, a := range secondaries(20) {
					if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}
