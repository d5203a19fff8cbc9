// SPDX-License-Identifier: Apache-2.0

package lane

// checkOrder judges the order of changes with one address each: of the targets that were
// not sent yet, the one with the earliest deadline is first. A goal without a deadline goes
// before later deadlines when it has waited long enough.
func (w *world) checkOrder() {
	time, sent := w.leastTime(w.net.m)
	for _, bit := range []uint8{a, b} {
		if bit == w.net.m || w.wantedBy(bit) == 0 {
			continue
		}
		if other, before := w.leastTime(bit); sent <= 1 && before == 0 && other < time {
			w.fail("%s is sent before %s, which has less time", names(w.net.m), names(bit))
		}
	}
}

// leastTime returns the remaining ticks of a target's callers, and how often it was sent
// for one of them, or for others whose change can still act.
func (w *world) leastTime(bit uint8) (least int, sent uint8) {
	least = unset
	for c := range callers {
		switch {
		case w.called>>c&1 == 0 || w.scene.wants[c]&bit == 0:
			continue
		case w.ended>>c&1 == 1:
			sent = unset // its target keeps the place that it had for the sake of this caller
			continue
		}
		for t := range targets {
			if bit>>t&1 == 1 {
				sent = max(sent, w.sends[c][t])
				if w.doubtAge[t] != unset {
					sent = unset
				}
			}
		}
		if w.told[c] != [targets]told{} {
			sent = unset
		}
		time := int(behindDeadlines / tick)
		if deadline := int(w.scene.deadlines[c]); deadline > 0 {
			time = min(time, deadline)
		}
		least = min(least, time-int(w.age[c]))
	}
	return least, sent
}
