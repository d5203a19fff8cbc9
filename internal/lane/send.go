// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"
)

// Take returns the next change of an action, which the runner sends now. The lane
// chooses its targets at this moment. Todo.Send must have named the action.
func (l *Lane) Take(now time.Duration, a Action) *Change {
	l.begin(now)
	i := a.index()
	asked := l.permits[i].asked
	l.permits[i] = permit{}
	var ch *Change
	if l.stuckWants(i) {
		ch = l.takeStuck(now)
	} else {
		ch = l.take(i)
		ch.QueueWait = max(asked-ch.goals[0].waits, 0)
	}
	ch.PermitWait = now - asked
	if a == Detach {
		ch.TrunkInterfaceID = l.trunkFor(ch)
	}
	l.current, ch.sent, ch.sentAt = ch, l.events, now
	l.queues[i].served = l.events
	for _, g := range ch.goals {
		g.inProgress = true
		if g.place == inQueue {
			l.unplace(g)
		}
	}
	for _, call := range ch.Calls {
		call.Attempts++
	}
	l.end(now)
	return ch
}

// take moves the claims of the next batch into a new change.
func (l *Lane) take(action int) *Change {
	batch := l.nextBatch(action)
	ch := &Change{Action: Actions[action]}
	ch.Targets, ch.goals, ch.claims, ch.Calls = ch.room.target[:0], ch.room.goal[:0], ch.room.claim[:0], ch.room.call[:0]
	ch.goals = append(ch.goals, batch...)
	for _, g := range ch.goals {
		ch.Targets = append(ch.Targets, g.target)
		for _, cl := range slices.Backward(g.queued) {
			cl.notShown = cl.call.event < l.snapshot.event && l.verdictOn(g) == gone
			cl.state = inProgress
			ch.put(cl)
			ch.addCall(cl.call)
		}
		g.refused = 0
		clear(g.queued)
		g.queued = g.queued[:0]
		l.countWanted(g, -1)
	}
	return ch
}

// trunkFor returns the trunk that an interface is detached from: the one in the latest
// describe, which the callers' terms allow, else the one in the call.
func (l *Lane) trunkFor(ch *Change) string {
	switch i := l.snapshot.shown; {
	case i != nil && i.TrunkInterfaceID != "":
		return i.TrunkInterfaceID
	case len(ch.Calls) > 0:
		return ch.Calls[0].Terms.TrunkInterfaceID
	default:
		return ""
	}
}

// addCall adds a call whose claims the change carries.
func (ch *Change) addCall(call *Call) {
	if call.change != ch {
		call.change = ch
		ch.Calls = append(ch.Calls, call)
	}
}

// stuckWants reports whether a permit for the action is for a stuck change.
func (l *Lane) stuckWants(action int) bool {
	return l.stuck != nil && Actions[action] == l.stuck.Action
}

// takeStuck returns the change that sends a stuck detach or deletion again.
func (l *Lane) takeStuck(now time.Duration) *Change {
	stuck := l.stuck
	l.stuck = nil
	stuck.patience *= 2
	stuck.resendAt = after(now, stuck.patience)
	stuck.resent++
	ch := &Change{Action: stuck.Action, Targets: stuck.Targets, goals: stuck.goals, original: stuck}
	for _, cl := range stuck.claims {
		if l.forbids(cl) {
			continue // the change is another caller's
		}
		cl.tries++
		ch.addCall(cl.call)
	}
	return ch
}

// checkStuck finds an accepted change to send again: the latest describe shows the
// interface still detaching from that instance, or still being deleted, after the
// change's patience.
func (l *Lane) checkStuck(now time.Duration) {
	if l.stuck != nil && (l.verdictOn(l.stuck.goals[0]) != leaving || !l.mayResend(l.stuck, now)) {
		l.stuck = nil
	}
	for _, ch := range l.changes {
		if ch.patience > 0 && now >= ch.resendAt &&
			l.verdictOn(ch.goals[0]) == leaving && l.mayResend(ch, now) {
			l.stuck = ch
		}
	}
}

// mayResend reports whether the terms and the budget of at least one claim allow another
// sending. The terms of its call do not end a claim that waits for another party's
// deletion, but that deletion is not sent again for it.
func (l *Lane) mayResend(ch *Change, now time.Duration) bool {
	for _, cl := range ch.claims {
		if cl.obsolete() || l.forbids(cl) {
			continue
		}
		cl.tries++
		ok := !l.spent(cl, Verdict{Retry: true}, now)
		cl.tries--
		if ok {
			return true
		}
	}
	return false
}

// forbids reports whether the terms of the claim's call forbid a change of the interface
// that the latest describe shows.
func (l *Lane) forbids(cl *Claim) bool {
	i := l.snapshot.shown
	return i != nil && cl.violated(i, there) != nil
}

// resent handles the answer to a change that was sent again. The next describe shows
// its effect.
func (l *Lane) resent(ch *Change, a Answer, now time.Duration) {
	l.pollAt, l.pollSince = now, l.events
	clean := a.NotSent || a.Err != nil && steps[a.Err.Kind] != resend
	if clean {
		return
	}
	for _, g := range ch.goals {
		l.doubt(g, now)
	}
	for _, cl := range ch.original.claims {
		if slices.Contains(ch.Calls, cl.call) {
			cl.credit = true
		}
	}
}
