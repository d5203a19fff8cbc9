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

// stuck has a detach accepted that goes on and on.
func stuck(t *testing.T, change func(*Config)) (*drive, *Call) {
	t.Helper()
	d := newDrive(t, change)
	c := d.call(fromI1)
	d.sendAfter(with())
	d.accept()
	d.WaitBegan(d.now)
	return d, c
}

// A stuck detach is sent again at doubled intervals, and only when a description
// sees it detaching from that instance.
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

// What is not seen detaching from that instance, or not any more, is not sent.
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
		d.pass(usual.fresh + 1)
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

// The permit for a stuck detach may fail, and its describe too: it stays accepted.
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

// A detach that is sent again and refused cleanly gives no credit to one who had
// nothing else sent.
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

// Callers of one goal travel together, and each change counts once for a call.
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
