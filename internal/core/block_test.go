// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// User code that blocks delays the callers that wait for it, who can still depart, and no
// callers of other interfaces. A hook delays the caller on whose goroutine it runs.
func TestCodeThatBlocksHoldsNobodyElse(t *testing.T) {
	const first = "eni-1"
	for name, set := range map[string]func(block func(), p *plain, o *eni.Options){
		"the verdict": func(block func(), _ *plain, o *eni.Options) {
			o.Retry.Retryable = func(error) bool { block(); return true }
		},
		"the maker of the backoff": func(block func(), _ *plain, o *eni.Options) {
			o.Retry.Backoff = func() eni.Backoff { block(); return pauses(time.Second) }
		},
		"the limiter": func(block func(), _ *plain, o *eni.Options) { o.Limiter = &trapLimiter{block} },
		"the load hook": func(block func(), _ *plain, o *eni.Options) {
			o.OnLoad = func(l eni.Load) {
				if l.Pending < 0 {
					block()
				}
			}
		},
		"the attempt hook": func(block func(), _ *plain, o *eni.Options) {
			o.OnAttempt = func(a eni.Attempt) { block() }
		},
		"a description": func(block func(), p *plain, _ *eni.Options) {
			p.before = func(_ context.Context, call enitest.Call) {
				if call.Action == enitest.Describe {
					block()
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Put(attached("eni-2", 10))
				var refused atomic.Bool
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if call.InterfaceID == first && refused.CompareAndSwap(false, true) {
						return &enitest.Fault{Reason: enitest.Conflict}
					}
					return nil
				}
				var blocked atomic.Bool
				release1 := make(chan struct{})
				opts := new(eni.Options)
				set(func() {
					if blocked.CompareAndSwap(false, true) { // the first time
						<-release1
					}
				}, p, opts)
				client := core.New(plainCloud(p), opts)
				gone := make(chan error, 1)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				addresses := secondaries(1)
				if name == "a description" {
					addresses = secondaries(2)
				}
				go func() {
					_, err := client.UnassignPrivateIps(ctx, release(first, addresses...))
					gone <- err
				}()
				time.Sleep(5 * time.Second)
				if !blocked.Load() {
					t.Fatal("nothing is blocked")
				}
				began := time.Now()
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-2", secondaries(2)...)); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > 100*time.Millisecond {
					t.Errorf("a call for another interface took %s", took)
				}
				short, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := client.UnassignPrivateIps(short, release(first, secondaries(4)[3]))
				if took := time.Since(began); took > 1100*time.Millisecond {
					t.Errorf("a second caller of the interface came back after %s: %v", took, err)
				}
				switch name {
				case "the load hook", "the attempt hook": // the caller's own goroutine runs them
				case "a description": // another one is made
					if err := <-gone; err != nil {
						t.Error(err)
					}
				default:
					if err := <-gone; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
						t.Errorf("the caller who waits should leave at its deadline, got %v after %s", err, time.Since(began))
					}
				}
				close(release1)
				time.Sleep(30 * time.Second)
				if _, err := client.UnassignPrivateIps(t.Context(), release(first, secondaries(6)[5])); err != nil {
					t.Errorf("the interface is not served any more: %v", err)
				}
			})
		})
	}
}

// trapLimiter calls a function before each permit.
type trapLimiter struct{ before func() }

func (l *trapLimiter) Wait(context.Context) error { l.before(); return nil }
