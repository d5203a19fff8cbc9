// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"math"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Each kind of refusal of a single address, with each state of the interface afterwards.
func TestRefusals(t *testing.T) {
	here, away := with(addr(2)), with()
	for _, c := range []struct {
		kind    eni.Kind
		verdict Verdict
		shown   *eni.Interface // nil: it is not described
		judge   Verdict        // of the contradiction, if that is one
		want    eni.Outcome
		why     eni.Kind
	}{
		{eni.ErrPermission, Verdict{}, nil, Verdict{}, eni.OutcomeRefused, eni.ErrPermission},
		{eni.ErrUnauthenticated, Verdict{}, nil, Verdict{}, eni.OutcomeRefused, eni.ErrUnauthenticated},
		{eni.ErrQuota, Verdict{}, nil, Verdict{}, eni.OutcomeRefused, eni.ErrQuota},
		{eni.ErrConflict, Verdict{}, nil, Verdict{}, eni.OutcomeRefused, eni.ErrConflict},
		{eni.ErrThrottled, Verdict{Retry: true, Pause: -1}, nil, Verdict{}, eni.OutcomeRefused, eni.ErrThrottled},
		{eni.ErrUnavailable, Verdict{}, nil, Verdict{}, eni.OutcomeUnknown, eni.ErrUnavailable},
		{eni.ErrNotAssigned, Verdict{}, away, Verdict{}, eni.OutcomeAbsent, 0},
		{eni.ErrNotAssigned, Verdict{}, here, Verdict{}, eni.OutcomeRefused, eni.ErrConflict},
		{eni.ErrNotFound, Verdict{}, here, Verdict{}, eni.OutcomeRefused, eni.ErrConflict},
		{eni.ErrInvalid, Verdict{}, here, Verdict{}, eni.OutcomeRefused, eni.ErrInvalid},
		{eni.ErrState, Verdict{}, here, Verdict{}, eni.OutcomeRefused, eni.ErrState},
		{eni.ErrUnsupported, Verdict{}, away, Verdict{}, eni.OutcomeAbsent, 0},
		{eni.ErrUnsupported, Verdict{}, here, Verdict{}, eni.OutcomeRefused, eni.ErrUnsupported},
		{eni.ErrUnknown, Verdict{}, here, Verdict{}, eni.OutcomeRefused, eni.ErrUnknown},
	} {
		d := newDrive(t, nil)
		call := d.call(addr(2))
		d.send()
		d.refuse(c.kind, c.verdict)
		if c.shown != nil {
			if todo := d.Next(d.now); !todo.Describe {
				t.Errorf("%v is not examined: %+v", c.kind, todo)
			}
			d.describe(c.shown)
		}
		if todo := d.Next(d.now); todo.Judge != nil {
			d.Judged(d.now, c.judge)
		}
		d.told(call, c.want, c.why)
	}
}

// An error that the user's Retryable accepts is retried after its pause, whatever its
// kind.
func TestRetryableSaysMore(t *testing.T) {
	for _, kind := range []eni.Kind{eni.ErrPermission, eni.ErrState, eni.ErrNotAssigned, eni.ErrUnknown} {
		d := newDrive(t, nil)
		d.call(addr(2))
		d.send()
		d.refuse(kind, retry)
		if todo := d.Next(d.now); todo.Describe {
			d.describe(with(addr(2)))
		}
		if todo := d.Next(d.now); todo.Judge != nil {
			if todo.Judge.Kind != eni.ErrConflict || todo.Judge.Code != "cloud" {
				t.Errorf("judged %v", todo.Judge)
			}
			d.Judged(d.now, retry)
		}
		if todo := d.permits(); todo.Send != "" {
			t.Errorf("%v: no pause", kind)
		}
		d.pass(time.Second)
		d.send()
	}
}

