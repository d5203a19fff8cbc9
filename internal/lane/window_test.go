// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// A lane waits for more callers in a burst, and for the callers of its last change.
func TestWindow(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.PerChange = 3 })
	d.Add(d.now, NewCall(addrs(1)), 20*time.Millisecond)
	if todo := d.permits(); todo.Send != "" || todo.Describe || todo.Permits[0].Wanted || todo.Wake != 20*time.Millisecond {
		t.Fatalf("%+v", todo)
	}
	d.Add(d.now, NewCall([]Target{addr(3), addr(4)}), 20*time.Millisecond)
	d.sendAfter(with(addrs(3)...)) // as many as travel together
	d.now += 160 * time.Millisecond
	d.accept()
	d.call(addr(2), addr(5))
	if todo := d.permits(); todo.Send != "" || todo.Wake != 180*time.Millisecond {
		t.Fatalf("%+v", todo)
	}
	d.describe(with())
	if todo := d.permits(); todo.Send != "" || todo.Wake != 180*time.Millisecond {
		t.Errorf("the window does not open anew: %+v", todo)
	}
	d.pass(20 * time.Millisecond)
	d.send()
}

// A window is a part of the time that the change took, within bounds.
func TestWindowSpan(t *testing.T) {
	for _, c := range []struct {
		took, want time.Duration
		task       string
	}{{0, defaultTiming.minReturn, ""}, {80 * time.Millisecond, 10 * time.Millisecond, ""}, {time.Minute, defaultTiming.maxReturn, ""}, {0, defaultTiming.maxReturn, "t-1"}} {
		d := newDrive(t, nil)
		d.call(addr(2))
		d.send()
		d.now += c.took
		d.Answered(d.now, Answer{TaskID: c.task})
		if span := d.window.until - d.now; span != c.want {
			t.Errorf("a change of %v: a window of %v, want %v", c.took, span, c.want)
		}
	}
}

// Callers who wait for completion call again after it, and not before. A single caller is
// not delayed.
func TestWindowForThoseWhoWait(t *testing.T) {
	const answered, effect = 400 * time.Millisecond, 500 * time.Millisecond
	for _, c := range []struct {
		name         string
		travel, wait int           // callers of the change, and of those who wait for its effect
		comes        time.Duration // when another one calls
		waits        bool          // for others
	}{
		{"those of a change come back at its answer", 10, 0, answered + time.Millisecond, true},
		{"and not for ever", 10, 0, answered + 60*time.Millisecond, false},
		{"those who wait for the effect do not come back yet", 10, 10, answered + time.Millisecond, false},
		{"but when it has come", 10, 10, effect + time.Millisecond, true},
		{"and not for ever", 10, 10, effect + 60*time.Millisecond, false},
		{"some wait, and some come back at once", 10, 5, answered + time.Millisecond, true},
		{"one who comes back alone waits for nobody", 1, 0, answered + time.Millisecond, false},
		{"nor when the effect has come", 1, 1, effect + time.Millisecond, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDrive(t, nil)
			for n := range c.travel {
				d.Add(d.now, NewCall([]Target{addr(n + 2)}), time.Millisecond)
			}
			d.pass(time.Millisecond)
			if c.travel > 1 {
				d.permits()
				d.describe(with(addrs(c.travel)...))
			}
			if ch := d.send(); len(ch.Calls) != c.travel {
				t.Fatalf("%d travel, want %d", len(ch.Calls), c.travel)
			}
			d.now = answered
			d.accept()
			for range c.wait {
				d.WaitBegan(d.now)
			}
			if c.comes > effect {
				d.now = effect
				d.describe(with())
				for range c.wait {
					d.WaitEnded()
				}
			}
			d.now = c.comes
			d.call(addr(100))
			if waits := !d.Next(d.now).Permits[0].Wanted; waits != c.waits {
				t.Errorf("waits for others: %t, want %t", waits, c.waits)
			}
		})
	}
}

// If completion is soon after the answer, the window also waits for these callers, so that
// separated groups of callers share changes again.
func TestWindowWhereTheEffectComesSoon(t *testing.T) {
	for _, c := range []struct {
		name   string
		effect time.Duration // after the answer
		waits  bool
	}{{"soon", 40 * time.Millisecond, true}, {"late", time.Second, false}} {
		t.Run(c.name, func(t *testing.T) {
			d := newDrive(t, nil)
			for n := range 10 {
				d.Add(d.now, NewCall([]Target{addr(n + 2)}), time.Millisecond)
			}
			d.permits()
			d.describe(with(addrs(10)...))
			d.send()
			d.pass(400 * time.Millisecond)
			d.accept()
			for range 10 {
				d.WaitBegan(d.now)
			}
			d.pass(c.effect)
			d.describe(with())
			for range 10 {
				d.WaitEnded()
			}
			d.pass(100 * time.Millisecond)
			// Five callers return, and five later.
			for n := range 5 {
				d.call(addr(n + 20))
			}
			d.permits()
			d.describe(with(addrs(60)...))
			d.send()
			for n := range 5 {
				d.call(addr(n + 30))
			}
			d.pass(400 * time.Millisecond)
			d.accept()
			for range 5 {
				d.WaitBegan(d.now)
			}
			todo := d.permits()
			if waits := todo.Send == ""; waits != c.waits {
				t.Fatalf("waits for the others: %t, want %t", waits, c.waits)
			}
			if !c.waits {
				return
			}
			d.pass(c.effect)
			d.describe(with(addrs(60)[10:]...))
			for n := range 5 {
				d.call(addr(n + 40))
			}
			if ch := d.send(); len(ch.Targets) != 10 {
				t.Errorf("%d travel, want 10", len(ch.Targets))
			}
		})
	}
}

// A busy lane opens no window: new goals collect meanwhile.
func TestNoWindowWhileBusy(t *testing.T) {
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.Add(d.now, NewCall([]Target{addr(3)}), time.Second)
	d.refuse(eni.ErrPermission, Verdict{})
	d.send()

	d = newDrive(t, nil)
	d.call(addr(2))
	d.Add(d.now, NewCall([]Target{addr6(1)}), time.Second)
	d.send()
}

// The window after a change is a part of its duration, at any time.
func TestWindowSpanLater(t *testing.T) {
	d := newDrive(t, nil)
	d.pass(time.Hour)
	d.call(addr(2))
	d.send()
	d.pass(80 * time.Millisecond)
	d.accept()
	if span := d.window.until - d.now; span != 10*time.Millisecond {
		t.Errorf("a window of %v", span)
	}
}
