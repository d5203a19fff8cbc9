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

	// Effect is how long a change usually takes. Where the cloud answers before a change
	// is complete, it delays sending again after a lost response, which would otherwise
	// conflict with the change itself.
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
		if l.staysBusy() {
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

// again requeues the claims of a refused change with the pause of the verdict. Claims
// whose budget ends before that are decided now.
func (l *Lane) again(ch *Change, a Answer, next step, now time.Duration) {
	until := after(now, max(a.Verdict.Pause, a.Hold))
	if next == resend && l.staysBusy() {
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
