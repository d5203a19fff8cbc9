// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Answer is the cloud's answer to a change, or that none came.
type Answer struct {
	Err       *eni.Error // nil where the cloud accepted the change
	RequestID string
	TaskID    string

	// NotSent tells of an error that nothing left for the cloud: it has nothing
	// to carry out.
	NotSent bool

	// Verdict is what the caller's policy says of Err.
	Verdict Verdict

	// Hold is how long the cloud asks to leave the interface alone.
	Hold time.Duration

	// Effect is how long a change takes as a rule, where its answer was lost: sent
	// again before, it would meet itself.
	Effect time.Duration

	// Crowd says that other interfaces are changed at the same time, so that what
	// is polled is polled at the strokes of one clock.
	Concurrent bool
}

// Verdict is what the policy of the client's user says of an error.
type Verdict struct {
	Retry bool          // worth another change
	Pause time.Duration // before that change; negative where there shall be none
}

// step is what follows a refusal.
type step uint8

const (
	requeue step = iota // pause, and send again where the verdict allows that: the cloud did nothing
	resend              // pause, describe, and send again what is still there: the answer was lost
	examine             // describe: whether it is a failure depends on the interface
)

// steps is the decision for each kind. The others are requeued.
var steps = map[eni.Kind]step{
	eni.ErrUnavailable: resend,

	eni.ErrNotAssigned: examine, // stale, primary, or released by the same change
	eni.ErrNotFound:    examine, // a single witness
	eni.ErrState:       examine, // detached already, or in a state that passes
	eni.ErrInvalid:     examine, // one bad address spoils a batch
	eni.ErrUnknown:     examine, // likewise, for all we know
	eni.ErrUnsupported: examine, // what Tencent Cloud says of a primary address
}

// shows are the kinds that say something of the interface also where no change left:
// the driver has looked at it first.
var shows = map[eni.Kind]bool{eni.ErrNotFound: true, eni.ErrNotAssigned: true, eni.ErrState: true}

// scope is which other changes of a call a final refusal ends: sending them would
// only be refused again.
type scope uint8

const (
	itself   scope = iota
	sameForm       // addresses, or prefixes, of the same action
	wholeCall
)

var scopes = map[eni.Kind]scope{
	eni.ErrUnauthenticated: wholeCall, // true of the account
	eni.ErrPermission:      wholeCall,
	eni.ErrQuota:           wholeCall,
	eni.ErrUnsupported:     sameForm,
}

// Answered is told the answer to the change in the air.
func (l *Lane) Answered(now time.Duration, a Answer) {
	l.begin(now)
	ch := l.current
	l.current, ch.answered, ch.requestID, ch.taskID = nil, now, a.RequestID, a.TaskID
	for _, g := range ch.goals {
		g.inProgress = false
	}
	for _, call := range ch.Calls {
		switch {
		case a.NotSent:
			call.Attempts--
		case a.RequestID != "":
			call.RequestIDs = append(call.RequestIDs, a.RequestID)
		}
	}
	next := requeue
	if a.Err != nil {
		if !a.NotSent || shows[a.Err.Kind] {
			next = steps[a.Err.Kind] // where nothing left there is nothing to examine
		}
		if a.Err.Kind == eni.ErrNotFound && !a.NotSent {
			l.notFoundAt = now
		}
	}
	for _, cl := range ch.claims {
		cl.state, cl.since, cl.lastErr = queued, l.events, a.Err
		cl.sent = cl.sent || !a.NotSent
		cl.refused = true
	}
	switch {
	case ch.original != nil:
		l.resent(ch, a, now)
	case a.Err == nil:
		l.accept(ch, a, now)
	default:
		l.refused(ch, a, next, now)
	}
	l.end(now)
}

// refused deals with a change that the cloud did not accept.
func (l *Lane) refused(ch *Change, a Answer, next step, now time.Duration) {
	if a.Err.Kind == eni.ErrConflict && !a.NotSent {
		l.conflict(now)
	}
	if next == resend && (l.cfg.Tasks || l.awaitAll) {
		l.lostUntil = after(now, a.Effect)
	}
	uncertain := next == resend || next == examine && !a.NotSent && len(ch.goals) > 1 && partial[a.Err.Kind]
	for _, g := range ch.goals {
		g.lost = now
		if uncertain {
			g.answered = l.events
			l.doubt(g, now)
		}
	}
	if uncertain {
		for _, cl := range ch.claims {
			cl.mayHaveActed()
		}
	}
	l.giveUpExpired(ch, a.Err)
	switch next {
	case examine:
		r := &refusal{event: l.events, err: a.Err, verdict: a.Verdict, goals: ch.goals}
		for _, cl := range ch.claims {
			cl.refusal = r
		}
		l.refusals = append(l.refusals, r)
		l.requeueChange(ch, inVerify, now)
	default:
		if !a.Verdict.Retry {
			l.failAll(ch, a, now)
			return
		}
		l.again(ch, a, next, now)
	}
}

