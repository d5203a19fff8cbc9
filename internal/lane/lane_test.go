// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func TestLoneReleaseNeedsNoDescribe(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addr(2))
	if ch := d.send(); len(ch.Targets) != 1 || ch.Targets[0] != addr(2) || len(ch.Calls) != 1 || ch.Calls[0] != c {
		t.Fatalf("sent %+v", ch)
	}
	if d.Pending() != 1 {
		t.Errorf("%d pending", d.Pending())
	}
	d.accept()
	d.told(c, eni.OutcomeAccepted, 0)
	if news := d.News(); len(news) != 1 || news[0] != c || c.Done() || d.Pending() != 0 || c.RequestIDs[0] != "r" {
		t.Errorf("news %v, %d pending, %v", news, d.Pending(), c.RequestIDs)
	}
	d.now += 2 * time.Second
	d.WaitBegan(d.now)
	if todo := d.Next(d.now); !todo.Describe || !todo.AwaitsDescribe {
		t.Fatalf("%+v", todo)
	}
	d.describe(with())
	d.told(c, eni.OutcomeReleased, 0)
	if !c.Claims[0].WasAccepted() || c.Claims[0].Attempts != 1 {
		t.Errorf("%+v", c.Claims[0])
	}
	if took := d.Took(); len(took) != 1 || took[0] != 2*time.Second || d.Took() != nil {
		t.Errorf("took %v", took)
	}
	d.WaitEnded()
}

// Many goals get an index, and nothing of it remains when they are decided.
func TestManyGoals(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addrs(25)...)
	if d.index == nil || d.goals != nil || d.find(addr(20)) == nil || d.Pending() != 25 {
		t.Fatal("no index")
	}
	other := d.call(addr(3))
	d.sendAfter(with(addrs(25)...))
	d.accept()
	d.now += 100 * time.Millisecond
	for range 2 {
		d.send()
		d.accept()
		d.now += 100 * time.Millisecond
	}
	d.told(c, eni.OutcomeAccepted, 0)
	d.WaitBegan(d.now)
	d.describe(with())
	d.told(c, eni.OutcomeReleased, 0)
	d.told(other, eni.OutcomeReleased, 0)
	d.WaitEnded()
	if d.Idle(d.now) {
		t.Error("idle in doubt")
	}
	d.pass(2 * time.Minute)
	if d.index != nil || !d.Idle(d.now) {
		t.Errorf("%d goals stay", len(d.index))
	}
}

// An accepted change without a waiting caller keeps its lane for some time.
func TestIdle(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.accept()
	for _, step := range []struct {
		pass time.Duration
		idle bool
	}{{2 * time.Minute, false}, {defaultTiming.keepAccepted, true}} {
		d.pass(step.pass)
		if d.Idle(d.now) != step.idle {
			t.Errorf("after %v: idle is not %t", d.now, step.idle)
		}
	}
	d.WaitBegan(d.now)
	if d.Idle(d.now) {
		t.Error("idle with a waiter")
	}
	d.WaitEnded()
	d.Dropped(d.Began(d.now))
	if !d.Idle(d.now) {
		t.Error("not idle after a describe that was given up")
	}
}

// A missing interface decides all its claims, also very many.
func TestManyGoalsVanish(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addrs(25)...)
	d.permits()
	for range 2 {
		if c.Answered() {
			t.Fatal("believed at once")
		}
		d.Missing(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrNotFound})
		d.pass(time.Second)
	}
	d.told(c, eni.OutcomeAbsent, eni.ErrNotFound)
}

// When a goal is forgotten, a newer goal for the same target stays.
func TestSuccessorStays(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks, c.PerChange, c.MaxElapsed = true, 30, 0 })
	d.call(addrs(25)...)
	ch := d.sendAfter(with(addrs(25)...))
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.TaskReported(d.now, ch, TaskSucceeded, nil)
	if d.index != nil {
		t.Fatal("goals stay whose task has ended")
	}
	d.pass(time.Second)
	d.call(addrs(25)...)
	d.pass(defaultTiming.changeLife)
	d.call(addr(3))
	if d.Pending() != 25 {
		t.Errorf("%d are pending, want 25", d.Pending())
	}
	d.consistent()
}
