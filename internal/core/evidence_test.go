// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// lateChanges delays the answers to changes that the cloud has already done.
func lateChanges(d time.Duration) func(enitest.Call) time.Duration {
	return func(call enitest.Call) time.Duration {
		if call.Action == enitest.UnassignPrivateIps || call.Action == enitest.Detach {
			return d
		}
		return 0
	}
}

// A change that was sent before a call is no evidence for it. A's change is done at once
// and answered after 20 s; the address is assigned again at 5 s; B calls at 10 s.
func TestNobodyJoinsAChangeInProgress(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		p.late = lateChanges(20 * time.Second)
		client, a := eni.Blocking(open(nil)), secondaries(1)[0]
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(5 * time.Second)
		assign(cloud, "eni-1", a)
		time.Sleep(5 * time.Second)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a))
		if err != nil || op.Outcome() != eni.OutcomeReleased || on(cloud, a) {
			t.Errorf("want it released, got %s, %v", op.Outcome(), err)
		}
		if n := sent(cloud, enitest.UnassignPrivateIps); n != 2 {
			t.Errorf("want a change for each, got %d", n)
		}
		wg.Wait()
	})
}

func TestNobodyJoinsADetachInProgress(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		p.late = lateChanges(20 * time.Second)
		client := eni.Blocking(open(nil))
		var wg sync.WaitGroup
		wg.Go(func() { client.Detach(t.Context(), detach) })
		time.Sleep(5 * time.Second)
		cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-1" })
		time.Sleep(5 * time.Second)
		op, err := client.Detach(t.Context(), detach)
		if i, _ := cloud.Get("eni-1"); err != nil || op.Outcome() != eni.OutcomeReleased || i.InstanceID != "" {
			t.Errorf("want it detached, got %s, %v, on %q", op.Outcome(), err, i.InstanceID)
		}
		wg.Wait()
	})
}

// The response is lost while the change runs, the retry gets a conflict, and the caller's
// context ends. Later the change removes the address.
func TestALostAnswerBeforeAConflictIsUnknown(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{After: true, Reset: true})
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		op, err := open(nil).UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		if op.Outcome() != eni.OutcomeUnknown || !eni.IsRetryable(err) {
			t.Errorf("want unknown, got %s, %v", op.Outcome(), err)
		}
	})
}

func TestALostAnswerBeforeADenialIsUnknown(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 3 * time.Second }
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{After: true, Reset: true}, enitest.Fault{Reason: enitest.Denied})
		op, err := open(nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if op.Outcome() != eni.OutcomeUnknown && op.Outcome() != eni.OutcomeReleased {
			t.Errorf("want unknown, or released, got %s, %v", op.Outcome(), err)
		}
	})
}

// A part of a refused batch is released, and the describe that would show it is too late
// or not permitted.
func TestABatchThatCannotBeDescribedAfterwardsIsUnknown(t *testing.T) {
	for name, fault := range map[string]enitest.Fault{
		"too late": {Delay: 20 * time.Second},
		"denied":   {Reason: enitest.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
				cloud.PartialBatches = true
				cloud.Inject(enitest.Describe, enitest.Fault{})
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action == enitest.UnassignPrivateIps {
						unassign(cloud, "eni-1", secondaries(2)[1]) // after the description before
					}
					if call.Action == enitest.Describe {
						return &fault
					}
					return nil
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				op, _ := open(nil).UnassignPrivateIps(ctx, release("eni-1", secondaries(2)...))
				if got := op.Results()[0].Outcome; got != eni.OutcomeUnknown || on(cloud, secondaries(1)[0]) {
					t.Errorf("our batch has released it: want unknown, got %s", got)
				}
			})
		})
	}
}

// A change whose response was lost gives no credit for an address that the describe before
// it did not show.
func TestALostAnswerIsNoCreditForAStaleAddress(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true}, enitest.Fault{Reset: true})
		stale := netip.MustParseAddr("10.0.0.200")
		op, err := eni.Blocking(open(nil)).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)[0], stale))
		if r := op.Results(); err != nil || r[0].Outcome != eni.OutcomeReleased || r[1].Outcome != eni.OutcomeAbsent {
			t.Errorf("want one released and one absent, got %s and %s, %v", r[0].Outcome, r[1].Outcome, err)
		}
	})
}

