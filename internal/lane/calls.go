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
