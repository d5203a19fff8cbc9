// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Doubt ends with a describe that shows the target and began when the change could no
// longer act. An earlier describe does not end it.
func TestDoubtIsCleared(t *testing.T) {
	for _, c := range []struct {
		name    string
		cleared bool
		want    eni.Outcome
	}{{"cleared", true, eni.OutcomeRefused}, {"not cleared", false, eni.OutcomeUnknown}} {
		d := newDrive(t, func(c *Config) { c.MaxElapsed = 0 })
		call := d.call(addr(2))
		d.send()
		d.Answered(d.now, Answer{Err: outage, Verdict: Verdict{Retry: true, Pause: 10 * time.Minute}})
		d.pass(defaultTiming.changeLife - time.Second)
		early := d.Began(d.now)
		d.pass(2 * time.Second)
		d.Described(d.now, early, with(addr(2)))
		if c.cleared {
			d.describe(with(addr(2)))
		}
		d.Cancel(d.now, call, func(*eni.Error) *eni.Error { return outage })
		d.told(call, c.want, eni.ErrUnavailable)
	}
}

// A lane is kept while anything is in progress, and during the batch window.
func TestIdleOnlyWithNothingUnderWay(t *testing.T) {
	left := func(*eni.Error) *eni.Error { return outage }
	for _, c := range []struct {
		name string
		busy func(*drive)
		done func(*drive)
	}{
		{"a change in progress that was left", func(d *drive) { c := d.call(addr(2)); d.send(); d.Cancel(d.now, c, left) }, func(d *drive) { d.refuse(eni.ErrThrottled, Verdict{}) }},
		{"a goal in the queue", func(d *drive) { d.call(addr(2)) }, func(d *drive) { d.Cancel(d.now, d.calls.first, left) }},
		{"a description", func(d *drive) { d.Began(d.now) }, func(d *drive) { d.Dropped(d.describes[0]) }},
		{"a waiter", func(d *drive) { d.WaitBegan(d.now) }, func(d *drive) { d.WaitEnded() }},
		{"a batch window", func(d *drive) {
			call := NewCall(addrs(1))
			d.Add(d.now, call, time.Second)
			d.Cancel(d.now, call, left)
		}, func(d *drive) { d.pass(time.Second) }},
		{"a doubt", func(d *drive) { d.call(addr(2)); d.send(); d.refuse(eni.ErrUnavailable, Verdict{}) }, func(d *drive) { d.pass(defaultTiming.changeLife) }},
		{"an accepted change", func(d *drive) { d.call(addr(2)); d.send(); d.accept() }, func(d *drive) { d.pass(defaultTiming.keepAccepted) }},
	} {
		d := newDrive(t, nil)
		if !d.Idle(d.now) {
			t.Fatal("a new lane is not idle")
		}
		c.busy(d)
		if d.Idle(d.now) {
			t.Errorf("idle with %s", c.name)
		}
		c.done(d)
		if !d.Idle(d.now) {
			t.Errorf("not idle when %s has ended", c.name)
		}
	}
}

// After a batch that may have been done in part the outcomes are Unknown; after a clean
// refusal they are Refused.
func TestPartialRefusals(t *testing.T) {
	for kind, want := range map[eni.Kind]eni.Outcome{
		eni.ErrNotAssigned: eni.OutcomeUnknown, eni.ErrNotFound: eni.OutcomeUnknown, eni.ErrState: eni.OutcomeUnknown,
		eni.ErrInvalid: eni.OutcomeUnknown, eni.ErrUnknown: eni.OutcomeUnknown, eni.ErrUnavailable: eni.OutcomeUnknown,
		eni.ErrUnsupported: eni.OutcomeRefused, eni.ErrConflict: eni.OutcomeRefused, eni.ErrThrottled: eni.OutcomeRefused,
		eni.ErrPermission: eni.OutcomeRefused, eni.ErrQuota: eni.OutcomeRefused, eni.ErrUnauthenticated: eni.OutcomeRefused,
	} {
		d := newDrive(t, nil)
		c := d.call(addrs(2)...)
		d.sendAfter(with(addrs(2)...))
		d.refuse(kind, retry)
		d.Cancel(d.now, c, left)
		d.told(c, want, eni.ErrUnavailable)
	}
}

// One of a call's two addresses is refused, and then sent for another caller in the same
// accepted change as the second: its outcome becomes Unknown.
func TestRefusedAndInTheChangeThatAnswers(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addr(2), addr(3))
	d.sendAfter(with(addr(2)))
	other := d.call(addr(2))
	d.refuse(eni.ErrState, Verdict{})
	d.describe(with(addr(2), addr(3)))
	d.toldOf(c, 0, eni.OutcomeRefused, eni.ErrState)
	d.open(c)
	if ch := d.send(); len(ch.Targets) != 2 {
		t.Fatalf("sent %v", ch.Targets)
	}
	d.accept()
	d.told(other, eni.OutcomeAccepted, 0)
	d.toldOf(c, 0, eni.OutcomeUnknown, eni.ErrState)
	d.toldOf(c, 1, eni.OutcomeAccepted, 0)
}
