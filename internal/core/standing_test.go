// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// A change that is not complete within MaxSettle is a conflict for Wait and Poll, each with
// one request, and may still complete later.
func TestMaxSettleEndsWaiting(t *testing.T) {
	for name, lost := range map[string]func(*enitest.Cloud){
		"an address that was assigned again": func(cloud *enitest.Cloud) { assign(cloud, "eni-1", secondaries(1)[0]) },
		"a change that the cloud dropped":    func(*enitest.Cloud) {},
	} {
		t.Run(name, func(t *testing.T) {
			onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
				a := secondaries(1)[0]
				if strings.Contains(name, "dropped") {
					cloud.CompletesAfter = func(enitest.Call) time.Duration { return 24 * time.Hour }
				}
				cloud.ForgetTasks()
				began := time.Now()
				op, err := open(nil).UnassignPrivateIps(t.Context(), release("eni-1", a))
				if err != nil {
					t.Fatal(err)
				}
				lost(cloud)
				for n := range 3 {
					before := queries(cloud)
					err := op.Wait(t.Context())
					if !errors.Is(err, eni.ErrConflict) || !strings.Contains(err.Error(), "accepted at") || !strings.Contains(err.Error(), "and still there") {
						t.Errorf("want a conflict, got %v", err)
					}
					if took := time.Since(began); took < 5*time.Minute || took > 5*time.Minute+time.Second {
						t.Errorf("the wait ended after %s", took)
					}
					if made := queries(cloud) - before; n > 0 && made != 1 || made > 300 {
						t.Errorf("wait %d made %d requests", n, made)
					}
					if done, err := op.Poll(t.Context()); done || !errors.Is(err, eni.ErrConflict) || op.Outcome() != eni.OutcomeAccepted {
						t.Errorf("want a conflict, got %t, %v, %s", done, err, op.Outcome())
					}
				}
				cloud.Complete("eni-1")
				unassign(cloud, "eni-1", a)
				if err := op.Wait(t.Context()); err != nil || op.Outcome() != eni.OutcomeReleased {
					t.Errorf("want done, got %v, %s", err, op.Outcome())
				}
			})
		})
	}
}

func TestMaxSettleIsConfigured(t *testing.T) {
	for settle, want := range map[time.Duration]time.Duration{10 * time.Second: 10 * time.Second, -1: time.Hour} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.CompletesAfter = func(enitest.Call) time.Duration { return 24 * time.Hour }
			client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxSettle: settle}})
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			began := time.Now()
			_, err := eni.Blocking(client).Detach(ctx, detach)
			if took := time.Since(began).Truncate(time.Second); err == nil || took != want {
				t.Errorf("want it to end after %s, got %v after %s", want, err, took)
			}
		})
	}
}

// A describe with a final error ends a wait at once, and a retryable one does not.
func TestAWaitEndsWhereItIsRefusedForGood(t *testing.T) {
	onBothClouds(t, func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener) {
		op := accepted(t, cloud, open(nil))
		cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.Internal}, enitest.Fault{Reason: enitest.Internal})
		always(cloud, enitest.Describe, enitest.Fault{Reason: enitest.Denied})
		before, began := sent(cloud, enitest.Describe), time.Now()
		err := op.Wait(t.Context())
		if !errors.Is(err, eni.ErrPermission) || op.Outcome() != eni.OutcomeAccepted || time.Since(began) > 10*time.Second {
			t.Errorf("want the refusal, got %v, %s after %s", err, op.Outcome(), time.Since(began))
		}
		if n := sent(cloud, enitest.Describe) - before; n != 3 {
			t.Errorf("want three descriptions, got %d", n)
		}
	})
}

// A goal behind its twin's accepted change needs few describes, also if they are refused.
func TestRefusedDescriptionsAreNotAskedForInALoop(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		client := core.New(plainCloud(p), nil)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Fatal(err)
		}
		always(cloud, enitest.Describe, enitest.Fault{Reason: enitest.Denied})
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); !errors.Is(err, eni.ErrPermission) {
			t.Errorf("got %v", err)
		}
		if n := sent(cloud, enitest.Describe); n > 20 {
			t.Errorf("want few descriptions, got %d", n)
		}
	})
}
