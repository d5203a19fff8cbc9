// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Todo is what a lane wants from its runner. It is a desired state, not a command:
// the runner compares it with what is in progress, starts what is missing and ends what
// is no longer wanted.
type Todo struct {
	Send           Action               // call Take for this action and send the change; empty for none
	Abort          bool                 // no caller waits for the change in progress any more
	Permits        [len(Actions)]Permit // wanted from each action's limiter
	Describe       bool                 // begin a describe
	AwaitsDescribe bool                 // a describe is needed, perhaps one in progress
	Task           *Change              // ask for the state of this change's task; nil for none
	Judge          *eni.Error           // call Judged with the verdict on this error; nil for none
	Wake           time.Duration        // call Tick at this time
}

// Next returns what to do next. It does not change the lane.
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

// abandoned reports whether all callers of a change have departed.
func (ch *Change) abandoned() bool { return len(ch.claims) == 0 && ch.original == nil }

// sending decides what to send, or what has to be done before sending, and reports
// whether that is a describe.
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
		// The next change would conflict with the one whose response was lost.
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
			return survey // the limiter may grant it at once; that decides what comes next
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

// inQuestion reports whether a change of an action was refused and the reason may be
// the interface or the kind of target, not one address. Another change would be
// refused too, until a describe has explained the refusal.
func (l *Lane) inQuestion(a Action) bool {
	for _, r := range l.refusals {
		if r.goals[0].target.Action == a && !spoils[r.err.Kind] {
			return true
		}
	}
	return false
}

// keepPermits asks for no new permits and keeps those that are asked for or held.
func (l *Lane) keepPermits(t *Todo) {
	for i := range t.Permits {
		if l.permits[i].state != permitNone {
			t.Permits[i] = l.wantsPermit(i)
		}
	}
}

// order lists the actions in the order in which they are served: the oldest first
// goal first, but an action that was just served last.
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

// needsSurvey reports whether the next change of an action must wait for a describe:
// the evidence is too old, or the change has several addresses and it is not known
// which of them are there.
func (l *Lane) needsSurvey(action int, now time.Duration) bool {
	if l.stuckWants(action) {
		return !l.freshSnapshot(now)
	}
	goals := l.nextBatch(action)
	if len(goals) > 0 && l.travelClass(goals[0], now) == never {
		return true // the describe decides it without a change
	}
	for _, g := range goals {
		if !l.fresh(g, now) {
			return true
		}
	}
	return len(goals) > 1 && now > after(l.snapshot.at, l.timing.surveyed)
}

// nextBatch lists the goals of the next change of an action: the first goal and those
// that the same change can carry. The result is valid until the next call.
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

// describing decides whether to describe the interface, and whether to ask for a task.
// Survey says that the next change waits for a describe.
func (l *Lane) describing(now time.Duration, survey bool, t *Todo) {
	t.AwaitsDescribe = survey || l.verifyCount > 0 || l.polling()
	at := forever
	if survey && !l.describingSince(now-l.timing.fresh) {
		at = now
	}
	if l.verifyCount > 0 && !l.describingAfter(l.verifySince) {
		at = min(at, l.verifyAt)
	}
	if l.polling() {
		if at > now {
			l.nextTask(now, t)
		}
		if !l.describingAfter(l.pollSince) {
			at = min(at, max(l.pollAt, l.secondWitnessAt(now)))
		}
	}
	// A second describe that begins too early is not a witness.
	if now <= after(l.missedAt, l.timing.witnessLife) {
		at = max(at, after(l.missedAt, l.timing.witnessesApart))
	}
	// After a failure there is a pause, but not for goals that came later.
	if l.verifyCount == 0 || l.verifySince < l.failed {
		at = max(at, l.describeAt)
	}
	if at > now {
		t.Wake = min(t.Wake, at)
		return
	}
	t.Describe = t.Task == nil
}

// secondWitnessAt returns when to describe an interface again that is missing after a
// change, if other interfaces are changed at the same time: all of them share one
// describe. It is longAgo if there is nothing to wait for.
func (l *Lane) secondWitnessAt(now time.Duration) time.Duration {
	if len(l.changes) == 0 || !l.changes[len(l.changes)-1].concurrent || now > after(l.missedAt, l.timing.witnessLife) {
		return longAgo
	}
	return l.align(after(l.missedAt, l.timing.witnessesApart), l.timing.minDetachPoll)
}

// describingSince reports whether a describe is in progress that began at a time or later.
func (l *Lane) describingSince(at time.Duration) bool {
	n := len(l.describes)
	return n > 0 && l.describes[n-1].at >= at
}

// describingAfter reports whether a describe is in progress that began after an event.
func (l *Lane) describingAfter(e event) bool {
	n := len(l.describes)
	return n > 0 && l.describes[n-1].event > e
}

// polling reports whether to describe accepted changes: a caller or a goal waits for
// one to complete, or too many are incomplete.
func (l *Lane) polling() bool {
	return len(l.changes) > 0 && (l.waiters > 0 || l.twinCount > 0 || l.awaits != nil && l.wanted > 0 || l.deletionWaits()) || l.describesUnasked()
}

// maxIncomplete is how many accepted changes may remain without a describe. Without
// this bound, callers who never wait would accumulate them.
const maxIncomplete = 16

// describesUnasked reports whether the lane describes a busy interface although no
// caller waits, so that it can forget accepted changes.
func (l *Lane) describesUnasked() bool {
	n := len(l.changes)
	return n >= maxIncomplete && l.now > after(l.snapshot.at, l.timing.surveyed) &&
		l.now < after(l.changes[n-1].answered, l.timing.surveyed)
}
