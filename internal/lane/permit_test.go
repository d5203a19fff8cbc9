// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// A permit belongs to the first goal: when that goal is removed, its wait ends, and the
// next goal asks with its own age.
func TestPermitBelongsToTheFirst(t *testing.T) {
	d := newDrive(t, nil)
	first := d.call(addr(2))
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.now += time.Minute
	d.call(addr(3))
	if p := d.Next(d.now).Permits[0]; !p.Wanted || p.Since != 0 {
		t.Fatalf("%+v", p)
	}
	d.Cancel(d.now, first, func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrUnavailable} })
	if p := d.Next(d.now).Permits[0]; p.Wanted {
		t.Fatalf("%+v", p)
	}
	d.PermitReturned(UnassignPrivateIps)
	if p := d.Next(d.now).Permits[0]; !p.Wanted || p.Since != longAgo {
		t.Fatalf("%+v", p)
	}
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.now += time.Second
	d.PermitGranted(d.now, UnassignPrivateIps)
	if ch := d.Take(d.now, d.Next(d.now).Send); ch.PermitWait != time.Second || ch.QueueWait != 0 || ch.Targets[0] != addr(3) {
		t.Errorf("%+v", ch)
	}
	// Requeued, it keeps its age.
	d.refuse(eni.ErrConflict, retry)
	d.pass(time.Second)
	if p := d.Next(d.now).Permits[0]; !p.Wanted || p.Since != time.Minute {
		t.Errorf("%+v", p)
	}
}

// A held permit is kept while a change is in progress or awaited, and returned when its
// goals are gone.
func TestPermitIsKept(t *testing.T) {
	d := newDrive(t, nil)
	one, other := d.call(addr(2)), d.call(addr6(1))
	d.PermitGranted(d.now, UnassignPrivateIps)
	d.PermitGranted(d.now, UnassignIpv6)
	d.Take(d.now, UnassignPrivateIps)
	if todo := d.Next(d.now); !todo.Permits[1].Wanted || todo.Permits[0].Wanted || todo.Send != "" {
		t.Fatalf("%+v", todo)
	}
	d.Cancel(d.now, other, func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrUnavailable} })
	if todo := d.Next(d.now); todo.Permits[1].Wanted {
		t.Errorf("%+v", todo)
	}
	d.open(one)
}

// An action that waits for its permit does not delay the others.
func TestActionsDoNotHoldEachOther(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.call(addr6(1))
	d.PermitGranted(d.now, UnassignIpv6)
	if todo := d.Next(d.now); todo.Send != UnassignIpv6 {
		t.Fatalf("%+v", todo)
	}
	d.Take(d.now, UnassignIpv6)
	d.accept()
	// The action that was just served comes after the others.
	d.call(addr6(2))
	d.PermitGranted(d.now, UnassignPrivateIps)
	d.pass(time.Second)
	d.PermitGranted(d.now, UnassignIpv6)
	if todo := d.Next(d.now); todo.Send != UnassignPrivateIps {
		t.Errorf("%+v", todo)
	}
}

func TestPermitFailed(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.MaxAttempts = 2 })
	c := d.call(addr(2))
	failed := &eni.Error{Kind: eni.ErrUnavailable}
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.PermitFailed(d.now, UnassignPrivateIps, failed, retry)
	d.open(c)
	if p := d.Next(d.now).Permits[0]; p.Wanted {
		t.Fatalf("%+v", p)
	}
	d.pass(time.Second)
	d.PermitFailed(d.now, UnassignPrivateIps, failed, retry)
	d.told(c, eni.OutcomeNotTried, eni.ErrUnavailable)
}

// A goal that waits for its permit shares a describe for another interface, if its
// evidence will be too old.
func TestAges(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	if d.Ages(time.Hour) {
		t.Error("nothing waits for a permit")
	}
	d.PermitAsked(d.now, UnassignPrivateIps)
	if d.Ages(defaultTiming.fresh) || !d.Ages(defaultTiming.fresh+1) {
		t.Error("not when the caller's word ages")
	}
}

// A goal that asks again for a permit keeps the age of its first request.
func TestAgeIsKept(t *testing.T) {
	d := newDrive(t, nil)
	d.pass(time.Second)
	d.call(addr(2))
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.PermitReturned(UnassignPrivateIps)
	d.pass(time.Minute)
	d.PermitAsked(d.now, UnassignPrivateIps)
	if p := d.Next(d.now).Permits[0]; p.Since != time.Second {
		t.Errorf("%+v", p)
	}
	d.PermitGranted(d.now, UnassignPrivateIps)
	d.PermitReturned(UnassignPrivateIps)
	if p := d.Next(d.now).Permits[0]; p.Since != time.Second {
		t.Errorf("after a permit that was given back: %+v", p)
	}
}

// A permit that is granted at once has no wait.
func TestPermitAtOnce(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.pass(time.Second)
	d.PermitGranted(d.now, UnassignPrivateIps)
	d.pass(2 * time.Second)
	if ch := d.Take(d.now, UnassignPrivateIps); ch.QueueWait != time.Second || ch.PermitWait != 2*time.Second {
		t.Errorf("waited %v in the queue and %v for the permit", ch.QueueWait, ch.PermitWait)
	}
}

// A place in the limiter's queue is kept through a batch window, and while a change whose
// response was lost may still run.
func TestPermitIsKeptThroughPauses(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.call(addr(3))
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.accept()
	if todo := d.Next(d.now); !todo.Permits[0].Wanted || todo.Wake != defaultTiming.minReturn {
		t.Errorf("in the batch window: %+v", todo)
	}

	d = newDrive(t, func(c *Config) { c.Tasks = true })
	d.call(addr(2))
	d.send()
	d.call(addr6(1))
	d.PermitAsked(d.now, UnassignIpv6)
	d.Answered(d.now, Answer{Err: outage, Verdict: retry, Effect: time.Minute})
	if todo := d.Next(d.now); !todo.Permits[1].Wanted || todo.Send != "" {
		t.Errorf("after a lost answer: %+v", todo)
	}
}

// While the lane waits for a detach, only that detach may be sent again.
func TestStuckDetachGoesBeforeWhatAwaitsIt(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.StuckAfter = 10 * time.Second })
	d.call(fromI1)
	d.sendAfter(with(addr(2)))
	d.accept()
	d.WaitBegan(d.now)
	d.call(addr(2))
	d.pass(10 * time.Second)
	d.describe(detachingFrom("i-1"))
	if todo := d.Next(d.now); !todo.Permits[Detach.index()].Wanted || todo.Permits[UnassignPrivateIps.index()].Wanted {
		t.Errorf("%+v", todo)
	}
	if ch := d.send(); ch.Action != Detach {
		t.Errorf("sent %s", ch.Action)
	}
}

// A stuck detach that waits for a permit does not ask for a shared describe.
func TestAgesWithoutAGoal(t *testing.T) {
	d, _ := stuck(t, nil)
	d.pass(time.Minute)
	d.describe(detachingFrom("i-1"))
	d.PermitAsked(d.now, Detach)
	if d.Ages(d.now + time.Hour) {
		t.Error("no goal waits for the permit")
	}
}
