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

// A conflict holds the interface for all that waits, whatever it is, and not for
// newcomers when the pause is long.
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

// What was held joins what came since, round by round.
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

// What was sent before is held too, and goes first afterwards.
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

// A pause belongs to those who were refused: when they have left, it ends.
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
	d.Leave(d.now, refused, left)
	d.told(refused, eni.OutcomeRefused, eni.ErrUnavailable)
	if ch := d.send(); !slices.Contains(ch.Calls, newcomer) {
		t.Errorf("sent for %v", ch.Calls)
	}

	// After a lost answer the newcomer waits for a describe, not for the pause.
	d = newDrive(t, nil)
	refused = d.call(addr(2))
	d.send()
	d.refuse(eni.ErrUnavailable, Verdict{Retry: true, Pause: time.Minute})
	d.describe(with(addr(2)))
	d.call(addr(2))
	d.Leave(d.now, refused, left)
	d.told(refused, eni.OutcomeUnknown, eni.ErrUnavailable)
	d.sendAfter(with(addr(2)))
}
