package lane

import (
	"bytes"
	"hash/maphash"
	"slices"
	"time"
)

// Two states are one where everything that follows is the same: times are ages
// up to the bound beyond which they mean nothing, events are ranks among those
// that they are compared with, and callers who want the same, or the two
// addresses, may change places.

var seed = maphash.MakeSeed()

// names of a state: who is called A, B, C, and whether a and b change places.
type naming struct {
	callers []int
	swap    bool
}

// namings lists those under which a scene stays the same.
func namings(s *scene) (list []naming) {
	swapped := make([]uint8, len(s.wants))
	for i, m := range s.wants {
		swapped[i] = swapMask(m)
	}
	for _, swap := range []bool{false, true} {
		if swap && s.primary {
			continue
		}
		wants := s.wants
		if swap {
			wants = swapped
		}
		permute(len(s.wants), func(order []int) {
			for i, c := range order {
				if wants[c] != s.wants[i] {
					return
				}
			}
			list = append(list, naming{slices.Clone(order), swap})
		})
	}
	return list
}

func permute(n int, f func([]int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var rec func(int)
	rec = func(i int) {
		if i == n {
			f(order)
			return
		}
		for j := i; j < n; j++ {
			order[i], order[j] = order[j], order[i]
			rec(i + 1)
			order[i], order[j] = order[j], order[i]
		}
	}
	rec(0)
}

func swapMask(m uint8) uint8 { return m&^3 | m&1<<1 | m>>1&1 }

// encoder writes a state under a naming.
type encoder struct {
	out []byte
	naming
	w *world
	l *Lane

	ranks   []event // beginnings of descriptions, in order
	changes []*Change
	order   [targets]int // which target stands where
}

func (e *encoder) byte(b ...uint8) { e.out = append(e.out, b...) }

func (e *encoder) flag(flags ...bool) {
	var b uint8
	for i, f := range flags {
		if f {
			b |= 1 << i
		}
	}
	e.byte(b)
}

func (e *encoder) mask(m uint8) uint8 {
	if e.swap {
		return swapMask(m)
	}
	return m
}

func (e *encoder) who(m uint8) (to uint8) {
	for i, c := range e.callers {
		to |= m >> c & 1 << i
	}
	return to
}

func (e *encoder) masks(m *[callers]uint8) {
	for _, c := range e.callers {
		e.byte(e.mask(m[c]))
	}
}

// past is the age of a time in ticks, up to a bound.
func (e *encoder) past(t time.Duration, most int) {
	if t == longAgo {
		e.byte(unset)
		return
	}
	e.byte(uint8(min(max((e.w.now-t)/tick, 0), time.Duration(most))))
}

// recent is the age of a witness, which is none after its life.
func (e *encoder) recent(t time.Duration) {
	if e.w.now > after(t, coarse.witnessLife) {
		t = longAgo
	}
	e.past(t, unset)
}

// future is in how many ticks a time comes.
func (e *encoder) future(t time.Duration) {
	switch {
	case t >= forever:
		e.byte(unset)
	case t <= e.w.now:
		e.byte(0)
	default:
		e.byte(uint8(min((t-e.w.now+tick-1)/tick, 20)))
	}
}

// rank is the place of an event among the beginnings of descriptions.
func (e *encoder) rank(x event) {
	n := uint8(0)
	for _, d := range e.ranks {
		if d < x {
			n++
		}
	}
	e.byte(n)
}

func (e *encoder) goal(g *goal) {
	switch {
	case g == nil:
		e.byte(0)
	case e.l.find(g.target) != g:
		e.byte(1) // forgotten
	default:
		n := slot(g.target)
		if e.swap && n < 2 {
			n = 1 - n
		}
		e.byte(uint8(n) + 2)
	}
}

func (e *encoder) change(ch *Change) {
	e.byte(uint8(at(e.changes, ch) + 1))
}

// hash is the hash of a state, the same under all its names.
func (e *encoder) hash(w *world, names []naming) uint64 {
	least := ^uint64(0)
	for _, n := range names {
		e.naming = n
		e.write(w)
		least = min(least, maphash.Bytes(seed, e.out))
	}
	return max(least, 1)
}

func (e *encoder) write(w *world) {
	e.out, e.w, e.l = e.out[:0], w, w.lane
	e.order = [targets]int{0, 1, 2}
	if e.swap {
		e.order = [targets]int{1, 0, 2}
	}
	e.cloud()
	e.witness()
	e.lane()
}

func (e *encoder) cloud() {
	c := &e.w.cloud
	e.byte(e.mask(c.has), c.att)
	e.flag(c.exists, c.det, c.flip, c.net.aborted, c.net.resend)
	e.masks(&c.detFor)
	e.byte(c.net.on, e.mask(c.net.m), uint8(c.net.ans), uint8(c.tasks[c.net.task]))
	e.masks(&c.net.c)
	e.masks(&c.net.first)
	var list [len(c.pends)][9]byte
	n := 0
	for i := range c.pends {
		p := &c.pends[i]
		if p.m == 0 {
			continue
		}
		x := &list[n]
		n++
		x[0], x[1], x[2] = e.mask(p.m), p.life, uint8(c.tasks[p.task])
		if p.must {
			x[3] = 1
		}
		if p.air {
			x[4] = 1
		}
		for k, who := range e.callers {
			x[5+k] = e.mask(p.c[who])
		}
	}
	slices.SortFunc(list[:n], func(x, y [9]byte) int { return bytes.Compare(x[:], y[:]) })
	e.byte(uint8(n))
	for i := range n {
		e.byte(list[i][:]...)
	}
	e.byte(uint8(c.flying))
	for i := range c.flying {
		f := &c.air[i]
		seen := uint8(0)
		if c.mishaps > 0 && c.budget[replies] > 0 {
			seen = e.mask(f.seen)
		}
		e.byte(seen, e.who(f.since), f.age, e.mask(f.dirty), e.mask(f.clean))
		e.flag(f.stale)
	}
	e.byte(c.permits[:]...)
	e.byte(c.mishaps, c.haze)
	for _, n := range c.budget {
		e.byte(min(n, c.mishaps))
	}
}

func (e *encoder) witness() {
	k := &e.w.witness
	e.byte(e.who(k.called), e.who(k.ended), e.who(k.waiting), e.who(k.answered), e.who(k.done), e.who(k.vanished), e.who(k.leaving))
	for _, c := range e.callers {
		e.byte(k.age[c], k.settle[c])
		for _, t := range e.order {
			e.byte(uint8(k.told[c][t]), k.sends[c][t])
		}
	}
	for _, m := range []*[callers]uint8{&k.gone, &k.took, &k.carried, &k.maybe, &k.agreed, &k.unsure, &k.unshown} {
		e.masks(m)
	}
	e.flag(k.last.valid, k.opinion)
	e.byte(e.mask(k.last.code), k.last.age, e.who(k.last.since), e.mask(k.needLook))
	for _, t := range e.order {
		e.byte(k.doubtAge[t], k.agreedAge[t])
	}
}

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
	add(l.air)
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
	e.change(l.air)
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
	e.flag(l.awaitAll)
	e.recent(l.missed)
	e.recent(l.disowned)
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
		e.byte(uint8(l.window.goals))
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

// waits writes those of a list that wait in a place: the others are skipped.
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
	e.past(g.spoken, fresh+1)
	e.rank(g.newest)
	e.rank(g.answered)
	e.future(g.notBefore)
	end := l.doubtEnd(g)
	e.future(end)
	e.past(end, slowest+1)
	e.flag(g.alone, g.inAir, l.snapshot.at < end, l.snapshot.at < g.notBefore, l.snapshot.event > g.newest)
	e.past(g.notBefore, slowest+1)
	e.byte(uint8(min((e.w.now-max(g.lost, 0))/(4*tick), 2)))
	e.change(g.change)
	e.byte(uint8(len(g.queued)))
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
	e.byte(254)
	for _, r := range q.paused {
		e.future(r.until)
		list(r)
	}
	e.byte(254)
	if q.held != nil {
		e.future(q.until)
		for _, r := range q.held {
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
		return
	}
	e.flag(cl.sent, cl.credit, cl.unshown, cl.refused, e.l.doubtEnd(cl.goal) <= cl.call.began)
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
	e.flag(ch.over, ch.foreign, ch.asking, ch.told, ch.failure != nil, ch.taskID != "")
	if ch.taskID == "" {
		e.past(ch.answered, life)
	} else {
		e.past(ch.answered, 6)
		e.flag(e.l.looked > ch.asked)
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
