// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// A change in progress does not prevent another one from completing.
func TestCompleteBesideTheAir(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	c := d.call(addr(2))
	d.send()
	d.accept()
	d.pass(time.Second)
	d.call(addr(3))
	d.send()
	d.describe(with(addr(3)))
	d.told(c, eni.OutcomeReleased, 0)

	d = newDrive(t, func(c *Config) { c.PerChange = 1 })
	c = d.call(addr(2))
	d.send()
	d.accept()
	d.pass(time.Second)
	d.call(addr(3))
	d.send()
	for range 2 {
		d.Missing(d.now, d.Began(d.now), absent)
		d.pass(time.Second)
	}
	d.told(c, eni.OutcomeReleased, 0)
}

// The duration of a change begins when it is sent.
func TestTook(t *testing.T) {
	d := newDrive(t, nil)
	d.pass(time.Minute)
	d.call(addr(2))
	d.send()
	d.pass(time.Second)
	d.accept()
	d.pass(time.Second)
	d.describe(with())
	if took := d.Took(); len(took) != 1 || took[0] != 2*time.Second {
		t.Errorf("took %v", took)
	}
}

// A detach of another party serves the callers who called before the describe.
func TestForeignDetachServesWhoCalledBefore(t *testing.T) {
	d := newDrive(t, nil)
	before := d.call(fromI1)
	began := d.Began(d.now)
	after := d.call(fromI1)
	d.Described(d.now, began, detachingFrom("i-1"))
	d.told(before, eni.OutcomeAccepted, 0)
	d.open(after)
	d.consistent()
}

// A failed task decides nothing while the interface is still detaching.
func TestFailedTaskOfWhatIsLeaving(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks = true })
	c := d.call(fromI1)
	ch := d.sendAfter(with())
	d.Answered(d.now, Answer{TaskID: "t-1"})
	d.WaitBegan(d.now)
	d.pass(defaultTiming.firstAsk)
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskFailed, &eni.Error{Kind: eni.ErrUnknown})
	d.describe(detachingFrom("i-1"))
	d.told(c, eni.OutcomeAccepted, 0)
	d.describe(with())
	d.told(c, eni.OutcomeRefused, eni.ErrUnknown)
}

// The next change waits for the latest one, not for an older one.
func TestTheLatestIsAwaited(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks, c.PerChange = true, 1 })
	d.call(addr(2), addr(3), addr(4))
	d.send()
	d.accept()
	d.pass(defaultTiming.awaitPatience)
	d.sendAfter(with(addrs(3)...))
	d.accept()
	d.describe(with(addr(3), addr(4)))
	if todo := d.permits(); todo.Send != "" {
		t.Fatalf("%+v", todo)
	}
	d.describe(with(addr(4)))
	d.pass(time.Second)
	d.send()
}

// The lane does not wait for an accepted change whose callers have all departed.
func TestAcceptedForNobody(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addr(2))
	d.send()
	d.Cancel(d.now, c, left)
	d.told(c, eni.OutcomeUnknown, eni.ErrUnavailable)
	d.accept()
	if n := d.Incomplete(); n != 0 {
		t.Errorf("%d accepted changes are remembered", n)
	}
	d.WaitBegan(d.now)
	if todo := d.Next(d.now); todo.AwaitsDescribe || todo.Describe {
		t.Errorf("%+v", todo)
	}
}
