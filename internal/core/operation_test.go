// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// An address that an earlier caller's change has released is Absent for the second caller.
func TestASecondCallerDoesNotGetReleased(t *testing.T) {
	tests := map[string]time.Duration{ // when the first caller leaves
		"after an accepted change":         time.Hour,
		"after a change that was given up": time.Second,
	}
	for name, leaves := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.PartialBatches, cloud.Terse = true, true
				cloud.AnswerWhenComplete = true
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return 2 * time.Second }
				client := core.New(plainCloud(p), nil)
				first, second := secondaries(2), secondaries(3)[2]
				ctx, cancel := context.WithTimeout(t.Context(), leaves)
				defer cancel()
				if _, err := client.UnassignPrivateIps(ctx, release("eni-1", first...)); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				time.Sleep(5 * time.Second) // the cloud has done it
				stale := netip.MustParseAddr("10.0.0.200")
				op, err := eni.Blocking(client).UnassignPrivateIps(t.Context(), release("eni-1", first[0], second, stale))
				if err != nil {
					t.Fatal(err)
				}
				want := []eni.Outcome{eni.OutcomeAbsent, eni.OutcomeReleased, eni.OutcomeAbsent}
				for i, r := range op.Results() {
					if r.Outcome != want[i] {
						t.Errorf("%s: want %v, got %v", r, want[i], r.Outcome)
					}
				}
			})
		})
	}
}

func TestDifferentReasonsAreOneLineRetryableFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Throttled})
		client := core.New(plainCloud(p), nil)
		primary := netip.MustParseAddr("10.0.0.1")
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", append(secondaries(2), primary)...))
		if !errors.Is(err, eni.ErrInvalid) || !errors.Is(err, eni.ErrThrottled) {
			t.Fatalf("both reasons should be found, got %v", err)
		}
		if eni.KindOf(err) != eni.ErrThrottled || !eni.IsRetryable(err) {
			t.Errorf("the retryable reason should come first, got %v", err)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("want one line, got %q", err)
		}
	})
}

// Failures of tasks are counted once, whether the call or the wait returns them.
func TestFailedTasksAreCountedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		fails := enitest.Fault{TaskOutput: "the host did not answer"}
		cloud.Inject(enitest.UnassignPrivateIps, fails, fails)
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Second }
		client := eni.Blocking(core.New(plainCloud(withTasks{p}), nil))
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(20)...))
		var e *eni.Error
		if !errors.As(err, &e) || e.Count != 20 || !strings.Contains(e.Message, "the host did not answer") {
			t.Errorf("want one reason of twenty addresses, got %v", err)
		}
		for _, r := range op.Results() {
			if r.Outcome != eni.OutcomeRefused || !errors.Is(r.Err, e) {
				t.Fatalf("%s: want refused with the error of the call, got %s, %v", r, r.Outcome, r.Err)
			}
		}
	})
}

// The time-out of a request does not match the errors of the caller's context.
func TestARequestThatTimesOutIsNotTheCallersDeadline(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Control = func(enitest.Call) *enitest.Fault { return &enitest.Fault{Delay: time.Hour} }
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: 2}})
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...))
		if eni.KindOf(err) != eni.ErrUnavailable || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("want unavailable and no context error, got %v", err)
		}
	})
}
