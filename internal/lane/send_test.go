// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func detachingFrom(instance string) *eni.Interface {
	i := with()
	i.State, i.InstanceID = eni.StateDetaching, instance
	return i
}

// stuck returns a drive with an accepted detach that does not complete.
func stuck(t *testing.T, change func(*Config)) (*drive, *Call) {
	t.Helper()
	d := newDrive(t, change)
	c := d.call(fromI1)
	d.sendAfter(with())
	d.accept()
	d.WaitBegan(d.now)
	return d, c
}

// A stuck detach is sent again at doubled intervals, and only if a describe shows the
// interface detaching from that instance.
func TestStuckDetachIsSentAgain(t *testing.T) {
	d, c := stuck(t, nil)
	var times []time.Duration
	for d.now < 4*time.Minute+time.Second {
		d.pass(time.Second)
		d.describe(detachingFrom("i-1"))
		if todo := d.permits(); todo.Send != "" {
			times = append(times, d.now)
			if ch := d.Take(d.now, todo.Send); ch.Targets[0] != fromI1 || ch.Calls[0] != c || ch.TaskID() != "" {
				t.Fatalf("%+v", ch)
			}
			d.accept()
		}
	}
	if len(times) != 2 || times[0] != time.Minute || times[1] != 3*time.Minute {
		t.Errorf("sent again at %v", times)
	}
	if c.Attempts != 3 || c.Accepted().Resent != 2 {
		t.Errorf("%d attempts, %d times again", c.Attempts, c.Accepted().Resent)
	}
	d.describe(with())
	d.pass(10 * time.Minute)
	d.describe(detachingFrom("i-1"))
	if todo := d.permits(); todo.Send != "" {
		t.Error("sent after MaxElapsed")
	}
}

// A detach is not sent again if the interface is not, or no longer, detaching from that
// instance.
func TestStuckDetachIsVerified(t *testing.T) {
	for _, c := range []struct {
		name string
		then *eni.Interface
	}{{"detaching from another", detachingFrom("i-2")}, {"attached again", with()}} {
		d, call := stuck(t, nil)
		d.pass(time.Minute)
		d.describe(detachingFrom("i-1"))
		if todo := d.Next(d.now); !todo.Permits[2].Wanted {
			t.Fatalf("%s: %+v", c.name, todo)
		}
		d.PermitAsked(d.now, Detach)
		d.pass(defaultTiming.fresh + 1)
		d.PermitGranted(d.now, Detach)
		if todo := d.Next(d.now); !todo.Describe || todo.Send != "" {
			t.Fatalf("%s: %+v", c.name, todo)
		}
		d.describe(c.then)
		if todo := d.Next(d.now); todo.Send != "" || todo.Permits[2].Wanted {
			t.Errorf("%s: %+v", c.name, todo)
		}
		d.toldOf(call, 0, eni.OutcomeAccepted, 0)
	}
}

// If the permit or the describe for a stuck detach fails, the detach stays accepted.
func TestStuckDetachWithoutPermit(t *testing.T) {
	d, c := stuck(t, nil)
	d.pass(time.Minute)
	d.describe(detachingFrom("i-1"))
	d.PermitAsked(d.now, Detach)
	d.PermitFailed(d.now, Detach, &eni.Error{Kind: eni.ErrUnavailable}, retry)
	if todo := d.Next(d.now); todo.Permits[2].Wanted {
		t.Errorf("%+v", todo)
	}
	d.describe(detachingFrom("i-1"))
	d.PermitGranted(d.now, Detach)
	d.Failed(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrPermission}, Verdict{})
	if todo := d.Next(d.now); todo.Permits[2].Wanted {
		t.Errorf("%+v", todo)
	}
	d.toldOf(c, 0, eni.OutcomeAccepted, 0)
}

// A detach that is sent again and cleanly refused gives no credit to a call without
// another change.
func TestSentAgainForAForeignDetach(t *testing.T) {
	for _, c := range []struct {
		kind eni.Kind
		want eni.Outcome
	}{{eni.ErrPermission, eni.OutcomeAbsent}, {eni.ErrUnavailable, eni.OutcomeReleased}} {
		d := newDrive(t, nil)
		call := d.call(fromI1)
		d.describe(detachingFrom("i-1"))
		d.told(call, eni.OutcomeAccepted, 0)
		d.WaitBegan(d.now)
		d.pass(time.Minute)
		d.describe(detachingFrom("i-1"))
		d.send()
		d.refuse(c.kind, Verdict{})
		free := with()
		free.InstanceID, free.State = "", eni.StateAvailable
		d.describe(free)
		d.told(call, c.want, 0)
	}
}

