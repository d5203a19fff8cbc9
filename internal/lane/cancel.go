// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Cancel decides the open claims of a call whose context has ended. Accepted claims
// stay accepted. The function ended makes the error from a claim's last error.
func (l *Lane) Cancel(now time.Duration, call *Call, ended func(last *eni.Error) *eni.Error) {
	l.begin(now)
	l.retireCall(call, now, ended, func(*Claim) bool { return true })
	l.end(now)
}

// retireCall decides the open claims of a call that a filter picks. Claims with
// the same last error share their new error.
func (l *Lane) retireCall(call *Call, now time.Duration, ended func(last *eni.Error) *eni.Error, picks func(*Claim) bool) {
	errs := make(map[*eni.Error]*eni.Error, 1)
	for i := range call.Claims {
		cl := &call.Claims[i]
		if cl.state != queued && cl.state != inProgress || !picks(cl) {
			continue
		}
		last := cl.lastErr
		if errs[last] == nil {
			errs[last] = ended(undecided(last))
		}
		g := cl.goal
		outcome := l.givenUp(cl)
		if cl.state == inProgress {
			cl.change.drop(cl)
		} else {
			l.unqueue(cl)
		}
		cl.decide(outcome, errs[last])
		l.forget(g, now)
	}
}

// Late says that no permit for an action will be granted before a time. The claims
// of callers whose deadline is not later are decided now, with the error from late.
func (l *Lane) Late(now time.Duration, a Action, permit time.Duration, late func(last *eni.Error) *eni.Error) {
	if l.calls.deadlines == 0 {
		return
	}
	l.begin(now)
	for call := l.calls.first; call != nil; {
		next := call.next
		if call.wants(a) {
			l.lateCall(now, call, permit, late)
		}
		call = next
	}
	l.end(now)
}

// LateCall is Late for one call that was added while the lane already waits for
// the permit.
func (l *Lane) LateCall(now time.Duration, call *Call, permit time.Duration, late func(last *eni.Error) *eni.Error) {
	l.begin(now)
	l.lateCall(now, call, permit, late)
	l.end(now)
}

func (l *Lane) lateCall(now time.Duration, call *Call, permit time.Duration, late func(last *eni.Error) *eni.Error) {
	if call.Deadline != 0 && call.Deadline <= permit {
		l.retireCall(call, now, late, func(cl *Claim) bool { return cl.goal.place == inQueue })
	}
}

// AddEnded decides the claims of a call whose context ended before it began.
// Nothing is sent for it; a claim is Unknown if an earlier change of this client
// may act on its target, else NotTried.
func (l *Lane) AddEnded(now time.Duration, call *Call, err *eni.Error) {
	l.begin(now)
	for i := range call.Claims {
		outcome := eni.OutcomeNotTried
		if g := l.find(call.Claims[i].Target); g != nil && (g.inProgress || now < l.doubtEnd(g)) {
			outcome = eni.OutcomeUnknown
		}
		call.Claims[i].decide(outcome, err)
	}
	l.end(now)
}
