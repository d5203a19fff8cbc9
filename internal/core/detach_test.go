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

func TestSomebodyElsesDetachServesAsWell(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.Detach, enitest.Fault{Reason: enitest.WrongState})
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.Describe && len(cloud.Calls(enitest.Detach)) == 1 {
				cloud.Update("eni-1", func(i *eni.Interface) { i.State = eni.StateDetaching })
			}
			if call.Action == enitest.Describe && len(cloud.Calls(enitest.Describe)) > 4 {
				cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAvailable, "" })
			}
			return nil
		}
		client := core.New(plainCloud(p), nil)
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if done, err := op.Poll(t.Context()); done || err != nil {
			t.Errorf("want not done, got %t, %v", done, err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if got := op.Outcome(); got != eni.OutcomeAbsent {
			t.Errorf("no detach of ours was accepted: want absent, got %s", got)
		}
	})
}

func TestAStuckDetachIsSentAgainAtGrowingIntervals(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		stuck := enitest.Fault{Stuck: true}
		cloud.Inject(enitest.Detach, stuck, stuck, stuck)
		stuckAfter := plainCloud(p)
		stuckAfter.StuckAfter = 10 * time.Second
		client := core.New(stuckAfter, nil)
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		err = op.Wait(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !eni.IsRetryable(err) {
			t.Errorf("want the context's end, got %v", err)
		}
		for _, want := range []string{"stuck", "detaching on i-1", "25s ago", "2000-01-01T00:00:00Z"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error should say %q: %v", want, err)
			}
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		calls := cloud.Calls(enitest.Detach)
		if len(calls) != 4 || op.Attempts() != 4 || len(op.RequestIDs()) != 4 {
			t.Fatalf("want four detaches, got %d, %d attempts, %q", len(calls), op.Attempts(), op.RequestIDs())
		}
		for n, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
			if gap := calls[n+1].Time.Sub(calls[n].Time); gap < want || gap > want+6*time.Second {
				t.Errorf("gap %d: want about %s, got %s", n, want, gap)
			}
		}
	})
}

func TestADetachThatIsNeverStuckIsSentOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Minute }
		client := core.New(plainCloud(p), nil) // StuckAfter is zero: a cloud without that cure
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(cloud.Calls(enitest.Detach)); n != 1 {
			t.Errorf("want one detach, got %d", n)
		}
	})
}

// "In use" without an instance is not free, neither before nor after a detach.
func TestInUseWithoutAnInstanceIsNotFree(t *testing.T) {
	inUse := func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "" }
	t.Run("at first", func(t *testing.T) {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.Update("eni-1", inUse)
			op, err := core.New(plainCloud(p), nil).Detach(t.Context(), detach)
			if !errors.Is(err, eni.ErrState) || op.Outcome() != eni.OutcomeRefused {
				t.Errorf("want the cloud's refusal, got %s, %v", op.Outcome(), err)
			}
		})
	})
	t.Run("afterwards", func(t *testing.T) {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
			op, err := core.New(plainCloud(p), nil).Detach(t.Context(), detach)
			if err != nil {
				t.Fatal(err)
			}
			cloud.Update("eni-1", inUse)
			if done, err := op.Poll(t.Context()); done || err != nil || op.Outcome() != eni.OutcomeAccepted {
				t.Errorf("want not done, got %t, %s, %v", done, op.Outcome(), err)
			}
		})
	})
}
