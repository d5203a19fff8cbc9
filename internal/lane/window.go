// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// Callers arrive in bursts: all at once when a node is removed, or one after another
// when a change is done, each with its next address. A lane that sent its queue at
// once would alternate between a small change and a large one, and send twice as many
// as necessary. So after a change it waits 1/returnPart of the change's duration for
// the next calls of the same callers.
const returnPart = 8

// window is the batch window: the lane sends when this number of goals is wanted, or
// when the window ends.
type window struct {
	goals int
	until time.Duration
	span  time.Duration // length of the last window, reused when a change completes
}

// open reports whether the lane still waits for more goals.
func (w window) open(now time.Duration, wanted int) bool { return now < w.until && wanted < w.goals }

// openForBurst opens a window in an idle lane for calls at the same time. Zero, for a
// lone call, opens none.
func (l *Lane) openForBurst(now, burst time.Duration) {
	if burst > 0 && l.wanted == 0 && l.current == nil && now >= l.window.until {
		l.window.goals, l.window.until = l.cfg.PerChange, after(now, burst)
	}
}

// openForReturn opens a window for the next calls of an accepted change's callers.
// Callers who wait for its completion return later; see [Lane.WaitBegan].
func (l *Lane) openForReturn(ch *Change, now time.Duration) {
	span := min(max((now-ch.sentAt)/returnPart, l.timing.minReturn), l.timing.maxReturn)
	if ch.taskID != "" {
		span = l.timing.maxReturn // the change has only begun
	}
	l.window = window{goals: min(l.wanted+len(ch.goals), l.cfg.PerChange), until: after(now, span), span: span}
}

// keepForWaiter adjusts the window for a caller who waits for completion: it is still
// expected if the last change completed within soonEffect, and else not counted.
func (l *Lane) keepForWaiter(now time.Duration) {
	if l.effect > l.timing.soonEffect {
		l.window.goals = max(l.window.goals-1, 0)
		return
	}
	if now < l.window.until {
		l.window.until = max(l.window.until, after(now, 2*l.effect))
	}
}

// openForWaiters opens a window when a change is complete, for the next calls of the
// callers who waited for that. A single caller gets none.
func (l *Lane) openForWaiters(ch *Change, now time.Duration) {
	back := min(l.waiters, len(ch.Calls))
	if goals := min(l.wanted+back, l.cfg.PerChange); back > 0 && goals > 1 {
		l.window.goals, l.window.until = goals, max(l.window.until, after(now, l.window.span))
	}
}
