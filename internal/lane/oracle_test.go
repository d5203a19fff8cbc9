// SPDX-License-Identifier: Apache-2.0

package lane

import "github.com/cloudeni/cloudeni/eni"

// The oracle knows the history of the cloud and the callers' outcomes. It does not read
// the state of the lane.
//
// It does not check these documented limits: two describes that do not show an existing
// interface; an address that is released and assigned again between two describes, which
// no describe can show. A change whose response was lost does not count as a release of
// an address that the describe before did not show: descriptions lag behind assignments.

// witness is the state of the oracle. Masks have a bit for each target.
type witness struct {
	called, ended, waiting, answered, done uint8 // bits of callers

	age      [callers]uint8 // ticks since the call
	settle   [callers]uint8 // ticks since it was answered
	gone     [callers]uint8 // not there at a moment since the call
	took     [callers]uint8 // removed by a change that carried it for this caller
	carried  [callers]uint8 // in a change that was sent for this caller
	maybe    [callers]uint8 // in one that was accepted, lost, or possibly refused in part
	agreed   [callers]uint8 // in one that was accepted
	notShown [callers]uint8 // sent for this caller though a description after the call did not show it
	doubtful [callers]uint8 // a change of this client could act since the call
	vanished uint8          // callers after whose call the interface was missing
	leaving  uint8          // callers after whose call it was detaching from i-1
	dying    uint8          // callers after whose call it was being deleted
	freed    uint8          // callers whose detach is done
	bound    uint8          // those of them after whose detach it was attached again
	saw      uint8          // callers after whose call a describe showed the interface

	told    [callers][targets]told
	sends   [callers][targets]uint8 // changes that carried it
	opinion bool                    // the user's policy was not the usual one

	last      glance
	needLook  uint8          // targets that must be described before they are sent again
	agreedAge [targets]uint8 // ticks since a change was accepted that was not seen done since
	doubtAge  [targets]uint8 // ticks since the last answer of a change that can act yet
}

// glance is the latest result of a describe.
type glance struct {
	valid bool
	code  uint8
	age   uint8 // ticks since it began
	since uint8 // callers who had called by then
}

type told uint8

const (
	nothing told = iota
	toldAccepted
	toldAll
)

// note is called after every change in the cloud.
func (w *world) note() {
	gone := ^w.present() & allGoals
	if w.att == 0 || !w.exists {
		gone |= isFree
	}
	for c := range callers {
		if w.called&^w.ended>>c&1 == 0 {
			continue
		}
		w.gone[c] |= gone & (w.scene.wants[c] | w.scene.wants[c]&detach<<2)
		if !w.exists {
			w.vanished |= 1 << c
		}
		if w.det && w.att == 1 {
			w.leaving |= 1 << c
		}
		if w.doomed {
			w.dying |= 1 << c
		}
		if w.att != 0 {
			w.bound |= w.freed & (1 << c)
		}
	}
}

// anew resets who removed a target that was assigned again.
func (w *world) anew(m uint8) {
	for c := range callers {
		w.took[c] &^= m
	}
}

func (w *world) noteCall(c int) {
	w.called |= 1 << c
	m := w.scene.wants[c]
	for t := range targets {
		bit := uint8(1) << t
		if w.canAct(t) {
			w.doubtful[c] |= bit
		} else if w.wantedBy(bit)&^(1<<c) == 0 {
			w.needLook &^= m & bit
		}
	}
	w.note()
}

// wantedBy returns the callers that wait for a target to be sent.
func (w *world) wantedBy(m uint8) (who uint8) {
	for c, wants := range w.scene.wants {
		for t := range targets {
			if w.called&^w.ended>>c&1 == 1 && wants&m>>t&1 == 1 && w.told[c][t] == nothing {
				who |= 1 << c
			}
		}
	}
	return who
}

// canAct reports whether a change can act on a target, as far as the client can know.
func (w *world) canAct(t int) bool {
	return w.doubtAge[t] != unset || w.net.on != 0 && w.net.m>>t&1 == 1
}

// danger reports whether a change will act on a target, or may.
func (w *world) danger(t int) bool {
	bit := uint8(1) << t
	for i := range w.pends {
		if w.pends[i].m&bit != 0 {
			return true
		}
	}
	return w.net.on == 1 && w.net.m&bit != 0
}

// carries records that a change carries targets for a caller.
func (w *world) carries(c int, m uint8) {
	m &= w.scene.wants[c]
	if w.ended>>c&1 == 1 {
		w.net.resend = true // no other caller wants it
		return
	}
	for t := range targets {
		bit := m & (1 << t)
		switch {
		case bit == 0 || w.told[c][t] == toldAll:
		case w.told[c][t] == toldAccepted && bit&(detach|del) == 0:
			continue
		default:
			w.net.resend = w.net.resend || w.told[c][t] == toldAccepted
			w.net.c[c] |= bit
			w.net.first[c] |= bit &^ w.carried[c]
			w.carried[c] |= bit
			w.sends[c][t]++
		}
	}
}

// checkPermit checks that each change has a permit.
func (w *world) checkPermit(action Action) {
	if w.permits[action.index()] != 2 {
		w.fail("sent without a permit")
	}
}

