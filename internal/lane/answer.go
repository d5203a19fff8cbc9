// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Answer is the result of sending a change: the cloud's response, or an error.
type Answer struct {
	Err       *eni.Error // nil if the cloud accepted the change
	RequestID string
	TaskID    string

	// NotSent says, with an error, that no request was sent to the cloud.
	NotSent bool

	// Verdict is the decision of the client's policy about Err.
	Verdict Verdict

	// Hold is how long the cloud asks to wait before the next change of the interface.
	Hold time.Duration

	// Effect is how long a change usually takes. It delays sending again after a lost
	// response, which would otherwise conflict with the change itself.
	Effect time.Duration

	// Concurrent says that other interfaces are changed at the same time: accepted
	// changes are then described at common times, in shared requests.
	Concurrent bool
}

// Verdict is the decision of the client's retry policy about an error.
type Verdict struct {
	Retry bool          // send another change
	Pause time.Duration // before that change; negative for no other change
}

// step is what follows an error.
type step uint8

const (
	requeue step = iota // the cloud did nothing: pause, and send again if the verdict allows it
	resend              // the response was lost: pause, describe, and send again what is still there
	examine             // describe: the state of the interface decides
)

// steps has the step for each kind. All other kinds are requeued.
var steps = map[eni.Kind]step{
	eni.ErrUnavailable: resend,

	eni.ErrNotAssigned: examine, // stale, primary, or released by the same change
	eni.ErrNotFound:    examine, // only one witness
	eni.ErrState:       examine, // already detached, or in a transient state
	eni.ErrInvalid:     examine, // one bad address makes the cloud refuse a batch
	eni.ErrUnknown:     examine, // possibly the same
	eni.ErrUnsupported: examine, // Tencent Cloud's answer for a primary address
}

// shows has the kinds that are about the interface even if no change was sent: the
// driver has described it first.
var shows = map[eni.Kind]bool{eni.ErrNotFound: true, eni.ErrNotAssigned: true, eni.ErrState: true}

// scope is which other claims of a call end with a final refusal, because their
// changes would be refused too.
type scope uint8

const (
	itself   scope = iota
	sameForm       // claims that one change could carry together with it
	wholeCall
)

var scopes = map[eni.Kind]scope{
	eni.ErrUnauthenticated: wholeCall, // true of the account
	eni.ErrPermission:      wholeCall,
	eni.ErrQuota:           wholeCall,
	eni.ErrUnsupported:     sameForm,
}

// Answered reports the answer to the change in progress.
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
			next = steps[a.Err.Kind] // without a request there is nothing to examine
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

// refused handles a change that the cloud did not accept.
func (l *Lane) refused(ch *Change, a Answer, next step, now time.Duration) {
	if a.Err.Kind == eni.ErrConflict && !a.NotSent {
		l.conflict(now)
	}
	if next == resend {
		l.lostAt = now
		if l.cfg.Tasks || l.awaitAll {
			l.lostUntil = after(now, a.Effect)
		}
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

// giveUpExpired decides the claims whose MaxElapsed ended while their change was in
// progress: they are not sent again, and nothing is described for them.
func (l *Lane) giveUpExpired(ch *Change, e *eni.Error) {
	for _, cl := range slices.Backward(ch.claims) {
		if cl.call.expired {
			ch.drop(cl)
			l.giveUp(cl, e)
		}
	}
}

// again requeues the claims of a refused change with the pause of the verdict. Claims
// whose budget ends before that are decided now.
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
		l.awaitLost(now)
		// The cloud refuses every change of the interface, so the whole queue pauses.
		// Later goals were not refused, and do not pause.
		l.busyUntil = until
		for i := range l.queues {
			l.queues[i].hold(until)
		}
	}
}

// spent reports whether the verdict or the budget forbids sending a claim again at a
// time.
func (l *Lane) spent(cl *Claim, v Verdict, at time.Duration) bool {
	return !v.Retry || v.Pause < 0 ||
		l.cfg.MaxAttempts > 0 && cl.tries >= l.cfg.MaxAttempts ||
		l.cfg.MaxElapsed > 0 && at >= after(cl.call.began, l.cfg.MaxElapsed)
}

// requeueChange queues the claims of a change again, and moves their goals to a place.
func (l *Lane) requeueChange(ch *Change, where place, now time.Duration) {
	for _, cl := range ch.claims {
		l.enqueue(cl)
		cl.change = nil
	}
	for _, g := range ch.goals {
		l.put(g, where, now)
	}
}

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

// failAll decides the claims of a change that is not sent again, and the other claims
// of their calls that the same refusal ends.
func (l *Lane) failAll(ch *Change, a Answer, now time.Duration) {
	calls, e, ends := ch.Calls, a.Err, scopes[a.Err.Kind]
	if a.NotSent && ends == itself && !shows[e.Kind] {
		ends = wholeCall // no other change could be sent either
	}
	for len(ch.claims) > 0 {
		cl := ch.claims[len(ch.claims)-1]
		ch.drop(cl)
		l.giveUp(cl, e)
	}
	for _, g := range ch.goals {
		// Later callers are not refused by it. After a lost response the interface is
		// described before their change is sent.
		if now < l.doubtEnd(g) {
			l.put(g, inVerify, now)
		} else {
			l.put(g, inQueue, now)
		}
	}
	for _, call := range calls {
		l.failCall(call, ch.Targets[0], e, ends, now)
	}
}

// failCall decides the call's queued claims within the scope of a final refusal.
func (l *Lane) failCall(call *Call, t Target, e *eni.Error, ends scope, now time.Duration) {
	if ends == itself {
		return
	}
	for i := range call.Claims {
		cl := &call.Claims[i]
		if cl.state == queued && (ends == wholeCall || cl.Target.travelsWith(t)) {
			l.retire(cl, e, now)
		}
	}
}

// giveUp decides a claim that was removed from every list.
func (l *Lane) giveUp(cl *Claim, e *eni.Error) {
	cl.decide(l.givenUp(cl), undecided(e))
}

// retire removes a claim from the queue and decides it.
func (l *Lane) retire(cl *Claim, e *eni.Error, now time.Duration) {
	g := cl.goal
	l.unqueue(cl)
	l.giveUp(cl, e)
	l.forget(g, now)
}

// undecided returns the error of a claim whose target was not seen gone. The cloud's
// error alone does not prove that an address or an interface is missing.
func undecided(e *eni.Error) *eni.Error {
	if e == nil || e.Kind != eni.ErrNotAssigned && e.Kind != eni.ErrNotFound {
		return e
	}
	own := *e
	own.Kind = eni.ErrConflict
	return &own
}
