// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// withTask returns a drive with an accepted release that runs as a task.
func withTask(t *testing.T) (*drive, *Call, *Change) {
	t.Helper()
	d := newDrive(t, func(c *Config) { c.Tasks = true })
	c := d.call(addr(2))
	ch := d.send()
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.WaitBegan(d.now)
	if ch.TaskID() != "t-1" {
		t.Fatal(ch.TaskID())
	}
	return d, c, ch
}

// A long task is asked for at growing intervals.
func TestTaskIsAsked(t *testing.T) {
	d, c, ch := withTask(t)
	asked := 0
	for d.now < time.Minute {
		todo := d.Next(d.now)
		switch {
		case todo.Describe:
			d.describe(with(addr(2)))
		case todo.Task != nil:
			if todo.Task != ch || d.now < defaultTiming.firstAsk {
				t.Fatalf("asked for %v at %v", todo.Task, d.now)
			}
			asked++
			d.TaskAsked(d.now, ch)
			if again := d.Next(d.now); again.Task != nil {
				t.Fatal("asked twice at a time")
			}
			d.TaskReported(d.now, ch, TaskRunning, nil)
		default:
			d.now = todo.Wake
			d.Tick(d.now)
		}
	}
	if asked < 4 || asked > 12 {
		t.Errorf("asked %d times", asked)
	}
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskSucceeded, nil)
	d.told(c, eni.OutcomeReleased, 0)
}

// After a task has failed, a later describe decides the claims.
func TestTaskFails(t *testing.T) {
	why := &eni.Error{Kind: eni.ErrState}
	for _, c := range []struct {
		shown *eni.Interface
		want  eni.Outcome
		kind  eni.Kind
	}{{with(addr(2)), eni.OutcomeRefused, eni.ErrState}, {with(), eni.OutcomeReleased, 0}} {
		d, call, ch := withTask(t)
		d.pass(defaultTiming.firstAsk)
		before := d.Began(d.now)
		d.TaskAsked(d.now, ch)
		d.TaskReported(d.now, ch, TaskFailed, why)
		d.Described(d.now, before, with())
		d.toldOf(call, 0, eni.OutcomeAccepted, 0)
		d.pass(time.Second)
		if todo := d.Next(d.now); !todo.Describe {
			t.Fatalf("%+v", todo)
		}
		d.describe(c.shown)
		d.told(call, c.want, c.kind)
	}
}

// The task must confirm that its interface is missing, unless its state is unknown.
func TestTaskBeforeMissing(t *testing.T) {
	for _, told := range []bool{true, false} {
		d, c, ch := withTask(t)
		for range 2 {
			d.Missing(d.now, d.Began(d.now), absent)
			d.pass(time.Second)
		}
		d.toldOf(c, 0, eni.OutcomeAccepted, 0)
		if todo := d.Next(d.now); todo.Task != ch {
			t.Fatalf("%+v", todo)
		}
		d.TaskAsked(d.now, ch)
		if told {
			d.TaskReported(d.now, ch, TaskUnknown, nil)
		} else {
			d.TaskLost(d.now, ch, Verdict{})
		}
		d.Missing(d.now, d.Began(d.now), absent)
		d.told(c, eni.OutcomeReleased, 0)
	}
}

// The reason for an unknown task decides nothing: it is kept for the error of a wait.
func TestTaskIsNotKnown(t *testing.T) {
	d, c, ch := withTask(t)
	why := &eni.Error{Message: "not permitted"}
	d.pass(defaultTiming.firstAsk)
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskUnknown, why)
	if got := c.Accepted().TaskErr; got != why {
		t.Errorf("got %v", got)
	}
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskRunning, nil)
	if got := c.Accepted().TaskErr; got != nil {
		t.Errorf("the task is known by now, got %v", got)
	}
	d.describe(with())
	d.told(c, eni.OutcomeReleased, 0)
}

// An ended task is not asked for again, and a goal behind its change continues with the
// next describe.
func TestTaskHasFailed(t *testing.T) {
	d, c, ch := withTask(t)
	second := d.call(addr(2))
	d.pass(defaultTiming.firstAsk)
	d.describe(with(addr(2)))
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskFailed, &eni.Error{Kind: eni.ErrState})
	d.pass(time.Second)
	before := d.Began(d.now)
	d.Dropped(before)
	if task := d.Poll(d.now+time.Hour, c); task != nil {
		t.Error("a Poll asks for a task that has ended")
	}
	d.describe(with(addr(2)))
	d.told(c, eni.OutcomeRefused, eni.ErrState)
	d.pass(defaultTiming.maxReturn)
	if ch := d.send(); ch.Calls[0] != second {
		t.Errorf("sent for %v", ch.Calls)
	}
}

// A task is asked for again after half of its age.
func TestTaskIsAskedAfterHalfItsAge(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks, c.MaxElapsed = true, 0 })
	d.pass(100 * time.Second)
	d.call(addr(2))
	ch := d.send()
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.WaitBegan(d.now)
	d.pass(20 * time.Second)
	d.describe(with(addr(2)))
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskRunning, nil)
	d.pass(10*time.Second - 1)
	d.describe(with(addr(2)))
	if todo := d.Next(d.now); todo.Task != nil {
		t.Errorf("asked too early: %+v", todo)
	}
	d.pass(1)
	d.describe(with(addr(2)))
	if todo := d.Next(d.now); todo.Task != ch {
		t.Errorf("not asked: %+v", todo)
	}
}

// The lane does not wait for a change whose task has failed.
func TestFailedTaskIsNotAwaited(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks, c.PerChange = true, 1 })
	d.call(addrs(2)...)
	ch := d.send()
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.pass(defaultTiming.firstAsk)
	if todo := d.permits(); todo.Send != "" {
		t.Fatalf("%+v", todo)
	}
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskFailed, &eni.Error{Kind: eni.ErrState})
	d.pass(time.Second)
	if ch := d.send(); ch.Targets[0] != addr(3) {
		t.Errorf("sent %v", ch.Targets)
	}
}

// A failed task query is repeated after the pause; a lost one may be repeated at once.
func TestTaskIsAskedAgain(t *testing.T) {
	for _, c := range []struct{ pause, want time.Duration }{{0, 0}, {10 * time.Second, 10 * time.Second}} {
		d, _, ch := withTask(t)
		d.pass(defaultTiming.firstAsk)
		d.describe(with(addr(2)))
		d.TaskAsked(d.now, ch)
		d.TaskLost(d.now, ch, Verdict{Retry: true, Pause: c.pause})
		lost := d.now
		for d.Next(d.now).Task == nil {
			if d.Next(d.now).Describe {
				d.describe(with(addr(2)))
				continue
			}
			d.now = d.Next(d.now).Wake
			d.Tick(d.now)
		}
		if waited := d.now - lost; waited != c.want {
			t.Errorf("a pause of %v: asked again after %v", c.pause, waited)
		}
	}
}