// checkSend judges a change that was just sent.
func (w *world) checkSend() {
	for t := range targets {
		bit := uint8(1) << t
		if w.net.m&bit == 0 {
			continue
		}
		var who uint8
		inTime, spoken := w.net.resend && w.ended != 0, false
		for c := range callers {
			if w.net.c[c]&bit == 0 {
				continue
			}
			who |= 1 << c
			if w.scene.keeps>>c&1 == 1 && w.scene.wants[c]&del != 0 {
				w.fail("%s is sent for %s, whose terms protect it", names(bit), callerName(c))
			}
			bounded := w.scene.config.BoundsFirst || w.net.first[c]&bit == 0
			late := w.scene.config.MaxElapsed > 0 && w.age[c] >= uint8(w.scene.config.MaxElapsed/tick) && bounded
			if late && !w.net.resend {
				w.fail("%s is sent for %s after MaxElapsed", names(bit), callerName(c))
			}
			if bit&(detach|del) == 0 && w.last.valid && w.last.since>>c&1 == 1 && shownTargets(w.last.code)&bit == 0 {
				w.notShown[c] |= bit
			}
			inTime = inTime || !late
			spoken = spoken || w.age[c] <= fresh
		}
		if w.agreedAge[t] < twinPatience && !w.net.resend {
			w.fail("%s is sent again while an accepted change may do it", names(bit))
		}
		switch {
		case who == 0 && !w.net.resend:
			w.fail("%s is sent, and nobody asks for it", names(bit))
		case !inTime:
			w.fail("%s is sent after MaxElapsed", names(bit))
		case !w.evidence(bit, spoken):
			w.fail("%s is sent on old evidence", names(bit))
		}
	}
	if w.net.m == a|b {
		w.checkBatch()
	}
	if w.scene.deadlines != [callers]uint8{} {
		w.checkOrder()
	}
}

// evidence reports whether the evidence allows sending a target now.
func (w *world) evidence(bit uint8, spoken bool) bool {
	seen := w.last.valid && w.last.age <= fresh
	switch {
	case w.net.resend && bit == del:
		return seen && w.last.code&shownDoomed != 0
	case w.net.resend:
		return seen && w.last.code>>2&3 == 1 && w.last.code&16 != 0
	case bit&(detach|del) != 0:
		return seen && shownTargets(w.last.code)&bit != 0
	case w.needLook&bit != 0:
		return false
	default:
		return spoken || seen && shownTargets(w.last.code)&bit != 0
	}
}

// checkBatch judges a change of two addresses: a describe must have sorted them, and one
// that it did not show must be in another change.
func (w *world) checkBatch() {
	if !w.last.valid || w.last.age > surveyed {
		w.fail("a batch is sent without a description")
		return
	}
	shown := shownTargets(w.last.code) & w.net.m
	for _, bit := range []uint8{a, b} {
		var who uint8
		for c := range callers {
			if w.net.c[c]&bit != 0 {
				who |= 1 << c
			}
		}
		if shown != 0 && shown&bit == 0 && who&^w.last.since == 0 {
			w.fail("%s is sent with what is there, though the description does not show it", names(bit))
		}
	}
	if w.scene.primary && w.net.m&a != 0 && w.last.since&w.wantedBy(a) == w.wantedBy(a) {
		w.fail("a primary address is sent in a batch")
	}
}

// mayBePartial are the kinds of a refusal after which a part may have been done.
var mayBePartial = map[eni.Kind]bool{eni.ErrNotAssigned: true, eni.ErrNotFound: true, eni.ErrState: true, eni.ErrInvalid: true, eni.ErrUnknown: true}

// noteAnswer records the answer to the change, whether or not it is true.
func (w *world) noteAnswer(ans Answer) {
	n := &w.net
	lost := ans.Err != nil && ans.Err.Kind == eni.ErrUnavailable && !ans.NotSent
	partial := ans.Err != nil && n.m == a|b && mayBePartial[ans.Err.Kind] && !ans.NotSent
	if ans.NotSent {
		for c := range callers {
			w.carried[c] &^= n.first[c]
		}
	}
	if ans.Err != nil && !lost && !partial {
		return
	}
	for c := range callers {
		w.maybe[c] |= n.c[c]
		if ans.Err == nil {
			w.agreed[c] |= n.c[c]
		}
		if w.called>>c&1 == 1 {
			w.doubtful[c] |= n.m
		}
	}
	for t := range targets {
		if n.m>>t&1 == 1 {
			w.doubtAge[t] = 0
			if ans.Err == nil {
				w.agreedAge[t] = 0
			}
		}
	}
	if ans.Err != nil {
		w.needLook |= n.m
	}
	for i := range w.describing {
		w.describes[i].dirty |= n.m
	}
}

// noteDescribed records the result of the latest describe.
func (w *world) noteDescribed(f sentDescribe, code uint8) {
	for i := range w.describing {
		if w.describes[i].d.event < f.d.event {
			w.describes[i].stale = true
		}
	}
	w.taskOver(allGoals &^ shownTargets(code))
	w.last = glance{valid: code&shownThere != 0, code: code, age: f.age, since: f.since}
	if !w.last.valid {
		return
	}
	w.saw |= f.since
	shown := shownTargets(code) &^ f.dirty
	w.needLook &^= shown
	for c := range callers {
		if f.since>>c&1 == 1 {
			w.doubtful[c] &^= shown & f.clean
		}
	}
}

// taskOver records that an accepted change has ended.
func (w *world) taskOver(m uint8) {
	for t := range targets {
		if m>>t&1 == 1 {
			w.agreedAge[t] = unset
		}
	}
}