// If a describe does not explain the refusal of a batch, its addresses are sent again one
// by one, which does not count as an attempt.
func TestRefusedBatchTravelsAlone(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.MaxAttempts = 1 })
	c := d.call(addrs(3)...)
	d.sendAfter(with(addrs(3)...))
	d.refuse(eni.ErrInvalid, Verdict{})
	d.describe(with(addrs(3)...))
	for i := range 3 {
		if ch := d.send(); len(ch.Targets) != 1 || ch.Targets[0] != addr(i+2) {
			t.Fatalf("sent %v", ch.Targets)
		}
		d.accept()
		d.pass(time.Second)
	}
	d.told(c, eni.OutcomeAccepted, 0)
	if c.Attempts != 4 {
		t.Errorf("%d attempts", c.Attempts)
	}
}

// A batch that was refused because one address is gone is sent again without it.
func TestExplainedBatch(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.MaxAttempts = 1 })
	c := d.call(addrs(3)...)
	d.sendAfter(with(addrs(3)...))
	d.refuse(eni.ErrNotAssigned, Verdict{})
	d.describe(with(addr(3), addr(4)))
	d.toldOf(c, 0, eni.OutcomeReleased, 0) // the refusal may have been a partial one
	if ch := d.send(); len(ch.Targets) != 2 {
		t.Errorf("sent %v", ch.Targets)
	}
}

// A change that was not sent is no evidence for its addresses. If no other change can be
// sent either, the whole call ends as NotTried.
func TestWhatCannotLeave(t *testing.T) {
	for _, kind := range []eni.Kind{eni.ErrInvalid, eni.ErrUnauthenticated, eni.ErrUnavailable} {
		d := newDrive(t, func(c *Config) { c.PerChange = 2 })
		call := d.call(addrs(5)...)
		d.sendAfter(with(addrs(5)...))
		d.Answered(d.now, Answer{Err: &eni.Error{Kind: kind}, NotSent: true})
		d.told(call, eni.OutcomeNotTried, kind)
		if todo := d.Next(d.now); todo.Describe || todo.Send != "" || call.Attempts != 0 {
			t.Errorf("%v: %+v after %d attempts", kind, todo, call.Attempts)
		}
	}
}

// A driver that describes the interface before it sends may return that a target is
// missing. The lane then describes; a target that is gone is Absent.
func TestWhatDidNotLeaveTakesNothingOff(t *testing.T) {
	for _, kind := range []eni.Kind{eni.ErrNotAssigned, eni.ErrNotFound, eni.ErrState} {
		d := newDrive(t, nil)
		call := d.call(addrs(2)...)
		d.sendAfter(with(addrs(2)...))
		d.Answered(d.now, Answer{Err: &eni.Error{Kind: kind}, NotSent: true})
		d.describe(with())
		d.told(call, eni.OutcomeAbsent, 0)
	}
}

// A describe with a final error ends all open claims of the call.
func TestUndescribableCall(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 2 })
	call := d.call(addrs(5)...)
	d.permits()
	d.Failed(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrInvalid}, Verdict{})
	d.told(call, eni.OutcomeNotTried, eni.ErrInvalid)
}

// The largest pause never ends, and does not overflow.
func TestHugePause(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.MaxElapsed = 0 })
	c := d.call(addr(2))
	d.pass(time.Hour)
	d.PermitGranted(d.now, UnassignPrivateIps)
	d.describe(with(addr(2)))
	d.Take(d.now, UnassignPrivateIps)
	d.Answered(d.now, Answer{Err: &eni.Error{Kind: eni.ErrThrottled}, Verdict: Verdict{Retry: true, Pause: math.MaxInt64}, Hold: math.MaxInt64})
	d.pass(1000 * time.Hour)
	d.open(c)
	if todo := d.permits(); todo.Send != "" || todo.Wake != forever {
		t.Errorf("%+v", todo)
	}
	bounded := newDrive(t, nil)
	c = bounded.call(addr(2))
	bounded.send()
	bounded.refuse(eni.ErrThrottled, Verdict{Retry: true, Pause: math.MaxInt64})
	bounded.told(c, eni.OutcomeRefused, eni.ErrThrottled)
}

