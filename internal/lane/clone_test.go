// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"unsafe"
)

// memory has the objects of one lane: a clone copies them and adjusts the pointers, and
// allocates nothing once the memory is large enough.
type memory struct {
	lane     Lane
	calls    [callers]Call
	claims   [callers][targets]Claim
	goals    []goal
	waiting  [][callers]*Claim
	changes  []changeCell
	lists    []list
	pauses   [len(Actions)]pauses
	refusals []refusal
	pointers []*goal // of refusals and objections
}

// changeCell is a change with room for its claims.
type changeCell struct {
	Change
	goals  [targets]*goal
	claims [callers * targets]*Claim
	calls  [callers]*Call
}

// cloner finds the objects of a lane. Each has the same index in the clone.
type cloner struct {
	goals    []*goal
	changes  []*Change
	lists    []*list
	refusals []*refusal
}

func (k *cloner) goal(g *goal) {
	if g == nil || slices.Contains(k.goals, g) {
		return
	}
	k.goals = append(k.goals, g)
	k.change(g.change)
}

func (k *cloner) change(ch *Change) {
	if ch == nil || slices.Contains(k.changes, ch) {
		return
	}
	k.changes = append(k.changes, ch)
	for _, g := range ch.goals {
		k.goal(g)
	}
	k.change(ch.original)
}

// find lists all objects that the lane, the calls or the runner can reach.
func (k *cloner) find(w *world) {
	k.goals, k.changes, k.lists, k.refusals = k.goals[:0], k.changes[:0], k.lists[:0], k.refusals[:0]
	l := w.lane
	for _, g := range l.goals {
		k.goal(g)
	}
	k.change(l.current)
	for _, ch := range l.changes {
		k.change(ch)
	}
	k.change(l.awaits)
	k.change(l.stuck)
	for _, ch := range w.asking {
		k.change(ch)
	}
	for i := range l.permits {
		k.goal(l.permits[i].owner)
	}
	for _, g := range l.verifying {
		k.goal(g)
	}
	for _, g := range l.twins {
		k.goal(g)
	}
	for _, g := range l.overdue {
		k.goal(g)
	}
	for i := range l.doubts {
		k.goal(l.doubts[i].goal)
	}
	for i := range l.objections {
		for _, g := range l.objections[i].goals {
			k.goal(g)
		}
	}
	for _, r := range l.refusals {
		k.refusals = append(k.refusals, r)
		for _, g := range r.goals {
			k.goal(g)
		}
	}
	for i := range l.queues {
		q := &l.queues[i]
		k.lists = append(k.lists, &q.requeued)
		k.lists = append(append(k.lists, q.rounds...), q.dated...)
		if p := q.pauses; p != nil {
			k.lists = append(append(k.lists, p.groups...), p.held...)
		}
	}
}

// at returns the index of a pointer, or -1 for nil and for an unreachable object.
func at[T any](in []*T, p *T) int {
	if p == nil {
		return -1
	}
	return slices.Index(in, p)
}

// pick returns the clone of a pointer.
func pick[T any](in []T, i int) *T {
	if i < 0 {
		return nil
	}
	return &in[i]
}

func room[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+2)
	}
	return s[:n]
}

// claimAt identifies a claim by its call and its index there.
func (w *world) claimAt(cl *Claim) (call, i int) {
	for c := range w.calls {
		if w.calls[c] == cl.call {
			first := unsafe.Pointer(unsafe.SliceData(w.calls[c].Claims))
			return c, int((uintptr(unsafe.Pointer(cl)) - uintptr(first)) / unsafe.Sizeof(*cl))
		}
	}
	panic("a claim of no call")
}

