// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// Callers come in crowds: all at once when a node goes away, or back one after
// another, each with its next address, when a change is done. A lane that took
// its queue at once would send a small change and then a large one in turn, and
// twice as many as need be. So it waits for the callers of its last change to come
// back, for a part of the time that the change took.
const returnPart = 8

// window is the batch window: the lane sends when so many goals are wanted, or at
// its end.
type window struct {
	goals int
	until time.Duration
	span  time.Duration // of the last one, for those who come back when their change is complete
}

// open reports whether the window waits for more.
func (w window) open(now time.Duration, wanted int) bool { return now < w.until && wanted < w.goals }

// openForBurst opens a window for those who call at the same time, where the lane
// is idle and others call elsewhere. A call that comes alone waits for nobody.
func (l *Lane) openForBurst(now, crowd time.Duration) {
	if crowd > 0 && l.wanted == 0 && l.current == nil && now >= l.window.until {
		l.window.goals, l.window.until = l.cfg.PerChange, after(now, crowd)
	}
}

// openForReturn opens a window for the callers of an accepted change. Those who wait
// for its effect come back later; see [Lane.WaitBegan].
func (l *Lane) openForReturn(ch *Change, now time.Duration) {
	span := min(max((now-ch.sentAt)/returnPart, l.timing.minReturn), l.timing.maxReturn)
	if ch.taskID != "" {
		span = l.timing.maxReturn // the change has only begun
	}
	l.window = window{goals: min(l.wanted+len(ch.goals), l.cfg.PerChange), until: after(now, span), span: span}
}

// keepForWaiter goes on to expect one who waits for the effect where that comes soon,
// as it did the last time; else it takes the one out of those who are expected.
func (l *Lane) keepForWaiter(now time.Duration) {
	if l.effect > l.timing.soonEffect {
		l.window.goals = max(l.window.goals-1, 0)
		return
	}
	if now < l.window.until {
		l.window.until = max(l.window.until, after(now, 2*l.effect))
	}
}

// openForWaiters opens the window when a change is complete, for those who waited
// for that: they come back now. One who waits alone is not waited for.
func (l *Lane) openForWaiters(ch *Change, now time.Duration) {
	back := min(l.waiters, len(ch.Calls))
	if goals := min(l.wanted+back, l.cfg.PerChange); back > 0 && goals > 1 {
		l.window.goals, l.window.until = goals, max(l.window.until, after(now, l.window.span))
	}
}
