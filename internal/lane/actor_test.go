// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"fmt"
	"time"
)

// The moves of callers and of the other actor.

func callerName(c int) string { return string(rune('A' + c)) }

func names(m uint8) string {
	s := ""
	for t, name := range []string{"a", "b", "detach", "delete"} {
		if m>>t&1 == 1 {
			if s != "" {
				s += "+"
			}
			s += name
		}
	}
	return s
}

// move is a possible event in a world.
type move struct {
	name string
	can  func(*world) bool
	do   func(*world)
}

// spend returns a condition that also needs budget, and a move that uses it.
func spend(of int, m move) move {
	return move{m.name, func(w *world) bool { return w.budget[of] > 0 && w.mishaps > 0 && m.can(w) }, func(w *world) {
		w.budget[of]--
		w.mishaps--
		m.do(w)
	}}
}

func callerMoves(c int) []move {
	bit, name := uint8(1)<<c, callerName(c)
	underWay := func(w *world) bool { return w.called&bit != 0 && w.ended&bit == 0 }
	return []move{
		{name + " calls", func(w *world) bool { return c < len(w.scene.wants) && w.called&bit == 0 }, func(w *world) {
			call := NewCall(listed[w.scene.wants[c]])
			if w.scene.keeps&bit != 0 {
				call.Terms.KeepTags = keepTags
			}
			if ticks := w.scene.deadlines[c]; ticks > 0 {
				call.Deadline = w.now + time.Duration(ticks)*tick
			}
			w.calls[c] = call
			w.noteCall(c)
			crowd := time.Duration(0)
			if w.scene.crowd {
				crowd = tick
			}
			w.lane.Add(w.now, call, crowd)
		}},
		spend(leaves, move{name + " leaves", underWay, func(w *world) { w.quit(c) }}),
		spend(polls, move{name + " polls", func(w *world) bool {
			return w.scene.polling && underWay(w) && w.calls[c].Answered() && w.describing < maxDescribes
		}, func(w *world) {
			if ch := w.lane.Poll(w.now, w.calls[c]); ch != nil {
				w.ask(ch)
			} else {
				w.begin()
			}
		}}),
	}
}

// keepTags protects the interface, which has this tag if a caller has these terms.
var keepTags = map[string]string{"keep": "yes"}

// What the other actor may do, as bits of scene.acts.
const (
	assigns = 1 << iota
	releases
	attaches
	attachesElsewhere
	detaches
	deletes
	dooms
)

func allows(act uint8, m uint8) func(*world) bool {
	return func(w *world) bool {
		if w.scene.acts != 0 {
			return w.scene.acts&act != 0
		}
		for _, wants := range w.scene.wants {
			if wants&m != 0 {
				return true
			}
		}
		return false
	}
}

func actorMoves() []move {
	var list []move
	add := func(act, m uint8, name string, can func(*world) bool, do func(*world)) {
		ok := allows(act, m)
		list = append(list, spend(others, move{"somebody " + name, func(w *world) bool { return ok(w) && w.exists && can(w) }, func(w *world) { do(w); w.note() }}))
	}
	for t := range 2 {
		m := uint8(1) << t
		add(assigns, m, "assigns "+names(m), func(w *world) bool { return w.has&m == 0 }, func(w *world) {
			w.has |= m
			w.anew(m)
		})
		add(releases, m, "releases "+names(m), func(w *world) bool {
			return w.has&m != 0 && (!w.scene.primary || m != a)
		}, func(w *world) { w.has &^= m })
	}
	for at := uint8(1); at <= 2; at++ {
		act := []uint8{0, attaches, attachesElsewhere}[at]
		add(act, detach, fmt.Sprintf("attaches it to i-%d", at), func(w *world) bool { return w.att == 0 && !w.doomed }, func(w *world) {
			w.att = at
			w.anew(detach)
		})
	}
	add(detaches, detach, "begins to detach it", func(w *world) bool { return w.att != 0 && !w.det }, func(w *world) { w.det = true })
	add(deletes, allGoals, "deletes the interface", func(w *world) bool { return w.att == 0 }, func(w *world) {
		w.exists, w.has, w.det, w.doomed = false, 0, false, false
	})
	add(dooms, del, "begins to delete it", func(w *world) bool { return w.att == 0 && !w.doomed }, func(w *world) { w.doomed = true })
	return list
}

// A call with an ended context sends nothing; the lane decides its outcomes.
var deadCall = spend(asks, move{"somebody calls with a dead context for a", func(*world) bool { return true }, func(w *world) {
	call := NewCall(listed[a])
	w.lane.AddEnded(w.now, call, errAsked)
	w.checkAsked(call)
}})
