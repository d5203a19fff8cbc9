// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

var (
	outage = &eni.Error{Kind: eni.ErrUnavailable, Code: "outage"}
	denied = &eni.Error{Kind: eni.ErrPermission}
	absent = &eni.Error{Kind: eni.ErrNotFound}
)

// Of two describes the one that began later counts, whichever result arrives first.
func TestLaterBegunWins(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addr(2), addr(3))
	d.permits()
	first, second := d.Began(d.now), d.Began(d.now)
	d.Described(d.now, second, with(addrs(2)...))
	d.Described(d.now, first, with())
	d.open(c)
	if ch := d.send(); len(ch.Targets) != 2 {
		t.Errorf("sent %v", ch.Targets)
	}
}

// While describes fail nothing is sent, and waiting claims end with their budget.
func TestDescribesFail(t *testing.T) {
	for name, list := range map[string][]Target{"a detach": {fromI1}, "a batch": addrs(2)} {
		d := newDrive(t, nil)
		c := d.call(list...)
		failures := 0
		for !c.Answered() {
			todo := d.permits()
			if todo.Send != "" {
				t.Fatalf("%s is sent blindly", name)
			}
			if todo.Describe {
				failures++
				d.Failed(d.now, d.Began(d.now), outage, Verdict{Retry: true, Pause: 10 * time.Second})
				continue
			}
			d.now = todo.Wake
			d.Tick(d.now)
		}
		d.told(c, eni.OutcomeNotTried, eni.ErrUnavailable)
		if failures != 30 || c.Attempts != 0 {
			t.Errorf("%s: %d describes failed, %d attempts", name, failures, c.Attempts)
		}
	}
}

// A describe with a final error ends the claims that were made before it began, and the
// rest of their calls.
func TestDescribeIsRefused(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 2 })
	batch := d.call(addrs(4)...)
	detach := d.call(fromI1)
	d.permits()
	began := d.Began(d.now)
	later := d.call(fromI1)
	d.Failed(d.now, began, denied, Verdict{})
	d.told(batch, eni.OutcomeNotTried, eni.ErrPermission)
	d.told(detach, eni.OutcomeNotTried, eni.ErrPermission)
	d.open(later)
	if todo := d.Next(d.now); !todo.Describe {
		t.Errorf("%+v", todo)
	}
}

// An interface is missing on two witnesses. The second one must begin after the call.
func TestMissing(t *testing.T) {
	t.Run("two describes", func(t *testing.T) {
		d := newDrive(t, nil)
		c := d.call(fromI1)
		d.Missing(d.now, d.Began(d.now), absent)
		d.Missing(d.now, d.Began(d.now), absent)
		d.open(c)
		if todo := d.Next(d.now); todo.Describe || todo.Wake != defaultTiming.witnessesApart {
			t.Fatalf("%+v", todo)
		}
		d.pass(defaultTiming.witnessesApart)
		d.Missing(d.now, d.Began(d.now), absent)
		d.told(c, eni.OutcomeAbsent, eni.ErrNotFound)
	})
	t.Run("a describe and a change", func(t *testing.T) {
		d := newDrive(t, nil)
		c := d.call(addr(2))
		d.send()
		d.refuse(eni.ErrNotFound, Verdict{})
		d.Missing(d.now, d.Began(d.now), absent)
		d.told(c, eni.OutcomeAbsent, eni.ErrNotFound)
		if c.Claims[0].Err.Code != "cloud" {
			t.Errorf("the error is %v", c.Claims[0].Err)
		}
	})
	t.Run("the first is kept", func(t *testing.T) {
		d := newDrive(t, nil)
		d.Missing(d.now, d.Began(d.now), absent)
		d.pass(defaultTiming.witnessLife)
		c := d.call(fromI1)
		d.Missing(d.now, d.Began(d.now), absent)
		d.told(c, eni.OutcomeAbsent, eni.ErrNotFound)
		d.pass(defaultTiming.witnessLife + 1)
		c = d.call(fromI1)
		d.Missing(d.now, d.Began(d.now), absent)
		d.open(c)
	})
	t.Run("the second began before the call", func(t *testing.T) {
		d := newDrive(t, nil)
		d.Missing(d.now, d.Began(d.now), absent)
		d.pass(time.Second)
		second := d.Began(d.now)
		queued := d.call(addr(3))
		accepted := d.call(addr(2))
		d.PermitGranted(d.now, UnassignPrivateIps)
		d.snapshot = newSnapshot(0, d.now, with(addrs(2)...))
		d.send()
		d.accept()
		d.open(d.call(addr(4)))
		d.Missing(d.now, second, absent)
		d.told(accepted, eni.OutcomeAccepted, 0)
		d.told(queued, eni.OutcomeAccepted, 0)
	})
	t.Run("a detach that was accepted", func(t *testing.T) {
		d := newDrive(t, nil)
		c := d.call(fromI1)
		d.sendAfter(with())
		d.accept()
		for range 2 {
			d.Missing(d.now, d.Began(d.now), absent)
			d.pass(time.Second)
		}
		d.told(c, eni.OutcomeReleased, eni.ErrNotFound)
	})
}

