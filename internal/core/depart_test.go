// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestACallerLeavesBeforeInAndAfterAChange(t *testing.T) {
	first := secondaries(1)[0]
	tests := map[string]struct {
		leave time.Duration
		want  eni.Outcome
		calls int
	}{
		"before": {5 * time.Second, eni.OutcomeNotTried, 0},
		"in":     {12 * time.Second, eni.OutcomeUnknown, 1},
		"after":  {16 * time.Second, eni.OutcomeAccepted, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.AnswerWhenComplete = true
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Second }
				client := core.New(plainCloud(p), &eni.Options{Limiter: slowLimiter{}})
				ctx, cancel := context.WithTimeout(t.Context(), test.leave)
				defer cancel()
				op, err := client.UnassignPrivateIps(ctx, release("eni-1", first))
				if left := test.want != eni.OutcomeAccepted; left != errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if got := op.Results()[0].Outcome; got != test.want {
					t.Errorf("want %s, got %s", test.want, got)
				}
				if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != test.calls {
					t.Errorf("want %d changes, got %d", test.calls, got)
				}
			})
		})
	}
}

// A call for an address whose only caller has departed, while its change is in progress,
// gets its own change.
func TestAGoalOutlivesItsFirstCaller(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour})
		client := core.New(plainCloud(p), nil)
		first := secondaries(1)[0]
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.UnassignPrivateIps(ctx, release("eni-1", first)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", first))
		if err != nil || op.Results()[0].Outcome != eni.OutcomeAccepted {
			t.Errorf("got %v, %v", op.Results(), err)
		}
	})
}

// A departing caller does not cancel a request that another caller waits for.
func TestACallerWhoLeavesCutsNobodyElsesRequest(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		var ended error
		p.before = func(ctx context.Context, call enitest.Call) {
			if call.Action == enitest.UnassignPrivateIps {
				ended = pause(ctx, 5*time.Second)
			}
		}
		client := core.New(plainCloud(p), &eni.Options{Limiter: slowLimiter{}})
		var wg sync.WaitGroup
		for n, a := range secondaries(2) {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(11+49*n)*time.Second)
				defer cancel()
				began := time.Now()
				op, err := client.UnassignPrivateIps(ctx, release("eni-1", a))
				if n == 0 && (!errors.Is(err, context.DeadlineExceeded) || op.Outcome() != eni.OutcomeUnknown || time.Since(began) != 11*time.Second) {
					t.Errorf("who leaves: got %s, %v after %s", op.Outcome(), err, time.Since(began))
				}
				if n == 1 && (err != nil || time.Since(began).Truncate(time.Second) != 15*time.Second) {
					t.Errorf("who stays: got %s, %v after %s", op.Outcome(), err, time.Since(began))
				}
			})
		}
		wg.Wait()
		if ended != nil {
			t.Errorf("the request was cut: %v", ended)
		}
	})
}
