// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Todo is what a lane wants of its runner. It is a state, not an order: the runner
// compares it with what is under way, begins what is wanted and ends what is not.
type Todo struct {
	Send           Action               // take a change of this action and send it; empty for none
	Abort          bool                 // nobody waits for the change in the air any more
	Permits        [len(Actions)]Permit // of each action's limiter
	Describe       bool                 // a description that begins from now on is wanted
	AwaitsDescribe bool                 // somebody waits for a description, perhaps one under way
	Task           *Change              // ask for this change's task; nil for none
	Judge          *eni.Error           // give a verdict on this error; nil for none
	Wake           time.Duration        // tick then
}

// Next says what is to be done next. It changes nothing.
func (l *Lane) Next(now time.Duration) Todo {
	t := Todo{Wake: min(l.nextExpiry(), l.twinsAt)}
	for i := range l.queues {
		t.Wake = min(t.Wake, l.queues[i].wake())
	}
	t.Abort = l.current != nil && l.current.abandoned()
	if len(l.objections) > 0 {
		t.Judge = l.objections[0].err
	}
	survey := l.sending(now, &t)
	l.describing(now, survey, &t)
	return t
}

// abandoned reports whether all whose claims a change carried have left.
func (ch *Change) abandoned() bool { return len(ch.claims) == 0 && ch.original == nil }

// sending decides what is sent, or what has to come before, and reports whether
// that is a description.
func (l *Lane) sending(now time.Duration, t *Todo) (survey bool) {
	switch {
	case l.current != nil:
		l.keepPermits(t)
		return false
	case l.window.open(now, l.wanted) && l.wanted > 0 && l.stuck == nil:
		t.Wake = min(t.Wake, l.window.until)
		l.keepPermits(t)
		return false
	case now < l.lostUntil && l.verifyCount > 0 && l.stuck == nil:
		// The next change would meet the one whose answer was lost.
		t.Wake = min(t.Wake, l.lostUntil)
		l.keepPermits(t)
		return false
	case l.awaits != nil && l.stuck == nil:
		if l.wanted > 0 {
			t.Wake = min(t.Wake, after(l.awaits.answered, l.timing.awaitPatience))
		}
		l.keepPermits(t)
		return false
	}
	for _, i := range l.order() {
		if l.awaits != nil && !l.stuckWants(i) || l.inQuestion(Actions[i]) {
			continue
		}
		p := l.wantsPermit(i)
		t.Permits[i] = p
		if !p.Wanted {
			continue
		}
		switch l.permits[i].state {
		case permitNone:
			return survey // whether there is one at once decides what comes next
		case permitAsked:
			continue
		case permitHeld:
		}
		if l.needsSurvey(i, now) {
			survey = true
			continue
		}
		t.Send = Actions[i]
		return survey
	}
	return survey
}

// inQuestion reports whether a change of an action was refused for what may be
// true of the interface or of the form, and not of an address: until a description
// has explained it, another one would only be refused again.
func (l *Lane) inQuestion(a Action) bool {
	for _, r := range l.refusals {
		if r.goals[0].target.Action == a && !spoils[r.err.Kind] {
			return true
		}
	}
	return false
}

// keepPermits leaves the permits as they are.
func (l *Lane) keepPermits(t *Todo) {
	for i := range t.Permits {
		if l.permits[i].state != permitNone {
			t.Permits[i] = l.wantsPermit(i)
		}
	}
}

// order lists the actions in the order in which their first goals are served: the
// oldest first, but an action that was just served after the others.
func (l *Lane) order() (order [len(Actions)]int) {
	var key [len(Actions)]event
	for i := range order {
		order[i] = i
		if g := l.permitOwner(i); g != nil {
			key[i] = max(g.event, l.queues[i].served)
		}
	}
	for i := 1; i < len(order); i++ {
		for k := i; k > 0 && key[order[k]] < key[order[k-1]]; k-- {
			order[k], order[k-1] = order[k-1], order[k]
		}
	}
	return order
}

