// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func TestRefuse(t *testing.T) {
	d := newDrive(t, nil)
	c := NewCall(addrs(2))
	c.Refuse(&eni.Error{Kind: eni.ErrInvalid})
	d.told(c, eni.OutcomeNotTried, eni.ErrInvalid)
	if !c.Done() {
		t.Error("not done")
	}
}

// Accepted returns the progress of the call's oldest accepted change.
func TestAccepted(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	c := d.call(addr(2), addr(3))
	if c.Accepted() != (Standing{}) {
		t.Errorf("%+v before anything is accepted", c.Accepted())
	}
	d.send()
	d.now += time.Second
	d.Answered(d.now, Answer{RequestID: "first", TaskID: "t-1"})
	d.pass(time.Second)
	ch := d.send()
	d.Answered(d.now, Answer{RequestID: "second"})
	d.describe(with(addrs(2)...))
	if s := c.Accepted(); s.Answered != time.Second || s.RequestID != "first" || s.Shown == nil || s.Resent != 0 {
		t.Errorf("%+v", s)
	}
	if ch.RequestID() != "second" || ch.TaskID() != "" {
		t.Error(ch.RequestID(), ch.TaskID())
	}
}

// A call whose context has ended is Unknown if an earlier change may act.
func TestAsk(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	for _, step := range []struct {
		after time.Duration
		want  eni.Outcome
	}{{0, eni.OutcomeUnknown}, {time.Second, eni.OutcomeUnknown}, {2 * time.Minute, eni.OutcomeNotTried}} {
		if step.after == time.Second {
			d.accept()
		}
		d.pass(step.after)
		c := NewCall([]Target{addr(2)})
		d.AddEnded(d.now, c, &eni.Error{Kind: eni.ErrUnknown})
		d.told(c, step.want, eni.ErrUnknown)
	}
}

// A claim that was decided as NotTried becomes Unknown if its target is sent for another
// caller before the call is answered.
func TestNotTriedIsRevised(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	c := NewCall(addrs(2))
	c.Deadline = 10 * time.Second
	d.Add(d.now, c, 0)
	d.send()
	d.Late(d.now, UnassignPrivateIps, time.Minute, func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrThrottled} })
	d.toldOf(c, 1, eni.OutcomeNotTried, eni.ErrThrottled)
	d.refuse(eni.ErrThrottled, Verdict{Retry: true, Pause: time.Minute})
	d.call(addr(3))
	d.send()
	d.Cancel(d.now, c, func(*eni.Error) *eni.Error { return outage })
	d.toldOf(c, 0, eni.OutcomeRefused, eni.ErrUnavailable)
	d.toldOf(c, 1, eni.OutcomeUnknown, eni.ErrThrottled)
}

// The same for Refused, as long as the other caller's change can act.
func TestRefusedIsRevised(t *testing.T) {
	for _, c := range []struct {
		name string
		then func(*drive)
		want eni.Outcome
	}{
		{"in progress", func(*drive) {}, eni.OutcomeUnknown},
		{"accepted", (*drive).accept, eni.OutcomeUnknown},
		{"refused", func(d *drive) { d.refuse(eni.ErrPermission, Verdict{}) }, eni.OutcomeRefused},
		{"accepted long ago", func(d *drive) { d.accept(); d.pass(defaultTiming.changeLife) }, eni.OutcomeRefused},
	} {
		d := newDrive(t, func(c *Config) { c.PerChange = 1 })
		call := d.call(addrs(2)...)
		d.send()
		d.refuse(eni.ErrInvalid, Verdict{})
		d.describe(with(addrs(2)...))
		d.toldOf(call, 0, eni.OutcomeRefused, eni.ErrInvalid)
		d.send()
		d.refuse(eni.ErrThrottled, Verdict{Retry: true, Pause: 4 * time.Minute})
		d.call(addr(2))
		d.send()
		c.then(d)
		d.Cancel(d.now, call, left)
		if got := call.Claims[0].Outcome; got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
