package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// A permit belongs to the first goal: when that leaves, its wait ends, and the
// next goal asks with an age of its own.
func TestPermitBelongsToTheFirst(t *testing.T) {
	d := newDrive(t, nil)
	first := d.call(addr(2))
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.now += time.Minute
	d.call(addr(3))
	if p := d.Next(d.now).Permits[0]; !p.Wanted || p.Since != 0 {
		t.Fatalf("%+v", p)
	}
	d.Leave(d.now, first, func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrUnavailable} })
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

// A permit that is held is kept while a change is in the air or awaited, and not
// when its goals are gone.
func TestPermitIsKept(t *testing.T) {
	d := newDrive(t, nil)
	one, other := d.call(addr(2)), d.call(addr6(1))
	d.PermitGranted(d.now, UnassignPrivateIps)
	d.PermitGranted(d.now, UnassignIpv6)
	d.Take(d.now, UnassignPrivateIps)
	if todo := d.Next(d.now); !todo.Permits[1].Wanted || todo.Permits[0].Wanted || todo.Send != "" {
		t.Fatalf("%+v", todo)
	}
	d.Leave(d.now, other, func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrUnavailable} })
	if todo := d.Next(d.now); todo.Permits[1].Wanted {
		t.Errorf("%+v", todo)
	}
	d.open(one)
}

// One action that waits for its permit does not hold the others.
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

// What waits for its permit shares a description that is made for another
// interface, if its evidence will be too old.
func TestAges(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	if d.Ages(time.Hour) {
		t.Error("nothing waits for a permit")
	}
	d.PermitAsked(d.now, UnassignPrivateIps)
	if d.Ages(usual.fresh) || !d.Ages(usual.fresh+1) {
		t.Error("not when the caller's word ages")
	}
}
