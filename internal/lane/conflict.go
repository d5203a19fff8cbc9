// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"
)

// staysBusy reports whether the cloud refuses changes after it has accepted one, until
// that is complete.
func (l *Lane) staysBusy() bool { return l.cfg.Tasks || l.awaitAll }

// conflict handles a conflict while an accepted change is not complete: this cloud
// refuses changes until it is, so the lane waits for completion from now on.
func (l *Lane) conflict(now time.Duration) {
	for _, ch := range slices.Backward(l.changes) {
		if !ch.over && now < after(ch.answered, l.timing.awaitPatience) {
			l.awaitAll, l.awaits = true, ch
			l.pollAt = min(l.pollAt, now)
			return
		}
	}
}

// awaitLost handles a conflict soon after a change whose response was lost: that change
// is in progress, as a rule, unless the cloud has accepted another one since. Its targets
// are described until they are gone, and nothing is sent meanwhile. Without that each
// further change would meet the same conflict.
func (l *Lane) awaitLost(now time.Duration) {
	until := after(l.lostAt, l.timing.twinPatience)
	if now >= until {
		return
	}
	for _, d := range l.doubts {
		g := d.goal
		if g.place != inQueue && g.place != inVerify || now >= g.doubtUntil {
			continue
		}
		if g.target.Action.Whole() {
			continue // the state of the interface would show that it is in progress
		}
		l.lostUntil = until
		g.notBefore = max(g.notBefore, until)
		if g.place == inQueue {
			l.put(g, inVerify, now)
		}
	}
}
