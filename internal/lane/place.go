// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

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
