// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Calls are interleaved by batch: one address does not wait behind a call of many.
func TestCallsAreInterleaved(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addrs(30)...)
	small := d.call(addr(100))
	everything := with(append(addrs(30), addr(100))...)
	d.sendAfter(everything)
	d.accept()
	d.pass(time.Second)
	if ch := d.send(); !slices.Contains(ch.Calls, small) {
		t.Errorf("the second change carries %v", ch.Targets)
	}
}

// A conflict pauses all queued goals of the interface, and new goals only for a short
// pause.
func TestConflictHolds(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	d.call(addr(2), addr(3), addr(4))
	d.send()
	d.refuse(eni.ErrConflict, Verdict{Retry: true, Pause: 10 * time.Second})
	if todo := d.permits(); todo.Send != "" || todo.Wake != 10*time.Second {
		t.Fatalf("%+v", todo)
	}
	d.call(addr(9))
	if ch := d.send(); ch.Targets[0] != addr(9) {
		t.Fatalf("sent %v", ch.Targets)
	}
	d.accept()
	d.pass(10 * time.Second)
	var order []Target
	for range 3 {
		todo := d.permits()
		if todo.Describe {
			d.describe(with(addrs(3)...))
		}
		order = append(order, d.send().Targets[0])
		d.accept()
		d.pass(time.Second)
	}
	if !slices.Equal(order, addrs(3)) {
		t.Errorf("sent %v", order)
	}
}

// Held rounds are joined with newer ones, round by round.
func TestHeldRoundsJoin(t *testing.T) {
	var q queue
	goals := make([]goal, 6)
	for i := range 3 {
		q.round(i).push(&goals[i])
	}
	q.hold(time.Second)
	if q.first() != nil || q.wake() != time.Second {
		t.Fatal("not held")
	}
	q.round(0).push(&goals[3])
	q.advance(0)
	if q.first() != &goals[3] {
		t.Fatal("a newcomer is held")
	}
	q.hold(2 * time.Second)
	q.round(0).push(&goals[4])
	q.advance(2 * time.Second)
	var order []int
	q.all(func(g *goal) bool {
		order = append(order, slices.IndexFunc(goals, func(x goal) bool { return x.in == g.in && x.prev == g.prev && x.next == g.next }))
		return true
	})
	if !slices.Equal(order, []int{0, 3, 4, 1, 2}) || q.wake() != forever {
		t.Errorf("order %v", order)
	}
}

// Requeued goals are held too, and go first afterwards.
func TestHoldPausesWhatIsRequeued(t *testing.T) {
	var q queue
	goals := make([]goal, 3)
	q.requeued.push(&goals[0])
	q.requeued.push(&goals[1])
	q.round(0).push(&goals[2])
	q.hold(time.Second)
	if q.first() != nil {
		t.Fatal("not held")
	}
	q.pause([]*goal{&goals[1]}, 3*time.Second)
	q.advance(time.Second)
	if q.first() != &goals[0] || q.wake() != 3*time.Second {
		t.Error("not resumed")
	}
	q.advance(3 * time.Second)
	if q.requeued.last != &goals[1] || q.wake() != forever {
		t.Error("not resumed at its time")
	}
	goals[0].take()
	goals[0].take() // it is in no list any more
	if q.first() != &goals[1] {
		t.Error("not taken out")
	}
}

// A pause belongs to the refused claims: when these callers have departed, it ends.
func TestPauseEndsWithWhoWasRefused(t *testing.T) {
	left := func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrUnavailable} }
	d := newDrive(t, nil)
	refused := d.call(addr(2))
	d.send()
	d.refuse(eni.ErrThrottled, Verdict{Retry: true, Pause: time.Hour / 20})
	d.now += time.Second
	newcomer := d.call(addr(2))
	if todo := d.permits(); todo.Send != "" {
		t.Fatalf("%+v", todo)
	}
	d.Cancel(d.now, refused, left)
	d.told(refused, eni.OutcomeRefused, eni.ErrUnavailable)
	if ch := d.send(); !slices.Contains(ch.Calls, newcomer) {
		t.Errorf("sent for %v", ch.Calls)
	}

	// A new caller who departs does not end the pause of others.
	d = newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.refuse(eni.ErrThrottled, Verdict{Retry: true, Pause: time.Minute})
	d.Cancel(d.now, d.call(addr(2)), left)
	d.pass(time.Minute - 1)
	if todo := d.permits(); todo.Send != "" || todo.Describe {
		t.Fatalf("%+v", todo)
	}
	d.pass(1)
	if todo := d.permits(); todo.Send == "" && !todo.Describe {
		t.Fatalf("%+v", todo)
	}

	// After a lost response a new goal waits for a describe, not for the pause.
	d = newDrive(t, nil)
	refused = d.call(addr(2))
	d.send()
	d.refuse(eni.ErrUnavailable, Verdict{Retry: true, Pause: time.Minute})
	d.describe(with(addr(2)))
	d.call(addr(2))
	d.Cancel(d.now, refused, left)
	d.told(refused, eni.OutcomeUnknown, eni.ErrUnavailable)
	d.sendAfter(with(addr(2)))
}

