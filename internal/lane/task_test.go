package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// withTask has a release accepted that goes on as a task.
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

// A task is asked for when it goes on for longer, less and less often.
func TestTaskIsAsked(t *testing.T) {
	d, c, ch := withTask(t)
	asked := 0
	for d.now < time.Minute {
		todo := d.Next(d.now)
		switch {
		case todo.Describe:
			d.describe(with(addr(2)))
		case todo.Task != nil:
			if todo.Task != ch || d.now < usual.firstAsk {
				t.Fatalf("asked for %v at %v", todo.Task, d.now)
			}
			asked++
			d.TaskAsked(d.now, ch)
			if again := d.Next(d.now); again.Task != nil {
				t.Fatal("asked twice at a time")
			}
			d.TaskTold(d.now, ch, TaskRunning, nil)
		default:
			d.now = todo.Wake
			d.Tick(d.now)
		}
	}
	if asked < 4 || asked > 12 {
		t.Errorf("asked %d times", asked)
	}
	d.TaskAsked(d.now, ch)
	d.TaskTold(d.now, ch, TaskSucceeded, nil)
	d.told(c, eni.OutcomeReleased, 0)
}

// A task that failed ends in what the interface shows from then on.
func TestTaskFails(t *testing.T) {
	why := &eni.Error{Kind: eni.ErrState}
	for _, c := range []struct {
		shown *eni.Interface
		want  eni.Outcome
		kind  eni.Kind
	}{{with(addr(2)), eni.OutcomeRefused, eni.ErrState}, {with(), eni.OutcomeReleased, 0}} {
		d, call, ch := withTask(t)
		d.pass(usual.firstAsk)
		before := d.Began(d.now)
		d.TaskAsked(d.now, ch)
		d.TaskTold(d.now, ch, TaskFailed, why)
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

// The task is asked before its interface is believed to be missing, unless it
// cannot be asked for.
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
			d.TaskTold(d.now, ch, TaskUnknown, nil)
		} else {
			d.TaskLost(d.now, ch, Verdict{})
		}
		d.Missing(d.now, d.Began(d.now), absent)
		d.told(c, eni.OutcomeReleased, 0)
	}
}

// Why a task is not known decides nothing: it is kept for whoever waits in vain.
func TestTaskIsNotKnown(t *testing.T) {
	d, c, ch := withTask(t)
	why := &eni.Error{Message: "not permitted"}
	d.pass(usual.firstAsk)
	d.TaskAsked(d.now, ch)
	d.TaskTold(d.now, ch, TaskUnknown, why)
	if got := c.Accepted().TaskErr; got != why {
		t.Errorf("got %v", got)
	}
	d.TaskAsked(d.now, ch)
	d.TaskTold(d.now, ch, TaskRunning, nil)
	if got := c.Accepted().TaskErr; got != nil {
		t.Errorf("the task is known by now, got %v", got)
	}
	d.describe(with())
	d.told(c, eni.OutcomeReleased, 0)
}
