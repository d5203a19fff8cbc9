// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// calls lists the calls with open claims, oldest first. Removal takes constant time.
type calls struct {
	first, last *Call
	due         *Call // the first whose MaxElapsed has not ended
	deadlines   int   // how many of the calls have a deadline
}

func (c *calls) push(call *Call) {
	call.listed, call.prev, call.next = true, c.last, nil
	if c.last == nil {
		c.first = call
	} else {
		c.last.next = call
	}
	c.last = call
	if c.due == nil {
		c.due = call
	}
	if call.Deadline != 0 {
		c.deadlines++
	}
}

func (c *calls) take(call *Call) {
	if !call.listed {
		return
	}
	if c.due == call {
		c.due = call.next
	}
	if call.prev == nil {
		c.first = call.next
	} else {
		call.prev.next = call.next
	}
	if call.next == nil {
		c.last = call.prev
	} else {
		call.next.prev = call.prev
	}
	call.listed, call.prev, call.next = false, nil, nil
	if call.Deadline != 0 {
		c.deadlines--
	}
}

// notify records a call as news when none of its claims is open any more.
func (l *Lane) notify(call *Call) {
	if call.open == 0 {
		l.revise(call)
		l.calls.take(call)
		if !call.noted {
			call.noted = true
			l.news = append(l.news, call)
		}
	}
}

// revise corrects the outcomes that were decided before the call is answered:
// another caller's change may have been sent for a target since then.
func (l *Lane) revise(call *Call) {
	if len(call.Claims) == 1 {
		return // no claim was decided earlier
	}
	for i := range call.Claims {
		cl := &call.Claims[i]
		if cl.ruled || cl.Outcome != eni.OutcomeRefused && cl.Outcome != eni.OutcomeNotTried {
			continue
		}
		if g := l.find(cl.Target); g != nil && (g.inProgress || l.now < l.doubtEnd(g)) {
			cl.Outcome = eni.OutcomeUnknown
		}
	}
}

// News returns the calls that were answered, or whose last accepted claim was
// decided, since News was called last.
func (l *Lane) News() []*Call {
	news := l.news
	l.news = nil
	for _, call := range news {
		call.noted = false
	}
	return news
}

// Add adds a caller's call. Burst is how long to wait for other calls when the
// lane is idle; zero means not at all.
func (l *Lane) Add(now time.Duration, call *Call, burst time.Duration) {
	l.begin(now)
	call.lane, call.event, call.began = l, l.events, now
	l.calls.push(call)
	l.openForBurst(now, burst)
	for i := range call.Claims {
		cl := &call.Claims[i]
		g := l.goal(cl.Target)
		cl.goal, cl.since = g, l.events
		wanted := g.wanted()
		l.enqueue(cl)
		switch {
		case wanted:
			l.queues[g.target.Action.index()].hasten(g, call.Deadline)
		case g.inProgress || l.waitsForTwin(g, now):
			l.put(g, behindTwin, now)
		case g.target.Action.Whole() || now < l.doubtEnd(g):
			l.put(g, inVerify, now)
		case l.busy(now):
			g.event, g.notBefore = l.events, l.busyUntil
			l.put(g, inQueue, now)
		default:
			l.queueNew(g, i/l.cfg.PerChange)
		}
	}
	l.end(now)
}

// busy reports whether a new goal waits for the end of the pause after a conflict,
// to share a change with the refused goals: only while they wait, and only if the
// pause is short.
func (l *Lane) busy(now time.Duration) bool {
	return l.wanted > 1 && now < l.busyUntil && l.busyUntil-now <= l.timing.shortPause
}

// enqueue adds a claim to its goal's queue.
func (l *Lane) enqueue(cl *Claim) {
	g := cl.goal
	if !g.wanted() {
		l.countWanted(g, 1)
		g.lastCall, g.newest, g.waits, g.due = longAgo, 0, l.now, forever
		g.rank = after(l.now, l.timing.behindDeadlines)
	}
	if cl.call.Deadline != 0 {
		g.due = min(g.due, cl.call.Deadline)
		g.rank = min(g.rank, g.due)
	}
	cl.state, cl.at = queued, len(g.queued)
	g.queued = append(g.queued, cl)
	if cl.refused {
		g.refused++
	}
	g.lastCall = max(g.lastCall, cl.call.began)
	g.newest = max(g.newest, cl.since)
}

// unqueue removes a claim from its goal's queue. A goal without queued claims is
// removed from its place.
func (l *Lane) unqueue(cl *Claim) {
	g := cl.goal
	last := len(g.queued) - 1
	g.queued[cl.at] = g.queued[last]
	g.queued[cl.at].at = cl.at
	g.queued[last] = nil
	g.queued = g.queued[:last]
	if cl.refused {
		g.refused--
	}
	if cl.call.began == g.lastCall {
		g.lastCall = longAgo // the remaining callers may have called long ago
	}
	switch {
	case !g.wanted():
		l.countWanted(g, -1)
		l.unplace(g)
	case g.refused == 0 && l.now < g.notBefore:
		l.endPause(g)
	}
}

// endPause ends the pause of a goal whose refused claims are all gone: the callers
// who came later were not refused.
func (l *Lane) endPause(g *goal) {
	g.notBefore = 0
	switch g.place {
	case inQueue:
		l.put(g, inQueue, l.now)
	case inVerify:
		l.verifyAt = min(l.verifyAt, l.now)
	case nowhere, behindTwin, inObjection:
	}
}

// unplace removes a goal from the place where it waits. The lists verifying and
// twins skip it.
func (l *Lane) unplace(g *goal) {
	l.place(g, nowhere)
	if !g.inProgress {
		g.alone, g.event, g.notBefore, g.asked = false, 0, 0, longAgo
	}
}

// place records where a goal waits.
func (l *Lane) place(g *goal, where place) {
	switch g.place {
	case inVerify:
		l.verifyCount--
	case behindTwin:
		l.twinCount--
	case inQueue:
		g.take()
	case inObjection, nowhere:
	}
	g.place = where
	switch where {
	case inVerify:
		l.verifyCount++
	case behindTwin:
		l.twinCount++
	case inQueue, inObjection, nowhere:
	}
}

// queueNew queues a goal that was not sent before.
func (l *Lane) queueNew(g *goal, round int) {
	l.place(g, inQueue)
	g.event = l.events
	l.queues[g.target.Action.index()].add(g, round)
}

// put moves a goal to the place where it waits, or forgets it if no caller wants it.
func (l *Lane) put(g *goal, where place, now time.Duration) {
	if !g.wanted() {
		l.unplace(g)
		l.forget(g, now)
		return
	}
	if g.place == nowhere && g.event == 0 {
		g.event = l.events
	}
	l.place(g, where)
	switch where {
	case inVerify:
		l.verifying = append(l.verifying, g)
		l.verifySince = l.events
		l.verifyAt = min(l.verifyAt, now)
	case behindTwin:
		l.twins = append(l.twins, g)
		l.twinsAt = now
		l.pollSince = l.events
		l.pollAt = min(l.pollAt, now)
	case inQueue:
		q := &l.queues[g.target.Action.index()]
		if now < g.notBefore {
			q.pause([]*goal{g}, g.notBefore)
		} else {
			q.requeued.push(g)
		}
	case inObjection, nowhere:
	}
}

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