// A describe that began before a refusal does not explain it.
func TestOlderDescriptionExplainsNothing(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addr(2))
	d.send()
	before := d.Began(d.now)
	d.refuse(eni.ErrInvalid, Verdict{})
	d.Described(d.now, before, with(addr(2)))
	d.open(c)
	if todo := d.Next(d.now); !todo.Describe {
		t.Fatalf("%+v", todo)
	}
	d.describe(with(addr(2)))
	d.told(c, eni.OutcomeRefused, eni.ErrInvalid)
}

// A transient state explains a refusal for the state: it is a conflict.
func TestPassingStateExplains(t *testing.T) {
	attaching := with(addr(2))
	attaching.State = eni.StateAttaching
	for _, c := range []struct {
		kind eni.Kind
		want bool
	}{{eni.ErrState, true}, {eni.ErrUnknown, false}, {eni.ErrUnsupported, false}} {
		d := newDrive(t, nil)
		call := d.call(addr(2))
		d.send()
		d.refuse(c.kind, Verdict{})
		d.describe(attaching)
		if judged := d.Next(d.now).Judge != nil; judged != c.want {
			t.Errorf("%v while attaching is a conflict: %t", c.kind, judged)
		}
		if call.Answered() == c.want {
			t.Errorf("%v while attaching: answered is %t", c.kind, call.Answered())
		}
	}
}

// A batch that is refused as unsupported is not sent one by one.
func TestUnsupportedBatchIsRefused(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addrs(3)...)
	d.sendAfter(with(addrs(3)...))
	d.refuse(eni.ErrUnsupported, Verdict{})
	d.describe(with(addrs(3)...))
	d.told(c, eni.OutcomeRefused, eni.ErrUnsupported)
	if todo := d.permits(); todo.Send != "" {
		t.Errorf("%+v", todo)
	}
}

// After a refusal because of the interface's state nothing else is sent before a describe,
// because it would be refused too. A refusal because of an address does not delay others.
func TestRefusalHoldsItsAction(t *testing.T) {
	for _, c := range []struct {
		kind eni.Kind
		held bool
	}{{eni.ErrState, true}, {eni.ErrUnsupported, true}, {eni.ErrNotFound, true}, {eni.ErrInvalid, false}, {eni.ErrNotAssigned, false}} {
		d := newDrive(t, func(c *Config) { c.PerChange = 1 })
		d.call(addr(2), addr(3))
		d.send()
		d.refuse(c.kind, Verdict{})
		if todo := d.permits(); !todo.Describe || (todo.Send == "") != c.held {
			t.Errorf("%v: %+v, want that the other is held: %t", c.kind, todo, c.held)
		}
	}
}

// A goal that must be sent alone is in no batch.
func TestAloneIsAlone(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addrs(2)...)
	d.sendAfter(with(append(addrs(2), addr(9))...))
	d.refuse(eni.ErrInvalid, Verdict{})
	d.describe(with(append(addrs(2), addr(9))...))
	d.call(addr(9))
	for _, want := range []Target{addr(2), addr(3), addr(9)} {
		if ch := d.send(); len(ch.Targets) != 1 || ch.Targets[0] != want {
			t.Errorf("sent %v, want %v alone", ch.Targets, want)
		}
		d.accept()
		d.pass(time.Second)
	}
}

// After each kind with which a cloud refuses a whole change because of one address, the
// addresses are sent one by one.
func TestSpoiltBatchTravelsAlone(t *testing.T) {
	for _, kind := range []eni.Kind{eni.ErrNotAssigned, eni.ErrInvalid, eni.ErrUnknown} {
		d := newDrive(t, nil)
		d.call(addrs(3)...)
		d.sendAfter(with(addrs(3)...))
		d.refuse(kind, Verdict{})
		d.describe(with(addrs(3)...))
		if ch := d.send(); len(ch.Targets) != 1 {
			t.Errorf("%v: sent %v", kind, ch.Targets)
		}
	}
}
