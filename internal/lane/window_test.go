package lane

import (
	"testing"
	"time"
)

// A lane waits for a crowd when others call elsewhere, and for the callers of its
// last change.
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
	}{{0, usual.leastReturn, ""}, {80 * time.Millisecond, 10 * time.Millisecond, ""}, {time.Minute, usual.mostReturn, ""}, {0, usual.mostReturn, "t-1"}} {
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