// One change carries all claims of a goal, and counts once for each call.
func TestAttempts(t *testing.T) {
	d := newDrive(t, nil)
	one, both := d.call(addr(2)), d.call(addr(2), addr(3))
	ch := d.sendAfter(with(addrs(2)...))
	if len(ch.Calls) != 2 || len(ch.Targets) != 2 || one.Attempts != 1 || both.Attempts != 1 {
		t.Errorf("%+v, %d and %d attempts", ch, one.Attempts, both.Attempts)
	}
	d.Answered(d.now, Answer{Err: &eni.Error{Kind: eni.ErrUnavailable}, NotSent: true, Verdict: retry})
	if one.Attempts != 0 || len(one.RequestIDs) != 0 {
		t.Error("what did not leave is counted")
	}
}

// A stuck detach whose task has ended is not sent again.
func TestStuckDetachIsComplete(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks = true })
	c := d.call(fromI1)
	ch := d.sendAfter(with())
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.WaitBegan(d.now)
	d.pass(time.Minute)
	d.describe(detachingFrom("i-1"))
	if todo := d.Next(d.now); !todo.Permits[2].Wanted {
		t.Fatalf("%+v", todo)
	}
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskSucceeded, nil)
	d.told(c, eni.OutcomeReleased, 0)
	if todo := d.Next(d.now); todo.Permits[2].Wanted || todo.Send != "" {
		t.Errorf("%+v", todo)
	}
}

// A describe after the call that does not show the address prevents credit; an earlier one
// does not.
func TestCreditOfALostAnswer(t *testing.T) {
	for _, c := range []struct {
		name  string
		after bool // the call
		want  eni.Outcome
	}{{"missed before the call", false, eni.OutcomeReleased}, {"missed after the call", true, eni.OutcomeAbsent}} {
		d := newDrive(t, nil)
		if !c.after {
			d.describe(with())
		}
		d.pass(time.Second)
		call := d.call(addr(2))
		if c.after {
			d.describe(with())
		}
		d.send()
		d.Answered(d.now, Answer{Err: outage, Verdict: retry})
		d.describe(with())
		if call.Claims[0].Outcome != c.want {
			t.Errorf("%s: %v, want %v", c.name, call.Claims[0].Outcome, c.want)
		}
	}
}

// A change that was not sent is no evidence about the interface, and does not affect
// earlier changes.
func TestNotSent(t *testing.T) {
	notSent := func(d *drive, k eni.Kind, v Verdict) {
		d.Answered(d.now, Answer{Err: &eni.Error{Kind: k}, NotSent: true, Verdict: v})
	}
	left := func(*eni.Error) *eni.Error { return outage }
	d := newDrive(t, nil)
	c := d.call(addr(2))
	d.send()
	notSent(d, eni.ErrInvalid, Verdict{})
	d.told(c, eni.OutcomeNotTried, eni.ErrInvalid)

	c = d.call(addr(2))
	d.send()
	notSent(d, eni.ErrNotFound, retry)
	d.Missing(d.now, d.Began(d.now), absent)
	d.open(c)
	d.Cancel(d.now, c, left)
	d.told(c, eni.OutcomeNotTried, eni.ErrUnavailable)

	d = newDrive(t, nil)
	c = d.call(addr(2))
	d.send()
	d.refuse(eni.ErrThrottled, retry)
	d.pass(time.Second)
	d.send()
	notSent(d, eni.ErrUnavailable, retry)
	d.Cancel(d.now, c, left)
	d.told(c, eni.OutcomeRefused, eni.ErrUnavailable)
}

// Without MaxAttempts only MaxElapsed ends a call.
func TestNoMaxAttempts(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.MaxAttempts = 0 })
	c := d.call(addr(2))
	sent := 0
	for !c.Answered() {
		sent++
		d.send()
		d.refuse(eni.ErrConflict, retry)
		d.pass(time.Second)
		d.describe(with(addr(2)))
	}
	if sent != 300 {
		t.Errorf("sent %d times in five minutes", sent)
	}
}

// If another party's detach ends on another instance, the call gets no credit.
func TestForeignDetachGoesElsewhere(t *testing.T) {
	moved := with()
	moved.InstanceID = "i-2"
	d := newDrive(t, nil)
	c := d.call(fromI1)
	d.describe(detachingFrom("i-1"))
	d.told(c, eni.OutcomeAccepted, 0)
	d.pass(time.Second)
	d.describe(moved)
	d.told(c, eni.OutcomeRefused, eni.ErrState)
}

// Without StuckAfter a stuck detach is never sent again.
func TestStuckDetachIsLeftAlone(t *testing.T) {
	d, c := stuck(t, func(c *Config) { c.StuckAfter = 0 })
	for range 10 {
		d.pass(time.Minute / 3)
		d.describe(detachingFrom("i-1"))
		if todo := d.permits(); todo.Send != "" {
			t.Fatalf("%+v", todo)
		}
	}
	d.toldOf(c, 0, eni.OutcomeAccepted, 0)
}
