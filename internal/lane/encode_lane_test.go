// SPDX-License-Identifier: Apache-2.0

package lane

import "slices"

// prepare lists the events and the changes that others refer to.
func (e *encoder) prepare() {
	l := e.l
	e.ranks = e.ranks[:0]
	for _, d := range l.describes {
		e.ranks = append(e.ranks, d.event)
	}
	e.ranks = append(e.ranks, l.snapshot.event)
	slices.Sort(e.ranks)
	e.changes = e.changes[:0]
	add := func(ch *Change) {
		for ch != nil && !slices.Contains(e.changes, ch) {
			e.changes = append(e.changes, ch)
			ch = ch.original
		}
	}
	add(l.current)
	for _, ch := range l.changes {
		add(ch)
	}
	add(l.awaits)
	add(l.stuck)
	for _, t := range e.order {
		if g := l.find(targetList[t]); g != nil {
			add(g.change)
		}
	}
	for _, ch := range e.w.asking {
		add(ch)
	}
}

func (e *encoder) lane() {
	l := e.l
	e.prepare()
	for _, t := range e.order {
		e.goalState(l.find(targetList[t]))
	}
	for i := range l.queues {
		e.queue(i)
	}
	for _, c := range e.callers {
		e.call(e.w.calls[c])
	}
	e.byte(uint8(len(e.changes)))
	for _, ch := range e.changes {
		e.changeState(ch)
	}
	e.change(l.current)
	e.byte(uint8(len(l.changes)))
	for _, ch := range l.changes {
		e.change(ch)
	}
	e.change(l.awaits)
	e.change(l.stuck)
	for _, ch := range e.w.asking {
		e.change(ch)
	}
	for i := range l.permits {
		e.byte(uint8(l.permits[i].state))
		e.goal(l.permits[i].owner)
	}
	code := uint8(unset)
	if l.snapshot.shown != nil {
		code = e.mask(l.snapshot.shown.ID[0] - 1)
	}
	e.byte(code)
	e.past(l.snapshot.at, surveyed+1)
	e.rank(l.snapshot.event)
	e.goals(l.overdue)
	e.byte(254)
	e.waits(l.verifying, inVerify)
	e.waits(l.twins, behindTwin)
	e.byte(uint8(l.verifyCount), uint8(l.twinCount), uint8(l.waiters), uint8(l.wanted))
	if l.verifyCount > 0 {
		e.rank(l.verifySince)
		e.future(l.verifyAt)
		e.flag(l.verifySince < l.failed)
	}
	if l.twinCount > 0 {
		e.future(l.twinsAt)
	}
	if len(l.changes) > 0 {
		e.rank(l.pollSince)
		e.future(l.pollAt)
	}
	e.future(l.describeAt)
	e.future(l.busyUntil)
	e.future(l.lostUntil)
	e.future(after(l.lostAt, l.timing.twinPatience))
	e.flag(l.awaitAll)
	e.recent(l.missedAt)
	e.recent(l.notFoundAt)
	e.byte(uint8(len(l.refusals)))
	for _, r := range l.refusals {
		e.rank(r.event)
		e.byte(uint8(r.err.Kind), uint8(len(r.goals)))
		e.flag(r.verdict.Retry)
		e.goals(r.goals)
	}
	e.byte(uint8(len(l.objections)))
	for _, o := range l.objections {
		e.byte(uint8(o.err.Kind))
		e.goals(o.goals)
	}
	for _, d := range l.describes {
		e.rank(d.event)
		e.past(d.at, slowest+1)
	}
	if e.w.scene.crowd {
		e.future(l.window.until)
		e.byte(uint8(l.window.goals), uint8(min(l.effect/tick, 2)))
	}
	for _, d := range l.doubts {
		if l.find(d.goal.target) == d.goal {
			e.goal(d.goal)
			e.future(d.until)
		}
	}
}

func (e *encoder) goals(list []*goal) {
	for _, g := range list {
		e.goal(g)
	}
}

// waits writes the goals of a list that are in a place, and skips the others.
func (e *encoder) waits(list []*goal, where place) {
	for _, g := range list {
		if g.place == where {
			e.goal(g)
		}
	}
	e.byte(unset)
}

