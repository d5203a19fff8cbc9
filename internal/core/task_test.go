// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Without the permission for task queries, describes decide. Only a Wait that fails reports
// the missing permission.
func TestATaskThatMayNotBeAskedFor(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		const denied = "the task query is not permitted: DescribeVpcTaskResult"
		asked := 0
		d := outspokenTasks{outspoken: &outspoken{plain: p}, task: func() (core.TaskStatus, error) {
			asked++
			return core.TaskStatus{State: core.TaskUnknown, Output: denied}, nil
		}}
		client := core.New(plainCloud(d), nil)
		takes := 30 * time.Second
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return takes }
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := op.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), denied) || op.Outcome() != eni.OutcomeAccepted {
			t.Errorf("a wait that ends: %s, %v", op.Outcome(), err)
		}
		if err := op.Wait(t.Context()); err != nil || op.Outcome() != eni.OutcomeReleased || asked == 0 {
			t.Errorf("a wait that does not: %s, %v; asked %d times", op.Outcome(), err, asked)
		}

		takes = time.Hour
		op, err = client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)[1]))
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); !errors.Is(err, eni.ErrConflict) || !strings.Contains(err.Error(), denied) {
			t.Errorf("a wait that is over after MaxSettle: %v", err)
		}
		if done, err := op.Poll(t.Context()); done || !errors.Is(err, eni.ErrConflict) || !strings.Contains(err.Error(), denied) {
			t.Errorf("a poll after it: %t, %v", done, err)
		}
	})
}

// An unknown task without a reason adds no text to the error.
func TestATaskThatIsNotKnown(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		d := outspokenTasks{outspoken: &outspoken{plain: p}, task: func() (core.TaskStatus, error) { return core.TaskStatus{State: core.TaskUnknown}, nil }}
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		op, err := core.New(plainCloud(d), nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); !errors.Is(err, eni.ErrConflict) || !strings.HasSuffix(err.Error(), "the interface is in_use on i-1 (request id req-1)") {
			t.Errorf("%v", err)
		}
	})
}

// A task query whose answer is lost is made again at once, and then with pauses.
func TestALostTaskQueryIsMadeAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var asked []time.Duration
		began := time.Now()
		d := outspokenTasks{outspoken: &outspoken{plain: p}, task: func() (core.TaskStatus, error) {
			asked = append(asked, time.Since(began))
			if len(asked) <= 2 {
				return core.TaskStatus{}, &hinted{kind: eni.ErrUnavailable, text: "connection reset"}
			}
			return core.TaskStatus{State: core.TaskSucceeded}, nil
		}}
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		opts := &eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(7 * time.Second) }}}
		op, err := core.New(plainCloud(d), opts).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if len(asked) != 3 || asked[1] != asked[0] || asked[2] != asked[1]+7*time.Second {
			t.Errorf("asked at %v", asked)
		}
	})
}

// A backoff without pauses does not make an endless series of task queries.
func TestLostTaskQueriesHavePauses(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var asked atomic.Int64
		d := outspokenTasks{outspoken: &outspoken{plain: p}, task: func() (core.TaskStatus, error) {
			if asked.Add(1) > 1000 {
				return core.TaskStatus{State: core.TaskSucceeded}, nil
			}
			return core.TaskStatus{}, &hinted{kind: eni.ErrUnavailable, text: "connection reset"}
		}}
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Minute }
		opts := &eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(0) }}}
		op, err := core.New(plainCloud(d), opts).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if n := asked.Load(); n > 300 {
			t.Errorf("%d task queries in a minute", n)
		}
	})
}