// dated is a call with a deadline.
func (d *drive) dated(deadline time.Duration, list ...Target) *Call {
	c := NewCall(list)
	c.Deadline = deadline
	d.Add(d.now, c, 0)
	return c
}

// Goals with a deadline go first, the earliest first, but not before a goal that has
// waited two minutes.
func TestDeadlinesTravelFirst(t *testing.T) {
	for _, c := range []struct {
		name      string
		deadlines [6]time.Duration // of the callers, who call a millisecond after each other
		order     []int
	}{
		{"none", [6]time.Duration{}, []int{0, 1, 2, 3, 4, 5}},
		{"two", [6]time.Duration{3: 20 * time.Second, 5: 10 * time.Second}, []int{5, 3, 0, 1, 2, 4}},
		{"all", [6]time.Duration{30 * time.Second, 20 * time.Second, 40 * time.Second, 20 * time.Second, 50 * time.Second, 10 * time.Second}, []int{5, 1, 3, 0, 2, 4}},
		{"later than two minutes", [6]time.Duration{4: 4 * time.Minute, 5: 3 * time.Minute}, []int{0, 1, 2, 3, 4, 5}},
		{"between two who wait", [6]time.Duration{5: 2*time.Minute + 2500*time.Microsecond}, []int{0, 1, 2, 5, 3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDrive(t, func(cfg *Config) { cfg.PerChange = 1 })
			for n, deadline := range c.deadlines {
				d.dated(deadline, addr(n+2))
				d.now += time.Millisecond
			}
			var order []int
			for range c.deadlines {
				order = append(order, int(d.send().Targets[0].Prefix.Addr().As4()[3])-2)
				d.accept()
				d.now += 100 * time.Millisecond
			}
			if !slices.Equal(order, c.order) {
				t.Errorf("sent %v, want %v", order, c.order)
			}
		})
	}
}

// The lane reports the deadline for its permit, and a later caller can make it earlier.
func TestPermitIsDue(t *testing.T) {
	d := newDrive(t, nil)
	due := func() time.Duration {
		return d.Next(d.now).Permits[0].Due
	}
	d.call(addr(2), addr(3))
	if due() != forever {
		t.Errorf("due at %v without a deadline", due())
	}
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.dated(30*time.Second, addr(4))
	if due() != 30*time.Second {
		t.Errorf("due at %v, want 30s", due())
	}
	d.dated(10*time.Second, addr(3)) // which another caller waits for already
	if g := d.permitOwner(0); due() != 10*time.Second || g.target != addr(3) {
		t.Errorf("due at %v for %v", due(), g.target)
	}
	d.dated(20*time.Second, addr(3))
	if due() != 10*time.Second {
		t.Errorf("due at %v, want 10s", due())
	}
}

// Held goals keep their order.
func TestHeldDeadlinesComeFirst(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	d.call(addr(2))
	d.call(addr(3))
	d.dated(30*time.Second, addr(4))
	d.dated(20*time.Second, addr(5))
	d.send()
	d.refuse(eni.ErrConflict, Verdict{Retry: true, Pause: time.Second})
	if todo := d.permits(); todo.Send != "" {
		t.Fatalf("%+v", todo)
	}
	d.pass(time.Second)
	var order []Target
	for range 4 {
		order = append(order, d.send().Targets[0])
		d.accept()
		d.pass(time.Millisecond)
	}
	if want := []Target{addr(5), addr(4), addr(2), addr(3)}; !slices.Equal(order, want) {
		t.Errorf("sent %v, want %v", order, want)
	}
}

// A queue with many different deadlines is cheap.
func TestManyDeadlines(t *testing.T) {
	var q queue
	goals := make([]goal, 20000)
	for n := range goals {
		g := &goals[n]
		g.due = time.Duration(n*7919%len(goals)) + time.Second
		g.rank = g.due
		q.add(g, 0)
	}
	last := time.Duration(0)
	for range goals {
		q.advance(0)
		g := q.first()
		if g.due < last {
			t.Fatalf("%v comes after %v", g.due, last)
		}
		last = g.due
		g.take()
	}
}