// The detach is done, its response is lost, and then the interface is attached elsewhere:
// the outcome is Released.
func TestALostDetachBeforeAnAttachmentElsewhereIsReleased(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			switch {
			case call.Action == enitest.Detach:
				return &enitest.Fault{After: true, Reset: true}
			case sent(cloud, enitest.Detach) > 0:
				cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-2" })
			}
			return nil
		}
		op, err := eni.Blocking(open(nil)).Detach(t.Context(), detach)
		if err != nil || op.Outcome() != eni.OutcomeReleased || sent(cloud, enitest.Detach) != 1 {
			t.Errorf("want it released, got %s, %v", op.Outcome(), err)
		}
	})
}

// After a lost response the change still runs during the describe, and the retry conflicts
// with it.
func TestALostAnswerOfASlowChangeIsReleased(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 3 * time.Second }
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{After: true, Reset: true})
		op, err := eni.Blocking(open(nil)).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil || op.Outcome() != eni.OutcomeReleased {
			t.Errorf("want released, got %s, %v", op.Outcome(), err)
		}
	})
}

func TestALostAnswerBeforeTheInterfaceIsDeleted(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.UnassignPrivateIps {
				return &enitest.Fault{After: true, Reset: true}
			}
			cloud.Delete("eni-1")
			return nil
		}
		op, err := open(nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if !errors.Is(err, eni.ErrNotFound) || op.Outcome() != eni.OutcomeReleased {
			t.Errorf("want released with its interface, got %s, %v", op.Outcome(), err)
		}
	})
}

// A cloud that answers "no such interface" for an interface that it describes contradicts
// itself.
func TestAContradictionIsAConflict(t *testing.T) {
	for action, call := range map[enitest.Action]func(context.Context, eni.Client) (*eni.Operation, error){
		enitest.UnassignPrivateIps: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			return c.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		},
		enitest.Detach: func(ctx context.Context, c eni.Client) (*eni.Operation, error) { return c.Detach(ctx, detach) },
	} {
		t.Run(string(action), func(t *testing.T) {
			onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
				always(cloud, action, enitest.Fault{Reason: enitest.NotFound})
				_, err := call(t.Context(), open(&eni.Options{Retry: eni.Retry{MaxAttempts: 3}}))
				var e *eni.Error
				if !errors.As(err, &e) || e.Kind != eni.ErrConflict || e.Code != string(enitest.NotFound) || eni.IgnoreNotFound(err) == nil {
					t.Errorf("want a conflict with the cloud's code, got %v", err)
				}
				if n := sent(cloud, action); n != 3 {
					t.Errorf("want three attempts, got %d", n)
				}
			})
		})
	}
}

// One empty describe is no proof: the interface exists, and the accepted change fails.
func TestOneEmptyDescriptionIsNotDone(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 30 * time.Second }
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{TaskOutput: "the host did not answer"})
		empty := &enitest.Reply{Body: []byte(`{"RequestID":"r"}`)}
		cloud.Inject(enitest.Describe, enitest.Fault{Reply: empty})
		op, err := eni.Blocking(open(nil)).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if a := secondaries(1)[0]; err == nil || op.Outcome() == eni.OutcomeReleased || !on(cloud, a) {
			t.Errorf("want an error, got %s, %v", op.Outcome(), err)
		}
	})
}

// This also holds before the first sending of a detach.
func TestOneEmptyDescriptionIsNoMissingInterface(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, _ *plain, open opener) {
		cloud.Inject(enitest.Describe, enitest.Fault{Reply: &enitest.Reply{Body: []byte(`{"RequestID":"r"}`)}})
		op, err := open(nil).Detach(t.Context(), detach)
		if err != nil || sent(cloud, enitest.Detach) != 1 {
			t.Errorf("want it detached, got %s, %v", op.Outcome(), err)
		}
	})
}