// giveUpExpired ends the claims whose MaxElapsed was over while they were in the
// air: they are not sent again, and nothing is described for them.
func (l *Lane) giveUpExpired(ch *Change, e *eni.Error) {
	for _, cl := range slices.Backward(ch.claims) {
		if cl.call.expired {
			ch.drop(cl)
			l.giveUp(cl, e)
		}
	}
}

// again puts the claims of a refused change back, with the pause that the
// caller's policy asks for. Claims whose budget does not reach that far end now.
func (l *Lane) again(ch *Change, a Answer, next step, now time.Duration) {
	until := after(now, max(a.Verdict.Pause, a.Hold))
	if next == resend {
		until = max(until, after(now, a.Effect))
	}
	for _, cl := range slices.Backward(ch.claims) {
		if cl.tries++; l.spent(cl, a.Verdict, until) {
			ch.drop(cl)
			l.giveUp(cl, a.Err)
		}
	}
	for _, g := range ch.goals {
		g.notBefore = until
	}
	where := inQueue
	if next == resend {
		where = inVerify
	}
	l.requeueChange(ch, where, now)
	if a.Err.Kind == eni.ErrConflict && !a.NotSent {
		// The cloud refuses changes to the interface, whatever they carry. Those who
		// come later have seen no refusal, and are not held.
		l.busyUntil = until
		for i := range l.queues {
			l.queues[i].hold(until)
		}
	}
}

// spent reports whether a claim may not be sent once more at a time.
func (l *Lane) spent(cl *Claim, v Verdict, at time.Duration) bool {
	return !v.Retry || v.Pause < 0 ||
		l.cfg.MaxAttempts > 0 && cl.tries >= l.cfg.MaxAttempts ||
		l.cfg.MaxElapsed > 0 && at >= after(cl.call.began, l.cfg.MaxElapsed)
}

// requeueChange moves the claims of a change back to their goals, and the goals to a
// place where they wait.
func (l *Lane) requeueChange(ch *Change, where place, now time.Duration) {
	for _, cl := range ch.claims {
		l.enqueue(cl)
		cl.change = nil
	}
	for _, g := range ch.goals {
		l.put(g, where, now)
	}
}

// conflict deals with a conflict while an accepted change of ours goes on: the
// cloud refuses changes until that is complete, so the lane waits from now on.
func (l *Lane) conflict(now time.Duration) {
	for _, ch := range slices.Backward(l.changes) {
		if !ch.over && now < after(ch.answered, l.timing.awaitPatience) {
			l.awaitAll, l.awaits = true, ch
			l.pollAt = min(l.pollAt, now)
			return
		}
	}
}

// failAll ends the claims of a change that was refused for good, and what the
// same refusal ends of their calls.
func (l *Lane) failAll(ch *Change, a Answer, now time.Duration) {
	calls, e, reach := ch.Calls, a.Err, scopes[a.Err.Kind]
	if a.NotSent && reach == itself && !shows[e.Kind] {
		reach = wholeCall // no other change would leave either
	}
	for len(ch.claims) > 0 {
		cl := ch.claims[len(ch.claims)-1]
		ch.drop(cl)
		l.giveUp(cl, e)
	}
	for _, g := range ch.goals {
		// Who called meanwhile is not refused by it; a lost answer is described first.
		if now < l.doubtEnd(g) {
			l.put(g, inVerify, now)
		} else {
			l.put(g, inQueue, now)
		}
	}
	for _, call := range calls {
		l.failCall(call, ch.Targets[0], e, reach, now)
	}
}

// failCall ends what a final refusal ends of a call beside the claims that met it.
func (l *Lane) failCall(call *Call, t Target, e *eni.Error, reach scope, now time.Duration) {
	if reach == itself {
		return
	}
	for i := range call.Claims {
		cl := &call.Claims[i]
		if cl.state == queued && (reach == wholeCall || cl.Target.travelsWith(t)) {
			l.retire(cl, e, now)
		}
	}
}

// giveUp decides a claim that is in no list any more.
func (l *Lane) giveUp(cl *Claim, e *eni.Error) {
	cl.decide(l.givenUp(cl), undecided(e))
}

// retire takes a claim out of the queue and decides it.
func (l *Lane) retire(cl *Claim, e *eni.Error, now time.Duration) {
	g := cl.goal
	l.unqueue(cl)
	l.giveUp(cl, e)
	l.forget(g, now)
}

// undecided is the error of a claim that was not seen gone. The cloud's word alone
// does not make an address absent, nor an interface missing.
func undecided(e *eni.Error) *eni.Error {
	if e == nil || e.Kind != eni.ErrNotAssigned && e.Kind != eni.ErrNotFound {
		return e
	}
	own := *e
	own.Kind = eni.ErrConflict
	return &own
}
