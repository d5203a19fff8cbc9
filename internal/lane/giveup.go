// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

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
