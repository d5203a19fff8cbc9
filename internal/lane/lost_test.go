// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// nextSent describes and waits until the lane sends a change, and returns it with the
// number of describes.
func (d *drive) nextSent(i *eni.Interface) (ch *Change, described int) {
	d.t.Helper()
	for range 1000 {
		switch todo := d.permits(); {
		case todo.Send != "":
			return d.Take(d.now, todo.Send), described
		case todo.Describe:
			d.describe(i)
			described++
		case todo.Wake == forever:
			d.t.Fatal("nothing will be sent")
		default:
			d.now = todo.Wake
			d.Tick(d.now)
		}
	}
	d.t.Fatal("no end")
	return nil, 0
}

// A change that the cloud accepts after the loss shows that the lost one is not in
// progress: a later conflict has another reason.
func TestAnAcceptedChangeShowsThatTheLostOneIsNotInProgress(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	d.describe(with(addr(2), addr(3), addr(4)))
	other := d.call(addr(3))
	d.send()
	d.accept()
	d.call(addr(4))
	d.send()
	d.refuse(eni.ErrConflict, retry)
	refused := d.now
	d.describe(with(addr(2), addr(4)))
	d.told(other, eni.OutcomeReleased, 0)
	if d.nextSent(with(addr(2), addr(4))); d.now-refused > retry.Pause {
		t.Errorf("the next change is sent after %s, want %s at most", d.now-refused, retry.Pause)
	}
}

// A detach or deletion in progress shows in the state of the interface, so one that was
// lost is not awaited where the state shows nothing.
func TestALostDetachThatDoesNotShowIsNotAwaited(t *testing.T) {
	d := newDrive(t, nil)
	d.call(fromI1)
	d.sendAfter(with())
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	d.nextSent(with())
	d.refuse(eni.ErrConflict, retry)
	refused := d.now
	if d.nextSent(with()); d.now-refused != retry.Pause {
		t.Errorf("sent again after %s, want %s", d.now-refused, retry.Pause)
	}
}

// While a lost change is awaited the interface is described at growing intervals.
func TestALostChangeIsDescribedAtGrowingIntervals(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	lost := d.now
	_, before := d.nextSent(with(addr(2)))
	d.refuse(eni.ErrConflict, retry)
	_, after := d.nextSent(with(addr(2)))
	if d.now-lost != defaultTiming.twinPatience {
		t.Errorf("sent again %s after the loss", d.now-lost)
	}
	if t.Logf("%d and %d describes", before, after); before+after > 30 {
		t.Errorf("%d describes", before+after)
	}
}

// MaxElapsed ends a call also while its lost change is awaited. Nobody awaits the change
// then, so the next one is sent.
func TestMaxElapsedEndsTheWaitForALostChange(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.MaxElapsed, c.PerChange = 4*time.Second, 1 })
	first := d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	d.nextSent(with(addr(2), addr(3)))
	d.refuse(eni.ErrConflict, retry)
	other := d.call(addr(3))
	ch, _ := d.nextSent(with(addr(2), addr(3)))
	d.told(first, eni.OutcomeUnknown, eni.ErrConflict)
	if d.open(other); d.now != d.cfg.MaxElapsed || ch.Targets[0] != addr(3) {
		t.Errorf("%v is sent after %s", ch.Targets, d.now)
	}
}

// A lost change is awaited also if the conflict comes before it would be sent again.
func TestALostChangeIsAwaitedBeforeItIsSentAgain(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	lost := d.now
	d.describe(with(addr(2), addr(3)))
	d.call(addr(3))
	d.send()
	d.refuse(eni.ErrConflict, retry)
	if d.nextSent(with(addr(2), addr(3))); d.now-lost != defaultTiming.twinPatience {
		t.Errorf("sent %s after the loss", d.now-lost)
	}
}

// Nobody waits for a lost change whose effect was seen, not even a later call for the
// same address, which was assigned again.
func TestALostChangeThatIsCompleteIsNotAwaited(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	first := d.call(addr(2))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	d.pass(100 * time.Millisecond)
	d.describe(with(addr(3)))
	d.told(first, eni.OutcomeReleased, 0)
	d.call(addr(3))
	d.send()
	d.refuse(eni.ErrConflict, retry)
	refused := d.now
	d.call(addr(2))
	if ch, _ := d.nextSent(with(addr(2), addr(3))); d.now-refused > retry.Pause {
		t.Errorf("%v is sent after %s", ch.Targets, d.now-refused)
	}
	d.accept()
	if ch, _ := d.nextSent(with(addr(3), addr(2))); d.now-refused > retry.Pause {
		t.Errorf("%v is sent after %s", ch.Targets, d.now-refused)
	}
}

// An address of an earlier change that the cloud accepted is not one of the lost change.
func TestOnlyTheTargetsOfALostChangeAreAwaited(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	d.call(addr(2))
	d.send()
	d.accept()
	d.pass(100 * time.Millisecond)
	d.describe(with(addr(3), addr(4)))
	d.call(addr(3))
	d.send()
	d.Answered(d.now, Answer{Err: outage, Verdict: retry})
	d.call(addr(4))
	d.send()
	d.call(addr(2))
	d.describe(with(addr(2), addr(3), addr(4)))
	d.refuse(eni.ErrConflict, retry)
	refused := d.now
	d.pass(200 * time.Millisecond)
	d.describe(with(addr(2), addr(4)))
	if ch, _ := d.nextSent(with(addr(2), addr(4))); d.now-refused > retry.Pause {
		t.Errorf("%v is sent after %s", ch.Targets, d.now-refused)
	}
}