// needsSurvey reports whether the next change of an action has to wait for a
// description: nothing is sent on old evidence, and of many addresses it has to
// be known which are there.
func (l *Lane) needsSurvey(action int, now time.Duration) bool {
	if l.stuckWants(action) {
		return !l.freshSnapshot(now)
	}
	goals := l.nextBatch(action)
	if len(goals) > 0 && l.travelClass(goals[0], now) == never {
		return true // a description refuses it, and costs no change
	}
	for _, g := range goals {
		if !l.fresh(g, now) {
			return true
		}
	}
	return len(goals) > 1 && now > after(l.snapshot.at, l.timing.surveyed)
}

// nextBatch lists what goes into the next change of an action: the first goal and
// all that can travel with it.
func (l *Lane) nextBatch(action int) []*goal {
	batch := l.batch[:0]
	var class verdict
	examined := 0
	l.queues[action].all(func(g *goal) bool {
		examined++
		switch {
		case len(batch) == 0:
			class = l.travelClass(g, l.now)
			batch = append(batch, g)
		case batch[0].alone:
			return false
		case !g.alone && g.target.travelsWith(batch[0].target) && l.travelClass(g, l.now) == class:
			batch = append(batch, g)
		}
		return len(batch) < l.cfg.PerChange && examined < 4*l.cfg.PerChange
	})
	l.batch = batch
	return batch
}

// describing decides whether the interface is described, and whether a task is asked
// for. Survey says that the next change waits for a description.
func (l *Lane) describing(now time.Duration, survey bool, t *Todo) {
	t.AwaitsDescribe = survey || l.verifyCount > 0 || l.polling()
	at := forever
	if survey && !l.underWaySince(now-l.timing.fresh) {
		at = now
	}
	if l.verifyCount > 0 && !l.underWayAfter(l.verifySince) {
		at = min(at, l.verifyAt)
	}
	if l.polling() {
		if at > now {
			l.nextTask(now, t)
		}
		if !l.underWayAfter(l.pollSince) {
			at = min(at, max(l.pollAt, l.secondWitnessAt(now)))
		}
	}
	// A second witness that comes too early is none.
	if now <= after(l.missedAt, l.timing.witnessLife) {
		at = max(at, after(l.missedAt, l.timing.witnessesApart))
	}
	// After a failure there is a pause, but not for those who came since.
	if l.verifyCount == 0 || l.verifySince < l.failed {
		at = max(at, l.describeAt)
	}
	if at > now {
		t.Wake = min(t.Wake, at)
		return
	}
	t.Describe = t.Task == nil
}

// secondWitnessAt is when the second witness is described of an interface that went
// missing after a change, where others go at the same time: on the clock that they
// share. It is long ago where there is nothing to wait for.
func (l *Lane) secondWitnessAt(now time.Duration) time.Duration {
	if len(l.changes) == 0 || !l.changes[len(l.changes)-1].concurrent || now > after(l.missedAt, l.timing.witnessLife) {
		return longAgo
	}
	return l.align(after(l.missedAt, l.timing.witnessesApart), l.timing.minDetachPoll)
}

// underWaySince reports whether a description is under way that began since a time.
func (l *Lane) underWaySince(at time.Duration) bool {
	n := len(l.describes)
	return n > 0 && l.describes[n-1].at >= at
}

// underWayAfter reports whether a description is under way that began after an event.
func (l *Lane) underWayAfter(e event) bool {
	n := len(l.describes)
	return n > 0 && l.describes[n-1].event > e
}

// polling reports whether anybody waits for an accepted change to complete, or too
// many were described by nobody.
func (l *Lane) polling() bool {
	return len(l.changes) > 0 && (l.waiters > 0 || l.twinCount > 0 || l.awaits != nil && l.wanted > 0 || l.deletionWaits()) || l.describesUnasked()
}

// maxIncomplete is how many accepted changes may be described by nobody: callers who
// never ask what became of theirs would leave more and more.
const maxIncomplete = 16

// describesUnasked reports whether the lane describes by itself, from time to time, what it
// has to remember of a busy interface.
func (l *Lane) describesUnasked() bool {
	n := len(l.changes)
	return n >= maxIncomplete && l.now > after(l.snapshot.at, l.timing.surveyed) &&
		l.now < after(l.changes[n-1].answered, l.timing.surveyed)
}
