// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"bytes"
	"hash/maphash"
	"slices"
	"time"
)

// Two states have the same encoding if the same moves lead to the same results: times are
// ages up to the bound beyond which they do not matter, events are ranks among the events
// that they are compared with, and equal callers, or the two addresses, may be exchanged.

var seed = maphash.MakeSeed()

// names of a state: the order of the callers, and whether a and b are exchanged.
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
				if wants[c] != s.wants[i] || s.keeps>>c&1 != s.keeps>>i&1 || s.deadlines[c] != s.deadlines[i] {
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
	naming

	out []byte
	w   *world
	l   *Lane

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

// recent is the age of a witness, up to its life.
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
	e.order = [targets]int{0, 1, 2, 3}
	if e.swap {
		e.order = [targets]int{1, 0, 2, 3}
	}
	e.cloud()
	e.witness()
	e.lane()
}

func (e *encoder) cloud() {
	c := &e.w.cloud
	e.byte(e.mask(c.has), c.att)
	e.flag(c.exists, c.det, c.flip, c.net.aborted, c.net.resend, c.doomed)
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
		if p.unanswered {
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
	e.byte(uint8(c.describing))
	for i := range c.describing {
		f := &c.describes[i]
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
	e.byte(e.who(k.called), e.who(k.ended), e.who(k.waiting), e.who(k.answered), e.who(k.done), e.who(k.vanished), e.who(k.leaving), e.who(k.dying), e.who(k.saw), e.who(k.freed), e.who(k.bound))
	for _, c := range e.callers {
		e.byte(k.age[c], k.settle[c])
		for _, t := range e.order {
			e.byte(uint8(k.told[c][t]), k.sends[c][t])
		}
	}
	for _, m := range []*[callers]uint8{&k.gone, &k.took, &k.carried, &k.maybe, &k.agreed, &k.doubtful, &k.notShown} {
		e.masks(m)
	}
	e.flag(k.last.valid, k.opinion)
	e.byte(e.mask(k.last.code), k.last.age, e.who(k.last.since), e.mask(k.needLook))
	for _, t := range e.order {
		e.byte(k.doubtAge[t], k.agreedAge[t])
	}
}