// A departing caller does not change the place of other callers with the same target.
func TestPlaceInTheQueueStays(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 1 })
	d.call(addr(2))
	d.call(addr(3))
	leaves := d.call(addr(3))
	d.Cancel(d.now, leaves, func(*eni.Error) *eni.Error { return outage })
	if ch := d.send(); ch.Targets[0] != addr(2) {
		t.Errorf("sent %v first", ch.Targets)
	}
}

// A requeued goal goes before goals that came after its first sending, of any action.
func TestRequeuedKeepsItsAge(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.call(addr6(2))
	d.refuse(eni.ErrThrottled, retry)
	d.PermitAsked(d.now, UnassignIpv6)
	d.pass(time.Second)
	d.PermitGranted(d.now, UnassignIpv6)
	d.PermitGranted(d.now, UnassignPrivateIps)
	if todo := d.Next(d.now); todo.Send != UnassignPrivateIps {
		t.Errorf("%+v", todo)
	}
}

// A conflict and a throttled change are sent again as they are: the cloud did
// nothing, so nothing is described.
func TestRequeuedIsNotDescribed(t *testing.T) {
	for _, kind := range []eni.Kind{eni.ErrConflict, eni.ErrThrottled, eni.ErrPermission} {
		d := newDrive(t, nil)
		d.call(addr(2))
		d.send()
		d.refuse(kind, retry)
		d.pass(time.Second)
		d.send()
	}
}

// A call during a change that gets a final refusal is sent at once: the refusal was for
// another caller, and the cloud did nothing.
func TestRefusedTwinIsSent(t *testing.T) {
	d := newDrive(t, nil)
	first := d.call(addr(2))
	d.send()
	second := d.call(addr(2))
	d.refuse(eni.ErrPermission, Verdict{})
	d.told(first, eni.OutcomeRefused, eni.ErrPermission)
	if ch := d.send(); ch.Calls[0] != second {
		t.Errorf("sent for %v", ch.Calls)
	}
}

// A call during a change is not refused with it, and is sent after the describe that
// explains the refusal.
func TestOthersAreSentAfterARefusal(t *testing.T) {
	d := newDrive(t, nil)
	first := d.call(addr(2))
	d.send()
	second := d.call(addr(2))
	d.refuse(eni.ErrInvalid, Verdict{})
	d.describe(with(addr(2)))
	d.told(first, eni.OutcomeRefused, eni.ErrInvalid)
	if ch := d.send(); ch.Calls[0] != second {
		t.Errorf("sent for %v", ch.Calls)
	}
}

// A new goal waits for the end of a short pause, and does not wait when the refused
// callers have departed.
func TestShortPause(t *testing.T) {
	for _, stays := range []bool{true, false} {
		d := newDrive(t, nil)
		refused := d.call(addr(2))
		d.send()
		d.refuse(eni.ErrConflict, retry)
		if !stays {
			d.Cancel(d.now, refused, left)
		}
		d.call(addr(3))
		if todo := d.permits(); (todo.Send == "") != stays {
			t.Errorf("the refused one stays: %t: %+v", stays, todo)
		}
		if !stays {
			continue
		}
		d.pass(time.Second)
		if ch := d.sendAfter(with(addrs(2)...)); len(ch.Targets) != 2 {
			t.Errorf("sent %v", ch.Targets)
		}
	}
}

// A goal that had to be sent alone may be in a batch again after its callers have
// departed.
func TestAloneIsForgotten(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(addrs(2)...)
	d.sendAfter(with(addrs(2)...))
	d.refuse(eni.ErrInvalid, Verdict{})
	d.describe(with(addrs(2)...))
	d.Cancel(d.now, c, left)
	d.call(addrs(2)...)
	d.describe(with(addrs(2)...))
	if ch := d.send(); len(ch.Targets) != 2 {
		t.Errorf("sent %v", ch.Targets)
	}
}

// The age of a detach begins with its call, although it is described first.
func TestDetachHasItsAge(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.PermitAsked(d.now, UnassignPrivateIps)
	d.call(fromI1)
	d.describe(with(addr(2)))
	d.PermitGranted(d.now, UnassignPrivateIps)
	d.PermitGranted(d.now, Detach)
	if todo := d.Next(d.now); todo.Send != UnassignPrivateIps {
		t.Errorf("%+v", todo)
	}
}

// The lane wakes at the earliest end of its pauses.
func TestTheShorterPauseEndsFirst(t *testing.T) {
	var q queue
	goals := make([]goal, 2)
	q.pause([]*goal{&goals[0]}, 2*time.Second)
	q.pause([]*goal{&goals[1]}, time.Second)
	if q.wake() != time.Second {
		t.Errorf("wakes at %v", q.wake())
	}
	q.advance(time.Second)
	if q.first() != &goals[1] || q.wake() != 2*time.Second {
		t.Error("not resumed in turn")
	}
}
