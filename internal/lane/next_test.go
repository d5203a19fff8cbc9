// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// A lane without waiting callers needs no timer.
func TestIdleLaneSleeps(t *testing.T) {
	d := newDrive(t, nil)
	if todo := d.Next(d.now); todo != (Todo{Wake: forever}) {
		t.Errorf("a new lane wants %+v", todo)
	}
	d.call(addr(2))
	d.send()
	if todo := d.Next(d.now); todo.Wake != 5*time.Minute {
		t.Errorf("with a change in progress it wakes at %v, want the end of the budget", todo.Wake)
	}
	d.accept()
	if todo := d.Next(d.now); todo != (Todo{Wake: forever}) {
		t.Errorf("after an accepted change it wants %+v", todo)
	}
}

// A change that waits for an accepted one keeps its permit meanwhile, and is sent when
// that one is complete, or after awaitPatience.
func TestAcceptedChangeIsAwaited(t *testing.T) {
	for _, completes := range []bool{true, false} {
		d := newDrive(t, func(c *Config) { c.Tasks, c.PerChange = true, 1 })
		d.call(addr(2), addr(3))
		d.send()
		d.PermitGranted(d.now, UnassignPrivateIps)
		d.Answered(d.now, Answer{TaskID: "t-1"})
		d.pass(time.Second)
		todo := d.Next(d.now)
		if todo.Send != "" || !todo.Permits[0].Wanted || !todo.AwaitsDescribe || todo.Wake > defaultTiming.awaitPatience {
			t.Fatalf("%+v", todo)
		}
		if completes {
			d.describe(with(addr(3)))
		} else {
			d.pass(defaultTiming.awaitPatience - time.Second - 1)
			if todo := d.Next(d.now); todo.Send != "" {
				t.Fatalf("%+v", todo)
			}
			d.pass(1)
			if todo := d.permits(); todo.Describe {
				d.describe(with(addrs(2)...))
			}
		}
		if ch := d.send(); ch.Targets[0] != addr(3) {
			t.Errorf("sent %v", ch.Targets)
		}
	}
}

// A primary address in a describe needs no change: a later call for it causes a describe,
// and is refused.
func TestPrimaryIsDescribedNotSent(t *testing.T) {
	primary := addr(2)
	shown := with(primary)
	shown.Addresses[1].Primary = true
	d := newDrive(t, nil)
	d.describe(shown)
	d.pass(time.Second)
	c := d.call(primary)
	if todo := d.permits(); !todo.Describe || todo.Send != "" {
		t.Fatalf("%+v", todo)
	}
	d.describe(shown)
	d.told(c, eni.OutcomeRefused, eni.ErrInvalid)
}

// A call for a target of an accepted change causes a describe, which decides both.
func TestTwinIsDescribed(t *testing.T) {
	d := newDrive(t, nil)
	first := d.call(addr(2))
	d.send()
	d.accept()
	d.pass(time.Second)
	second := d.call(addr(2))
	if todo := d.Next(d.now); !todo.Describe || !todo.AwaitsDescribe {
		t.Fatalf("%+v", todo)
	}
	d.describe(with())
	d.told(first, eni.OutcomeReleased, 0)
	d.told(second, eni.OutcomeAbsent, 0)
	if todo := d.Next(d.now); todo.AwaitsDescribe || todo.Describe {
		t.Errorf("it describes for nobody: %+v", todo)
	}
}

// A describe decides every queued detach, not only the first.
func TestEveryQueuedDetachIsHeldAgainstTheDescription(t *testing.T) {
	somewhere, moved := with(), with()
	somewhere.InstanceID, moved.InstanceID = "", "i-3"
	d := newDrive(t, nil)
	a, b := d.call(fromI1), d.call(Target{Action: Detach, InstanceID: "i-2"})
	d.describe(somewhere)
	d.PermitAsked(d.now, Detach)
	d.describe(moved)
	d.told(a, eni.OutcomeRefused, eni.ErrState)
	d.told(b, eni.OutcomeRefused, eni.ErrState)
}

// Actions alternate: the one that was just served comes after the others.
func TestActionsTakeTurns(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	d.call(addr(2), addr(3))
	d.call(addr6(2), addr6(3))
	var order []Action
	for range 4 {
		todo := d.permits()
		if todo.Describe {
			d.describe(with(addr(2), addr(3), addr6(2), addr6(3)))
		}
		order = append(order, d.send().Action)
		d.accept()
		d.pass(time.Second)
	}
	for i, want := range []Action{UnassignPrivateIps, UnassignIpv6, UnassignPrivateIps, UnassignIpv6} {
		if order[i] != want {
			t.Fatalf("served %v", order)
		}
	}
}

// A describe that the next change waits for is not canceled.
func TestSurveyIsKept(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addrs(2)...)
	if todo := d.permits(); !todo.Describe || !todo.AwaitsDescribe {
		t.Fatalf("%+v", todo)
	}
	began := d.Began(d.now)
	if todo := d.permits(); todo.Describe || !todo.AwaitsDescribe {
		t.Errorf("in progress: %+v", todo)
	}
	d.pass(defaultTiming.fresh + 1)
	if todo := d.permits(); !todo.Describe {
		t.Errorf("one that takes too long is waited for: %+v", todo)
	}
	d.Dropped(began)
	d.describe(with(addrs(2)...))
	if todo := d.permits(); todo.AwaitsDescribe || todo.Send == "" {
		t.Errorf("described: %+v", todo)
	}
}

// A describe in progress is no evidence for a new call: another one begins.
func TestDescriptionsRunSideBySide(t *testing.T) {
	d := newDrive(t, nil)
	d.Began(d.now)
	d.call(fromI1)
	if todo := d.Next(d.now); !todo.Describe {
		t.Fatalf("%+v", todo)
	}
	d.Began(d.now)
	if todo := d.Next(d.now); todo.Describe || !todo.AwaitsDescribe {
		t.Errorf("%+v", todo)
	}
}