func (e *encoder) goalState(g *goal) {
	if g == nil {
		e.byte(unset)
		return
	}
	l := e.l
	e.byte(uint8(g.place), uint8(g.accepted), uint8(g.refused))
	e.past(g.lastCall, fresh+1)
	e.rank(g.newest)
	e.rank(g.answered)
	e.future(g.notBefore)
	end := l.doubtEnd(g)
	e.future(end)
	e.past(end, slowest+1)
	e.flag(g.alone, g.inProgress, l.snapshot.at < end, l.snapshot.at < g.notBefore, l.snapshot.event > g.newest)
	e.past(g.notBefore, slowest+1)
	e.byte(uint8(min((e.w.now-max(g.lost, 0))/(4*tick), 2)))
	e.change(g.change)
	e.byte(uint8(len(g.queued)))
	if e.w.scene.deadlines != [callers]uint8{} && g.wanted() {
		e.future(g.due)
		e.rankOf(g)
	}
	if e.w.single {
		return
	}
	// Its age is compared with those of the other goals, and with when each action
	// was served.
	older := uint8(0)
	for _, x := range l.goals {
		if x.event < g.event {
			older++
		}
	}
	served := uint8(0)
	for i := range l.queues {
		if l.queues[i].served < g.event {
			served |= 1 << i
		}
	}
	e.byte(older, served)
}

// rankOf is when a goal goes before all that come with a deadline, and what is in
// the queue with a deadline before it.
func (e *encoder) rankOf(g *goal) {
	e.future(g.rank)
	before := uint8(0)
	for _, l := range e.l.queues[g.target.Action.index()].dated {
		if l.until <= g.rank {
			before++
		}
	}
	e.byte(before)
}

func (e *encoder) queue(i int) {
	q := &e.l.queues[i]
	list := func(l *list) {
		for g := l.first; g != nil; g = g.next {
			e.goal(g)
		}
		e.byte(unset)
	}
	list(&q.requeued)
	for _, r := range q.rounds {
		list(r)
	}
	if len(q.rounds) == 0 {
		e.byte(unset) // an empty round is the same as none
	}
	for _, r := range q.dated {
		e.future(r.until)
		list(r)
	}
	e.byte(254)
	p := q.pauses
	if p == nil {
		p = new(pauses)
	}
	for _, r := range p.groups {
		e.future(r.until)
		list(r)
	}
	e.byte(254)
	if p.held != nil {
		e.future(p.until)
		for _, r := range p.held {
			list(r)
		}
	}
	e.byte(254)
	if e.w.single {
		return
	}
	first := uint8(0)
	for k := range e.l.queues {
		if e.l.queues[k].served < q.served {
			first++
		}
	}
	e.byte(first)
}

func (e *encoder) call(call *Call) {
	if call == nil {
		e.byte(unset)
		return
	}
	overdue := true
	for c := e.l.calls.due; c != nil; c = c.next {
		overdue = overdue && c != call
	}
	e.flag(call.listed, overdue, call.expired)
	e.byte(uint8(call.open), uint8(call.accepted))
	e.past(call.began, 6)
	for n := range call.Claims {
		if e.swap && len(call.Claims) == 2 && slot(call.Claims[0].Target) == 0 && slot(call.Claims[1].Target) == 1 {
			n = 1 - n
		}
		e.claim(&call.Claims[n])
	}
}

func (e *encoder) claim(cl *Claim) {
	e.byte(uint8(cl.state))
	if cl.state == decided {
		if cl.call.open > 0 { // its call may have to revise it yet
			e.byte(uint8(cl.Outcome))
			e.flag(cl.ruled)
		}
		return
	}
	e.flag(cl.sent, cl.credit, cl.notShown, cl.refused, e.l.doubtEnd(cl.goal) <= cl.call.began, cl.shown)
	e.byte(uint8(cl.tries))
	e.rank(cl.since)
	e.rank(cl.call.event)
	e.change(cl.change)
	e.byte(uint8(at(e.l.refusals, cl.refusal) + 1))
	if cl.lastErr != nil {
		e.byte(uint8(cl.lastErr.Kind))
	} else {
		e.byte(0)
	}
}

func (e *encoder) changeState(ch *Change) {
	e.byte(e.mask(maskOf(ch.Targets)), uint8(len(ch.claims)), uint8(len(ch.goals)), uint8(e.w.tasks[taskNumber(ch.taskID)]))
	e.flag(ch.over, ch.foreign, ch.concurrent, ch.asking, ch.taskUnknown, ch.failure != nil, ch.taskID != "")
	if ch.taskID == "" {
		e.past(ch.answered, life)
	} else {
		e.past(ch.answered, 6)
		e.flag(e.l.lastDescribed > ch.asked)
		e.future(ch.askAt)
	}
	if ch.patience > 0 {
		e.future(ch.resendAt)
		e.byte(uint8(min(ch.patience/tick, 20)))
	}
	e.change(ch.original)
	for _, g := range ch.goals {
		e.goal(g)
	}
	for _, call := range ch.Calls {
		for i, c := range e.callers {
			if e.w.calls[c] == call {
				e.byte(uint8(1) << i)
			}
		}
	}
}
