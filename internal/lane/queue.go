// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"
)

// list is a linked list of goals; removal takes constant time.
type list struct {
	first, last *goal
	until       time.Duration // end of the pause, or the deadline of its goals
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

// take removes the goal from its list, if any.
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

// moveTo moves all goals to the end of another list.
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
// behind a call of thousands. In the first round goals with a deadline go before the
// others, the earliest first, except before a goal that has waited longer than
// behindDeadlines.
type queue struct {
	requeued list    // goals that were sent before; they go first
	rounds   []*list // goals that were not sent before
	dated    []*list // goals of the first round with a deadline, a list for each deadline
	pauses   *pauses // goals that wait until a time; nil until there are any
	served   event   // when a change was last sent
}

// pauses has the goals of a queue that wait until a time. Few lanes need it.
type pauses struct {
	groups  []*list       // each until its own time
	soonest time.Duration // the earliest of those times
	held    []*list       // rounds that wait because of a conflict; later goals are not in them
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

// all calls f for each goal that may be sent now, in order, until f returns false.
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

// firstRound calls f for each goal of the first round, in order, until f returns false.
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

// add adds a goal that was not sent before to a round.
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

// deadline returns the index in dated for a deadline, and whether it has a list.
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

// hasten moves a goal of the first round forward when another caller with an earlier
// deadline wants it. Zero means no deadline.
func (q *queue) hasten(g *goal, deadline time.Duration) {
	if deadline == 0 || deadline > g.rank || g.in == nil {
		return // it is sent before that deadline anyway, or is in no list
	}
	if n, found := q.deadline(g.in.until); len(q.rounds) > 0 && g.in == q.rounds[0] || found && g.in == q.dated[n] {
		g.take()
		q.add(g, 0)
	}
}

// due returns the earliest deadline of the next goals; forever without one.
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

// first returns the next goal, or nil.
func (q *queue) first() (first *goal) {
	q.all(func(g *goal) bool { first = g; return false })
	return first
}

// pause moves goals out of the queue until a time.
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

// hold pauses all goals that are queued now until a time.
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

// advance ends the pauses that are over, and removes empty lists.
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

// resume moves the goals whose pause is over to the front.
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

// wake returns when the next pause ends; forever without one.
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

// joinRounds appends the goals of each round to the same round before it.
func joinRounds(before, behind []*list) []*list {
	for n, round := range behind {
		if n == len(before) {
			return append(before, behind[n:]...)
		}
		round.moveTo(before[n])
	}
	return before
}
