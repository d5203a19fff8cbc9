// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestDescribedBeforeItIsSentAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true})
		client := core.New(plainCloud(p), nil)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Fatal(err)
		}
		var order []enitest.Action
		for _, call := range cloud.Calls() {
			order = append(order, call.Action)
		}
		want := []enitest.Action{enitest.UnassignPrivateIps, enitest.Describe, enitest.UnassignPrivateIps}
		if fmt.Sprint(order) != fmt.Sprint(want) {
			t.Errorf("want %v, got %v", want, order)
		}
	})
}

// After a lost response some addresses are gone: only the others are sent again.
func TestResendLeavesOutWhatIsDone(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true, After: true})
		cloud.Inject(enitest.Describe, enitest.Fault{})
		client := core.New(plainCloud(p), nil)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(15)...))
		if err != nil {
			t.Fatal(err)
		}
		calls := cloud.Calls(enitest.UnassignPrivateIps)
		if len(calls) != 2 || len(calls[0].Addresses) != 10 || len(calls[1].Addresses) != 5 {
			t.Errorf("want a change of ten and one of five, got %v", calls)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		for _, r := range op.Results() {
			if r.Outcome != eni.OutcomeReleased {
				t.Errorf("%s: want released, got %s", r.Prefix, r.Outcome)
			}
		}
	})
}

func TestALostAnswerThatCannotBeDescribedIsUnknown(t *testing.T) {
	for name, fault := range map[string]enitest.Fault{
		"denied":      {Reason: enitest.Denied},
		"unavailable": {Reason: enitest.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true})
				always(cloud, enitest.Describe, fault)
				op, err := core.New(plainCloud(p), nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
				if r := op.Results()[0]; err == nil || r.Outcome != eni.OutcomeUnknown || r.Err == nil {
					t.Errorf("want unknown with a reason, got %s, %v", r.Outcome, err)
				}
				if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 {
					t.Errorf("nothing may be sent again without a description, got %d changes", got)
				}
			})
		})
	}
}

// On a cloud with tasks, a change whose response was lost is not sent again while it may
// run.
func TestALostAnswerOfATaskIsWaitedFor(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 500 * time.Millisecond }
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true, After: true})
		client := core.New(plainCloud(withTasks{p}), nil)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil || op.Results()[0].Outcome != eni.OutcomeReleased {
			t.Fatalf("got %v, %v", op.Results(), err)
		}
		if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 1 {
			t.Errorf("want one change, got %d", n)
		}
	})
}

func TestADetachWhoseAnswerWasLostIsNotSentTwice(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
		cloud.Inject(enitest.Detach, enitest.Fault{Reset: true, After: true})
		client := core.New(plainCloud(p), nil)
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if done, err := op.Poll(t.Context()); done || err != nil {
			t.Errorf("it is in progress: want not done, got %t, %v", done, err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(cloud.Calls(enitest.Detach)); n != 1 {
			t.Errorf("want one detach, got %d", n)
		}
	})
}

// There is no pause after one lost response, and a pause after two consecutive ones.
func TestTheFirstLostAnswerCostsNoPause(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		reset := enitest.Fault{Reset: true}
		cloud.Inject(enitest.UnassignPrivateIps, reset, reset)
		client := core.New(plainCloud(p), nil)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Fatal(err)
		}
		calls := cloud.Calls(enitest.UnassignPrivateIps)
		if len(calls) != 3 {
			t.Fatalf("want three changes, got %d", len(calls))
		}
		if gap := calls[1].Time.Sub(calls[0].Time); gap > 100*time.Millisecond {
			t.Errorf("after the first: want no pause, got %s", gap)
		}
		if gap := calls[2].Time.Sub(calls[1].Time); gap < 200*time.Millisecond {
			t.Errorf("after the second: want a pause, got %s", gap)
		}
	})
}

// A call whose budget is used up is Unknown while its change may act, for a minute.
func TestALostAnswerIsForgottenAfterAMinute(t *testing.T) {
	for after, want := range map[time.Duration]eni.Outcome{
		10 * time.Second: eni.OutcomeUnknown,
		2 * time.Minute:  eni.OutcomeRefused,
	} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true})
			always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
			client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: -1}})
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			op, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
			if op.Outcome() != want || !errors.Is(err, eni.ErrConflict) {
				t.Errorf("after %s: want %s, got %s, %v", after, want, op.Outcome(), err)
			}
		})
	}
}

// terse is a driver whose receipts the test sets.
type terse struct {
	*plain

	receipt core.Receipt
	err     error
}

func (d terse) Send(context.Context, core.Change) (core.Receipt, error) { return d.receipt, d.err }

func (d terse) Task(context.Context, string) (core.TaskStatus, error) {
	panic("there is no task to ask for")
}

// The request id comes from the receipt or from the error.
func TestTheIDOfARequestThatIsRefused(t *testing.T) {
	for _, c := range []struct{ receipt, err, want string }{{"", "req-error", "req-error"}, {"req-receipt", "req-error", "req-receipt"}, {"req-receipt", "", "req-receipt"}} {
		inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
			var r record
			d := terse{p, core.Receipt{RequestID: c.receipt}, &refused{answer: answer{Reason: enitest.Denied, RequestID: c.err}}}
			op, err := core.New(plainCloud(d), r.options()).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
			if !errors.Is(err, eni.ErrPermission) || op.Outcome() != eni.OutcomeRefused || len(r.reports().attempts) != 1 || r.reports().attempts[0].RequestID != c.want || errors.Is(r.reports().attempts[0].Err, context.Canceled) {
				t.Errorf("got %s, %v, %+v; want the id %q", op.Outcome(), err, r.reports().attempts, c.want)
			}
		})
	}
}

// A task id that is too long is ignored: describes show the effect of the change.
func TestATaskIDThatIsTooLongIsNone(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		d := terse{plain: p, receipt: core.Receipt{RequestID: "req-1", TaskID: strings.Repeat("x", 10000)}}
		op, err := core.New(plainCloud(d), nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(3*time.Second, func() { unassign(cloud, "eni-1", secondaries(1)[0]) })
		if err := op.Wait(t.Context()); err != nil || op.Outcome() != eni.OutcomeReleased {
			t.Errorf("got %s, %v", op.Outcome(), err)
		}
	})
}
