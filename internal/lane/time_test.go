// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func TestAfter(t *testing.T) {
	for _, c := range [][3]time.Duration{
		{0, 1, 1}, {-5, 3, -2}, {1, math.MaxInt64, forever}, {forever, 1, forever}, {forever - 2, 1, forever - 1}, {longAgo, forever, 0}, {longAgo, 1, longAgo + 1},
	} {
		if c[0] == longAgo && c[1] == forever {
			c[2] = forever
		}
		if got := after(c[0], c[1]); got != c[2] {
			t.Errorf("after(%d, %d) = %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

// MaxElapsed set by the user bounds the first sending too; the default bounds
// sending again.
func TestMaxElapsed(t *testing.T) {
	for _, first := range []bool{false, true} {
		d := newDrive(t, func(c *Config) { c.MaxElapsed, c.BoundsFirst = 10*time.Second, first })
		c := d.call(addr(2))
		d.PermitAsked(d.now, UnassignPrivateIps)
		if wake := d.Next(d.now).Wake; wake != 10*time.Second {
			t.Errorf("wakes at %v", wake)
		}
		d.pass(10 * time.Second)
		if c.Answered() != first {
			t.Errorf("bounds the first %t: answered is %t", first, c.Answered())
		}
		if first {
			d.told(c, eni.OutcomeNotTried, eni.ErrUnavailable)
		}
	}
	d := newDrive(t, func(c *Config) { c.MaxElapsed = 10 * time.Second })
	c := d.call(addr(2))
	d.send()
	d.refuse(eni.ErrConflict, Verdict{Retry: true, Pause: 9 * time.Second})
	d.pass(9 * time.Second)
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.pass(time.Second)
	d.told(c, eni.OutcomeRefused, eni.ErrConflict)
}

// A target that is gone while its permit is held is not sent if its calls are too old; nor
// is a primary address.
func TestSift(t *testing.T) {
	d := newDrive(t, nil)
	primary := Target{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.1.0.1/32")}
	stale, never, kept := d.call(addr(2)), d.call(primary), d.call(addr(3))
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.pass(defaultTiming.fresh + 1)
	d.PermitGranted(d.now, UnassignPrivateIps)
	d.describe(with(addr(3)))
	d.told(stale, eni.OutcomeAbsent, 0)
	d.told(never, eni.OutcomeRefused, eni.ErrInvalid)
	if ch := d.send(); len(ch.Targets) != 1 || ch.Calls[0] != kept {
		t.Errorf("sent %v", ch.Targets)
	}
}

// Goals behind a twin continue after twinPatience.
func TestTwinPatience(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	second := d.call(addr(2))
	d.accept()
	d.describe(with(addr(2)))
	if todo := d.permits(); todo.Send != "" || todo.Wake > defaultTiming.twinPatience {
		t.Fatalf("%+v", todo)
	}
	d.pass(defaultTiming.twinPatience)
	d.sendAfter(with(addr(2)))
	d.open(second)
}

// When a permit is granted, a target that the describe showed as gone is not sent, because
// its calls are too old. An older describe decides nothing.
func TestPermitComesLate(t *testing.T) {
	for _, c := range []struct {
		at   time.Duration
		told bool
	}{{defaultTiming.fresh + time.Second, true}, {3 * defaultTiming.fresh, false}} {
		d := newDrive(t, nil)
		call := d.call(addr(2))
		d.PermitAsked(d.now, UnassignPrivateIps)
		d.pass(defaultTiming.fresh - time.Second)
		d.describe(with())
		d.open(call)
		d.pass(c.at - d.now)
		d.PermitGranted(d.now, UnassignPrivateIps)
		if call.Answered() != c.told {
			t.Errorf("a permit after %v: told is %t", c.at, call.Answered())
		}
		if todo := d.Next(d.now); todo.Send != "" || todo.Describe == c.told {
			t.Errorf("a permit after %v: %+v", c.at, todo)
		}
	}
}
