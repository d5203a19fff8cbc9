// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// pollTimes returns when an accepted change is described, for two minutes.
func pollTimes(t *testing.T, list []Target, ans Answer) (times []time.Duration) {
	const began = time.Hour
	d := newDrive(t, func(c *Config) { c.Tasks = ans.TaskID != ""; c.StuckAfter = 0 })
	d.pass(began)
	d.call(list...)
	shown := with(list...)
	if list[0].Action == Detach {
		shown = with()
		d.permits()
		d.describe(shown)
	}
	d.send()
	d.Answered(d.now, ans)
	d.WaitBegan(d.now)
	for d.now < began+2*time.Minute {
		todo := d.Next(d.now)
		switch {
		case todo.Describe:
			times = append(times, d.now-began)
			d.describe(shown)
		case todo.Task != nil:
			d.TaskAsked(d.now, todo.Task)
			d.TaskReported(d.now, todo.Task, TaskRunning, nil)
		default:
			d.now = todo.Wake
			d.Tick(d.now)
		}
	}
	return times
}

// The interval between describes grows with the age of the change.
func TestPolls(t *testing.T) {
	for _, c := range []struct {
		name  string
		list  []Target
		ans   Answer
		first time.Duration
		most  int
	}{
		{"a release", []Target{addr(2)}, Answer{}, 0, 80},
		{"a release with a task", []Target{addr(2)}, Answer{TaskID: "t-1"}, defaultTiming.firstTaskPoll, 80},
		{"a detach", []Target{fromI1}, Answer{}, 0, 45},
		{"a detach among others", []Target{fromI1}, Answer{Concurrent: true}, 5 * time.Millisecond, 45},
		{"a detach with a task", []Target{fromI1}, Answer{TaskID: "t-1"}, 210 * time.Millisecond, 45},
	} {
		times := pollTimes(t, c.list, c.ans)
		if len(times) == 0 || times[0] != c.first || len(times) > c.most || len(times) < 20 {
			t.Errorf("%s: %d describes, %v", c.name, len(times), times)
			continue
		}
		if last := times[len(times)-1] - times[len(times)-2]; last > 2*defaultTiming.maxPoll {
			t.Errorf("%s: the last interval is %v", c.name, last)
		}
	}
}

func TestStroke(t *testing.T) {
	l := New(&Config{})
	for _, c := range [][3]int64{
		{0, 50, 0}, {1, 50, 50}, {50, 50, 50}, {101, 99, 150}, {101, 100, 200}, {4000, 5000, 6560},
	} {
		ms := func(i int) time.Duration { return time.Duration(c[i]) * time.Millisecond }
		if got := l.align(ms(0), ms(1)); got != ms(2) {
			t.Errorf("stroke(%v, %v) = %v, want %v", ms(0), ms(1), got, ms(2))
		}
	}
}

// Polls alternate between describe and task; a failed describe does not count.
func TestPollAlternates(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks = true })
	c := d.call(addr(2))
	ch := d.send()
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.pass(time.Minute)
	if task := d.Poll(d.now, c); task != nil {
		t.Fatal("the task comes first")
	}
	d.Failed(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrUnavailable}, retry)
	if task := d.Poll(d.now, c); task != nil {
		t.Fatal("a describe that failed counts")
	}
	d.describe(with(addr(2)))
	if task := d.Poll(d.now, c); task != ch {
		t.Fatal("the task does not follow")
	}
	d.TaskAsked(d.now, ch)
	if task := d.Poll(d.now, c); task != nil {
		t.Fatal("the task is asked for twice at a time")
	}
	d.TaskLost(d.now, ch, Verdict{Retry: true})
	d.pass(time.Minute)
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskRunning, nil)
	d.pass(time.Minute)
	if task := d.Poll(d.now, c); task != nil {
		t.Error("no describe in between")
	}
}

// The first waiting caller gets a describe at once.
func TestWaitBegins(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.accept()
	if todo := d.Next(d.now); todo.Describe {
		t.Fatalf("described for nobody: %+v", todo)
	}
	d.describe(with(addr(2)))
	d.pass(time.Hour)
	d.WaitBegan(d.now)
	if todo := d.Next(d.now); !todo.Describe {
		t.Errorf("%+v", todo)
	}
	idle := New(&Config{})
	idle.WaitBegan(0)
	if idle.pollAt != 0 {
		t.Error("no poll")
	}
}

// Polls are at aligned times, which are farther apart for detaches.
func TestFirstPoll(t *testing.T) {
	const accepted = 30 * time.Millisecond
	for _, c := range []struct {
		name   string
		target Target
		ans    Answer
		want   time.Duration
	}{
		{"a release", addr(2), Answer{}, accepted},
		{"a release among others", addr(2), Answer{Concurrent: true}, accepted},
		{"a release with a task", addr(2), Answer{TaskID: "t-1"}, 250 * time.Millisecond},
		{"a detach", fromI1, Answer{}, accepted},
		{"a detach among others", fromI1, Answer{Concurrent: true}, 205 * time.Millisecond},
		{"a detach with a task", fromI1, Answer{TaskID: "t-1"}, 410 * time.Millisecond},
	} {
		d := newDrive(t, func(config *Config) { config.Tasks = c.ans.TaskID != "" })
		d.call(c.target)
		d.describe(with(addr(2)))
		d.now += accepted
		d.send()
		d.Answered(d.now, c.ans)
		d.WaitBegan(d.now)
		for !d.Next(d.now).Describe {
			d.now = d.Next(d.now).Wake
			d.Tick(d.now)
		}
		if d.now != c.want {
			t.Errorf("%s: described at %v, want %v", c.name, d.now, c.want)
		}
	}
}

// A detach with a task is described sooner if a deletion waits for it.
func TestPollsForADeletion(t *testing.T) {
	d := newDrive(t, func(config *Config) { config.Tasks = true })
	d.call(DeleteTargets("i-1")...)
	d.WaitBegan(d.now)
	d.sendAfter(with())
	began := d.now
	d.Answered(d.now, Answer{TaskID: "t-1"})
	detaching := with()
	detaching.State = eni.StateDetaching
	for _, want := range []time.Duration{200 * time.Millisecond, 250 * time.Millisecond, 300 * time.Millisecond} {
		for !d.Next(d.now).Describe {
			d.now = d.Next(d.now).Wake
			d.Tick(d.now)
		}
		if at := d.now - began; at != want {
			t.Errorf("described after %v, want %v", at, want)
		}
		d.describe(detaching)
	}
}

// A Poll skips decided claims.
func TestPollOfWhatIsLeft(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks = true })
	c := d.call(addrs(2)...)
	ch := d.sendAfter(with(addrs(2)...))
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.pass(defaultTiming.firstAsk)
	d.describe(with(addr(3)))
	d.toldOf(c, 0, eni.OutcomeReleased, 0)
	if task := d.Poll(d.now, c); task != ch {
		t.Error("the task of what is left is not asked for")
	}
}

// A lane without waiting callers does not poll, also if it waits for a change.
func TestNothingIsPolledForNobody(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks = true })
	d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.pass(time.Second)
	if todo := d.Next(d.now); todo.AwaitsDescribe || todo.Describe || todo.Wake != forever {
		t.Errorf("%+v", todo)
	}
}