// copyLane makes the world's lane and calls copies of those of another world.
func (w *world) copyLane(from *world, k *cloner) {
	k.find(from)
	m, l := &w.memory, from.lane
	m.goals, m.waiting = room(m.goals, len(k.goals)), room(m.waiting, len(k.goals))
	m.changes, m.lists, m.refusals = room(m.changes, len(k.changes)), room(m.lists, len(k.lists)), room(m.refusals, len(k.refusals))
	goalOf := func(g *goal) *goal { return pick(m.goals, at(k.goals, g)) }
	changeOf := func(ch *Change) *Change {
		if i := at(k.changes, ch); i >= 0 {
			return &m.changes[i].Change
		}
		return nil
	}
	claimOf := func(cl *Claim) *Claim {
		c, i := from.claimAt(cl)
		return &m.claims[c][i]
	}
	goalsOf := func(to, goals []*goal) []*goal {
		for _, g := range goals {
			to = append(to, goalOf(g))
		}
		return to
	}

	n := w.lane
	if n == nil {
		n = &m.lane
		w.lane = n
	}
	keep := *n // its slices are used again
	*n = *l
	for c := range from.calls {
		w.copyCall(from, c)
		if from.calls[c] == nil {
			continue
		}
		for i := range from.calls[c].Claims {
			cl := &m.claims[c][i]
			cl.goal, cl.change = goalOf(cl.goal), changeOf(cl.change)
			cl.refusal = pick(m.refusals, at(k.refusals, cl.refusal))
		}
	}
	n.calls.first, n.calls.last, n.calls.due = w.callOf(from, l.calls.first), w.callOf(from, l.calls.last), w.callOf(from, l.calls.due)

	for i, g := range k.goals {
		c := &m.goals[i]
		*c = *g
		c.room = [1]*Claim{}
		c.queued = m.waiting[i][:0]
		for _, cl := range g.queued {
			c.queued = append(c.queued, claimOf(cl))
		}
		c.change = changeOf(g.change)
		c.in, c.prev, c.next = nil, nil, nil
	}
	for i, ch := range k.changes {
		cell := &m.changes[i]
		cell.Change = *ch
		c := &cell.Change
		c.Targets = targetsOf(ch.Targets)
		c.room.goal[0], c.room.claim[0], c.room.call[0] = nil, nil, nil
		c.goals = goalsOf(cell.goals[:0], ch.goals)
		c.claims = cell.claims[:0]
		for _, cl := range ch.claims {
			c.claims = append(c.claims, claimOf(cl))
		}
		c.Calls = cell.calls[:0]
		for _, call := range ch.Calls {
			if call := w.callOf(from, call); call != nil {
				c.Calls = append(c.Calls, call)
			}
		}
		c.original = changeOf(ch.original)
	}

	n.goals = goalsOf(keep.goals[:0], l.goals)
	n.current, n.awaits, n.stuck = changeOf(l.current), changeOf(l.awaits), changeOf(l.stuck)
	n.changes = keep.changes[:0]
	for _, ch := range l.changes {
		n.changes = append(n.changes, changeOf(ch))
	}
	for i := range n.permits {
		n.permits[i].owner = goalOf(l.permits[i].owner)
	}
	n.verifying = goalsOf(keep.verifying[:0], l.verifying)
	n.overdue = goalsOf(keep.overdue[:0], l.overdue)
	n.twins = goalsOf(keep.twins[:0], l.twins)
	n.doubts = keep.doubts[:0]
	for _, d := range l.doubts {
		n.doubts = append(n.doubts, doubt{goalOf(d.goal), d.until})
	}
	n.describes = keep.describes[:0]
	n.describes = append(n.describes, l.describes...)
	n.batch, n.news, n.took = nil, nil, nil

	m.pointers = m.pointers[:0]
	if len(l.objections) > 0 || len(l.refusals) > 0 {
		m.pointers = slices.Grow(m.pointers, 32)
	}
	part := func(goals []*goal) []*goal {
		first := len(m.pointers)
		m.pointers = goalsOf(m.pointers, goals)
		return m.pointers[first:len(m.pointers):len(m.pointers)]
	}
	n.objections = nil
	for _, o := range l.objections {
		n.objections = append(n.objections, objection{err: o.err, goals: part(o.goals)})
	}
	n.refusals = nil
	for i, r := range k.refusals {
		m.refusals[i] = refusal{event: r.event, err: r.err, verdict: r.verdict, goals: part(r.goals)}
		n.refusals = append(n.refusals, &m.refusals[i])
	}

	at := 0
	next := func(from *list) *list {
		to := &m.lists[at]
		at++
		return to
	}
	fill := func(to, from *list) *list {
		*to = list{until: from.until}
		for g := from.first; g != nil; g = g.next {
			to.push(goalOf(g))
		}
		return to
	}
	for i := range n.queues {
		q, s, old := &n.queues[i], &l.queues[i], &keep.queues[i]
		next(nil)
		fill(&q.requeued, &s.requeued)
		several := func(to, from []*list) []*list {
			for _, x := range from {
				to = append(to, fill(next(x), x))
			}
			return to
		}
		q.rounds = several(old.rounds[:0], s.rounds)
		q.dated = several(old.dated[:0], s.dated)
		if q.pauses = nil; s.pauses == nil {
			continue
		}
		p := &m.pauses[i]
		groups := p.groups[:0]
		*p, q.pauses = *s.pauses, p
		p.groups = several(groups, s.pauses.groups)
		if p.held != nil {
			p.held = several([]*list{}, s.pauses.held)
		}
	}

	w.asking = w.asking[:0]
	for _, ch := range from.asking {
		w.asking = append(w.asking, changeOf(ch))
	}
}

func (w *world) copyCall(from *world, c int) {
	call := from.calls[c]
	if call == nil {
		w.calls[c] = nil
		return
	}
	to := &w.memory.calls[c]
	*to = *call
	to.room = [1]Claim{}
	to.change = nil // it is compared with new changes only
	to.RequestIDs = nil
	if to.lane != nil {
		to.lane = w.lane
	}
	copy(w.memory.claims[c][:], call.Claims)
	to.Claims = w.memory.claims[c][:len(call.Claims)]
	for i := range to.Claims {
		to.Claims[i].call = to
	}
	w.calls[c] = to
	to.prev, to.next = w.callOf(from, call.prev), w.callOf(from, call.next)
}

// callOf returns the copy of a call.
func (w *world) callOf(from *world, call *Call) *Call {
	if call == nil {
		return nil
	}
	for c := range from.calls {
		if from.calls[c] == call {
			return &w.memory.calls[c]
		}
	}
	return nil
}
