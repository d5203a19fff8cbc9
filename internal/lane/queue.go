package lane

import "time"

// list is a list of goals in which each can be taken out at once.
type list struct {
	first, last *goal
	until       time.Duration // for a pause
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

// queue has the goals of one action that wait to be sent.
//
// Calls are interleaved by batch: the first batch of each call is in the first
// round, its second batch in the second round, so that one address does not wait
// behind a call of thousands.
type queue struct {
	requeued list    // those that were sent before, before all others
	rounds   []*list // those that were not
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
	for _, round := range q.rounds {
		for g := round.first; g != nil; g = g.next {
			if !f(g) {
				return
			}
		}
	}
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
	p.held, q.rounds = joinRounds(p.held, q.rounds), nil
	p.until = until
}

// advance ends the pauses that are over, and forgets empty lists.
func (q *queue) advance(now time.Duration) {
	p := q.pauses
	if p != nil && p.held != nil && now >= p.until {
		q.rounds, p.held = joinRounds(p.held, q.rounds), nil
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
		for g := group.first; g != nil; g = group.first {
			g.take()
			q.requeued.push(g)
		}
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
		for g := round.first; g != nil; g = round.first {
			g.take()
			before[n].push(g)
		}
	}
	return before
}