// After a lost response the change may still run: a target that is still there is
// described again, at growing intervals, until the change cannot act any more.
func TestLostAnswerIsAwaited(t *testing.T) {
	const began = time.Minute
	d := newDrive(t, func(c *Config) { c.Tasks = true })
	d.pass(began)
	c := d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry, Effect: 20 * time.Second})
	var times []time.Duration
	for {
		todo := d.permits()
		if todo.Send != "" {
			break
		}
		if todo.Describe {
			times = append(times, d.now)
			d.describe(with(addr(2)))
			continue
		}
		d.now = todo.Wake
		d.Tick(d.now)
	}
	if d.now != began+20*time.Second || len(times) < 10 || len(times) > 30 {
		t.Errorf("sent at %v after %d describes: %v", d.now, len(times), times)
	}
	d.open(c)
}

// Where the cloud answers when a change is complete, nothing says that a lost one still
// runs: after the pause of the verdict it is sent again.
func TestLostAnswerOfACompleteChange(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry, Effect: 20 * time.Second})
	d.pass(retry.Pause)
	d.describe(with(addr(2)))
	d.send()
	d.open(c)
}

// A transient state is a conflict, and the user's policy decides about a retry.
func TestPassingState(t *testing.T) {
	d := newDrive(t, nil)
	c, late := d.call(fromI1), d.call(fromI1)
	d.describe(detachingFrom("i-2"))
	todo := d.Next(d.now)
	if todo.Judge == nil || todo.Judge.Kind != eni.ErrConflict {
		t.Fatalf("%+v", todo)
	}
	d.Cancel(d.now, late, func(last *eni.Error) *eni.Error { return outage })
	d.Judged(d.now, retry)
	d.pass(time.Second)
	d.permits()
	d.describe(with())
	d.send()
	d.open(c)
	other := newDrive(t, nil)
	c = other.call(fromI1)
	other.describe(detachingFrom("i-2"))
	other.Cancel(other.now, c, func(last *eni.Error) *eni.Error { return outage })
	other.Judged(other.now, retry) // of nobody's goal
	other.told(c, eni.OutcomeNotTried, eni.ErrUnavailable)
}

// A describe that shows the interface cancels an earlier witness.
func TestShownAgain(t *testing.T) {
	d := newDrive(t, nil)
	d.Missing(d.now, d.Began(d.now), absent)
	d.pass(2 * time.Second)
	d.describe(with())
	d.pass(2 * time.Second)
	c := d.call(fromI1)
	d.Missing(d.now, d.Began(d.now), absent)
	d.open(c)
	d.Cancel(d.now, c, func(*eni.Error) *eni.Error { return outage })

	c = d.call(addr(2))
	d.send()
	d.refuse(eni.ErrNotFound, retry)
	d.describe(with(addr(2)))
	d.pass(time.Second)
	d.Missing(d.now, d.Began(d.now), absent)
	d.open(c)
}

// A failed describe without a retry ends the claims. A caller who departs before the next
// describe gets its error.
func TestFailureIsReported(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(fromI1)
	d.Failed(d.now, d.Began(d.now), outage, retry)
	d.open(c)
	var told *eni.Error
	d.Cancel(d.now, c, func(last *eni.Error) *eni.Error { told = last; return outage })
	if told != outage {
		t.Errorf("told %v", told)
	}
	c = d.call(fromI1)
	d.Failed(d.now, d.Began(d.now), outage, Verdict{Retry: true, Pause: -1})
	d.told(c, eni.OutcomeNotTried, eni.ErrUnavailable)
}

// An address that has become primary is Refused, also after a change was sent.
func TestPrimaryIsNotReleased(t *testing.T) {
	shown := with(addr(2))
	shown.Addresses[1].Primary = true
	d := newDrive(t, nil)
	c := d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	d.describe(shown)
	d.told(c, eni.OutcomeRefused, eni.ErrInvalid)
}

// A describe with a final error ends the claims that wait for a describe, and no others.
func TestDescribeIsRefusedForOthers(t *testing.T) {
	d := newDrive(t, nil)
	batch := d.call(addrs(2)...)
	detach := d.call(fromI1)
	d.Failed(d.now, d.Began(d.now), denied, Verdict{})
	d.told(detach, eni.OutcomeNotTried, eni.ErrPermission)
	d.open(batch)

	d = newDrive(t, nil)
	alone := d.call(addr(2))
	d.PermitGranted(d.now, UnassignPrivateIps)
	detach = d.call(fromI1)
	d.Failed(d.now, d.Began(d.now), denied, Verdict{})
	d.told(detach, eni.OutcomeNotTried, eni.ErrPermission)
	d.open(alone)
}

// After a failure there is a pause, but not for later goals.
func TestPauseAfterAFailure(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.MaxElapsed = 0 })
	c := d.call(fromI1)
	d.Failed(d.now, d.Began(d.now), outage, retry)
	d.open(c)
	if todo := d.Next(d.now); todo.Describe || todo.Wake != time.Second {
		t.Errorf("no pause: %+v", todo)
	}
	d.call(fromI1)
	d.call(addr(2))
	if todo := d.Next(d.now); todo.Describe {
		t.Errorf("one more who wants the same ends the pause: %+v", todo)
	}
	d.call(Target{Action: Detach, InstanceID: "i-2"})
	if todo := d.Next(d.now); !todo.Describe {
		t.Errorf("a newcomer has the pause of others: %+v", todo)
	}
}
