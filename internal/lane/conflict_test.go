// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// A conflict of a change that was not sent is not the cloud's: nothing else waits because
// of it.
func TestConflictThatWasNotSent(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	d.call(addr(2))
	d.send()
	d.accept()
	d.pass(time.Second)
	d.call(addr(3), addr(4))
	d.send()
	d.Answered(d.now, Answer{Err: &eni.Error{Kind: eni.ErrConflict}, NotSent: true, Verdict: Verdict{Retry: true, Pause: time.Minute}})
	if ch := d.send(); ch.Targets[0] != addr(4) {
		t.Errorf("sent %v", ch.Targets)
	}
}

// If the cloud allows one change at a time, nothing is sent while a change whose response
// was lost may still run.
func TestLostChangeIsAwaited(t *testing.T) {
	for _, tasks := range []bool{true, false} {
		d := newDrive(t, func(c *Config) { c.Tasks, c.PerChange = tasks, 1 })
		if !tasks { // the lane learns it from a conflict with an accepted change
			d.call(addr(8))
			d.send()
			d.accept()
			d.pass(time.Second)
			c := d.call(addr(9))
			d.send()
			d.refuse(eni.ErrConflict, Verdict{})
			d.told(c, eni.OutcomeRefused, eni.ErrConflict)
			d.describe(with(addr(2), addr(3)))
			d.pass(time.Second)
		}
		began := d.now
		d.call(addr(2), addr(3))
		d.send()
		d.Answered(d.now, Answer{Err: outage, Verdict: retry, Effect: 3 * time.Second})
		d.describe(with(addr(2), addr(3)))
		for {
			todo := d.permits()
			if todo.Send != "" {
				break
			}
			if todo.Describe {
				d.describe(with(addr(2), addr(3)))
				continue
			}
			d.now = todo.Wake
			d.Tick(d.now)
		}
		if waited := d.now - began; waited != 3*time.Second {
			t.Errorf("with tasks %t: the next change is sent after %v", tasks, waited)
		}
	}
}

// A conflict soon after a lost response is the lost change itself, as a rule: nothing is
// sent until its targets are gone, or twinPatience after the loss.
func TestNothingIsSentIntoALostChange(t *testing.T) {
	for _, ends := range []bool{true, false} {
		d := newDrive(t, func(c *Config) { c.PerChange = 1 })
		first := d.call(addr(2))
		d.send()
		lost := d.now
		d.Answered(d.now, Answer{Err: outage, Verdict: retry})
		d.describe(with(addr(2), addr(3)))
		other := d.call(addr(3))
		d.pass(retry.Pause)
		d.describe(with(addr(2), addr(3)))
		d.send()
		d.refuse(eni.ErrConflict, retry)
		for d.now-lost < 5*time.Second {
			switch todo := d.permits(); {
			case todo.Send != "":
				t.Fatalf("another change is sent %s after the loss", d.now-lost)
			case todo.Describe:
				d.describe(with(addr(2), addr(3)))
			default:
				d.now = todo.Wake
				d.Tick(d.now)
			}
		}
		if ends {
			d.describe(with(addr(3)))
			d.told(first, eni.OutcomeReleased, 0)
		} else {
			d.now = lost + defaultTiming.twinPatience
			d.Tick(d.now)
			d.describe(with(addr(2), addr(3)))
		}
		d.send()
		d.accept()
		if ends {
			d.told(other, eni.OutcomeAccepted, 0)
		} else {
			d.told(first, eni.OutcomeAccepted, 0)
		}
	}
}

// Long after a lost response a conflict is another party's.
func TestAConflictLongAfterALostChange(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	d.pass(defaultTiming.twinPatience)
	d.describe(with(addr(2)))
	d.send()
	d.refuse(eni.ErrConflict, retry)
	d.pass(retry.Pause)
	d.send()
}

// After a describe has decided a lost change, nothing waits for that change any more.
func TestLostChangeIsSeen(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks, c.PerChange = true, 1 })
	c := d.call(addrs(2)...)
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry, Effect: time.Minute})
	if todo := d.permits(); todo.Send != "" {
		t.Fatalf("%+v", todo)
	}
	d.describe(with(addr(3)))
	d.toldOf(c, 0, eni.OutcomeReleased, 0)
	d.send()
}

// Only a conflict shows that the cloud allows one change at a time.
func TestOtherRefusalsDoNotAwaitWhatWasAccepted(t *testing.T) {
	for kind, awaits := range map[eni.Kind]bool{eni.ErrThrottled: false, eni.ErrPermission: false, eni.ErrConflict: true} {
		d := newDrive(t, nil)
		d.call(addr(2))
		d.send()
		d.accept()
		d.pass(time.Second)
		d.call(addr(3))
		d.send()
		d.refuse(kind, retry)
		d.pass(time.Second)
		if todo := d.permits(); (todo.Send == "") != awaits {
			t.Errorf("%v: %+v, want that the accepted change is awaited: %t", kind, todo, awaits)
		}
	}
}
