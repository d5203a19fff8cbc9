// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"
)

// list is a list of goals in which each can be taken out at once.
type list struct {
	first, last *goal
	until       time.Duration // of a pause, or the deadline of those in it
}

func (l *list) push(g *goal) {
	g.in, g.prev, g.next = l, l.last, nil
	if l.last == nil {
		l.first = g
	} else {
		l.last.next = g
	}
	l.last = g
}

// take takes the goal out of the list that it is in.
func (g *goal) take() {
	l := g.in
	if l == nil {
		return
	}
	if g.prev == nil {
		l.first = g.next
	} else {
		g.prev.next = g.next
	}
	if g.next == nil {
		l.last = g.prev
	} else {
		g.next.prev = g.prev
	}
	g.in, g.prev, g.next = nil, nil, nil
}

// moveTo puts all goals behind those of another list.
func (l *list) moveTo(to *list) {
	for g := l.first; g != nil; g = l.first {
		g.take()
		to.push(g)
	}
}

// queue has the goals of one action that wait to be sent.
//
// Calls are interleaved by batch: the first batch of each call is in the first
// round, its second batch in the second round, so that one address does not wait
// behind a call of thousands. In the first round those with a deadline go before
// the others, the soonest first, so that they are served in time where that is
// possible; but not before somebody who has waited for long.
type queue struct {
	requeued list    // those that were sent before, before all others
	rounds   []*list // those that were not
	dated    []*list // those of the first round that may overtake others of it, a list for each deadline
	pauses   *pauses // those that wait until a time; nil where none ever did
	served   event   // when a change was last sent
}

// pauses has the goals of a queue that wait until a time. Few lanes need it.
type pauses struct {
	groups  []*list       // each until its own time
	soonest time.Duration // the first of those times
	held    []*list       // rounds that a conflict holds until a time; newcomers are not held
	until   time.Duration
}

func (q *queue) makePauses() *pauses {
	if q.pauses == nil {
		q.pauses = new(pauses)
	}
	return q.pauses
}

// round returns the list of a round.
func (q *queue) round(n int) *list {
	for len(q.rounds) <= n {
		q.rounds = append(q.rounds, new(list))
	}
	return q.rounds[n]
}

// all calls f for each goal that may be sent now, in order, until f says no.
func (q *queue) all(f func(*goal) bool) {
	for g := q.requeued.first; g != nil; g = g.next {
		if !f(g) {
			return
		}
	}
	if !q.firstRound(f) || len(q.rounds) == 0 {
		return
	}
	for _, round := range q.rounds[1:] {
		for g := round.first; g != nil; g = g.next {
			if !f(g) {
				return
			}
		}
	}
}

// firstRound calls f for each goal of the first round, in order, until f says no.
func (q *queue) firstRound(f func(*goal) bool) bool {
	var undated *goal
	if len(q.rounds) > 0 {
		undated = q.rounds[0].first
	}
	for _, l := range q.dated {
		for g := l.first; g != nil; g = g.next {
			for ; undated != nil && undated.rank < l.until; undated = undated.next {
				if !f(undated) {
					return false
				}
			}
			if !f(g) {
				return false
			}
		}
	}
	for ; undated != nil; undated = undated.next {
		if !f(undated) {
			return false
		}
	}
	return true
}

// line adds a goal that was not sent before.
func (q *queue) add(g *goal, round int) {
	if there := q.round(round); round > 0 || g.rank < g.due || there.first == nil && len(q.dated) == 0 {
		there.push(g)
		return
	}
	n, found := q.deadline(g.due)
	if !found {
		q.dated = slices.Insert(q.dated, n, &list{until: g.due})
	}
	q.dated[n].push(g)
}

// deadline is where the goals with a deadline are, or belong.
func (q *queue) deadline(due time.Duration) (n int, found bool) {
	return slices.BinarySearchFunc(q.dated, due, func(l *list, due time.Duration) int {
		switch {
		case l.until < due:
			return -1
		case l.until > due:
			return 1
		default:
			return 0
		}
	})
}

// hasten moves a goal of the first round that has got another caller with a
// deadline; zero means none.
func (q *queue) hasten(g *goal, deadline time.Duration) {
	if deadline == 0 || deadline > g.rank || g.in == nil {
		return // it goes before that anyway, or waits elsewhere
	}
	if n, found := q.deadline(g.in.until); len(q.rounds) > 0 && g.in == q.rounds[0] || found && g.in == q.dated[n] {
		g.take()
		q.add(g, 0)
	}
}

// due is the soonest deadline of those that are next; forever without one.
func (q *queue) due() time.Duration {
	due := forever
	if g := q.requeued.first; g != nil {
		due = g.due
	}
	q.firstRound(func(g *goal) bool {
		due = min(due, g.due)
		return false
	})
	return due
}

// first returns the goal that is next, or nil.
func (q *queue) first() (first *goal) {
	q.all(func(g *goal) bool { first = g; return false })
	return first
}

// pause takes goals out of their turn until a time.
func (q *queue) pause(goals []*goal, until time.Duration) {
	p := q.makePauses()
	var group *list
	if n := len(p.groups); n > 0 && p.groups[n-1].until == until {
		group = p.groups[n-1]
	} else {
		group = &list{until: until}
		p.groups = append(p.groups, group)
	}
	for _, g := range goals {
		g.take()
		group.push(g)
	}
	if len(p.groups) == 1 || until < p.soonest {
		p.soonest = until
	}
}

// hold holds all that is queued now until a time.
func (q *queue) hold(until time.Duration) {
	if q.requeued.first != nil {
		var again []*goal
		for g := q.requeued.first; g != nil; g = g.next {
			again = append(again, g)
		}
		q.pause(again, until)
	}
	p := q.makePauses()
	if len(q.dated) > 0 {
		first := new(list)
		for _, l := range q.dated {
			l.moveTo(first)
		}
		p.held, q.dated = joinRounds(p.held, []*list{first}), nil
	}
	p.held, q.rounds = joinRounds(p.held, q.rounds), nil
	p.until = until
}

// advance ends the pauses that are over, and forgets empty lists.
func (q *queue) advance(now time.Duration) {
	p := q.pauses
	if p != nil && p.held != nil && now >= p.until {
		q.rounds, p.held = joinRounds(p.held, q.rounds), nil
	}
	for len(q.dated) > 0 && q.dated[0].first == nil {
		q.dated = q.dated[1:]
	}
	for len(q.rounds) > 1 && q.rounds[0].first == nil {
		q.rounds = q.rounds[1:]
	}
	if p != nil && len(p.groups) > 0 && now >= p.soonest {
		q.resume(now)
	}
}

// resume puts the goals whose pause is over in front.
func (q *queue) resume(now time.Duration) {
	p := q.pauses
	kept := p.groups[:0]
	p.soonest = forever
	for _, group := range p.groups {
		if now < group.until && group.first != nil {
			kept = append(kept, group)
			p.soonest = min(p.soonest, group.until)
			continue
		}
		group.moveTo(&q.requeued)
	}
	clear(p.groups[len(kept):])
	p.groups = kept
}

// wake is when the next pause is over.
func (q *queue) wake() time.Duration {
	at, p := forever, q.pauses
	if p == nil {
		return at
	}
	if p.held != nil {
		at = p.until
	}
	if len(p.groups) > 0 {
		at = min(at, p.soonest)
	}
	return at
}

// joinRounds puts the goals of each round behind those of the same round before.
func joinRounds(before, behind []*list) []*list {
	for n, round := range behind {
		if n == len(before) {
			return append(before, behind[n:]...)
		}
		round.moveTo(before[n])
	}
	return before
}
