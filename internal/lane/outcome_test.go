// SPDX-License-Identifier: Apache-2.0

package lane

import "github.com/cloudeni/cloudeni/eni"

// tell checks the new outcomes of callers.
func (w *world) tell() {
	var news uint8
	for _, call := range w.lane.News() {
		for c := range w.calls {
			if w.calls[c] == call {
				news |= 1 << c
			}
		}
	}
	for c, call := range w.calls {
		bit := uint8(1) << c
		if call == nil || w.called&bit == 0 || w.ended&bit != 0 {
			continue
		}
		for i := range call.Claims {
			cl := &call.Claims[i]
			t := slot(cl.Target)
			switch {
			case cl.state == accepted && w.told[c][t] == nothing:
				w.told[c][t] = toldAccepted
				w.say("%s, %s: accepted", callerName(c), names(1<<t))
				w.checkOutcome(c, t, eni.OutcomeAccepted, nil)
			case cl.state == decided && w.told[c][t] != toldAll:
				w.told[c][t] = toldAll
				w.say("%s, %s: %v (%v)", callerName(c), names(1<<t), cl.Outcome, cl.Err)
				w.checkOutcome(c, t, cl.Outcome, cl.Err)
			}
		}
		if call.Answered() && w.answered&bit == 0 || call.Done() && w.done&bit == 0 {
			if news&bit == 0 {
				w.fail("%s is answered, and it is no news", callerName(c))
			}
		}
		if call.Answered() {
			if w.answered&bit == 0 {
				w.checkRevised(c, call)
			}
			w.answered |= bit
		}
		if call.Done() {
			w.done |= bit
		}
	}
}

// checkOutcome judges a caller's outcome for a target.
func (w *world) checkOutcome(c, t int, outcome eni.Outcome, err *eni.Error) {
	bit, who := uint8(1)<<t, uint8(1)<<c
	bad := func(why string) { w.fail("%s is told that %s is %v, %s", callerName(c), names(bit), outcome, why) }
	acted := func() {
		if w.danger(t) {
			bad("and a change of this client can still take it off")
		}
		if w.took[c]&bit != 0 {
			bad("and a change that carried it for this caller has taken it off")
		}
	}
	switch outcome {
	case eni.OutcomeAccepted:
		if w.agreed[c]&bit == 0 && (bit != detach || w.leaving&who == 0) && (bit != del || w.dying&who == 0) {
			bad("and the cloud accepted no change that carried it for this caller")
		}
	case eni.OutcomeReleased:
		if w.gone[c]&bit == 0 {
			bad("and it was there all the time")
		}
		if w.maybe[c]&bit == 0 {
			bad("and no change that carried it for this caller can have done it")
		}
	case eni.OutcomeAbsent:
		free := bit
		if bit == detach {
			free = isFree
		}
		if w.gone[c]&free == 0 {
			bad("and it was there all the time")
		}
		if w.took[c]&^w.notShown[c]&bit != 0 {
			bad("and a change that carried it for this caller took it off")
		}
		if w.agreed[c]&bit != 0 {
			bad("and a change that carried it for this caller was accepted")
		}
	case eni.OutcomeNotTried:
		acted()
		if w.carried[c]&bit != 0 {
			bad("and it was sent for this caller")
		}
	case eni.OutcomeRefused:
		acted()
		kept := w.scene.keeps&who != 0 && err != nil && err.Kind == eni.ErrState
		byRule := kept || w.scene.primary && bit == a || bit == detach && err != nil && err.Kind == eni.ErrState && w.last.code>>2&3 == 2
		if bit == del {
			// An interface that is not detached is not deleted.
			byRule = kept || err != nil && err.Kind == eni.ErrState && w.last.code>>2&3 != 0 || w.calls[c].Claims[0].Outcome == eni.OutcomeRefused
		}
		if w.carried[c]&bit == 0 && !byRule {
			bad("and it was never sent for this caller")
		}
	case eni.OutcomeUnknown:
		if w.doubtful[c]&bit == 0 && (w.net.on == 0 || w.net.m&bit == 0) {
			bad("and no change of this client can have acted")
		}
	}
	if err != nil && outcome != eni.OutcomeAccepted && w.leaver != c+1 && !w.opinion && passesByItself[err.Kind] &&
		int(w.sends[c][t]) < w.scene.config.MaxAttempts && int(w.sends[c][2]) < w.scene.config.MaxAttempts && w.age[c]+1 < uint8(w.scene.config.MaxElapsed/tick) {
		bad("and its budget is not used up")
	}
	if err == errorsOf[eni.ErrState] && w.carried[c]&bit == 0 && (bit != del || w.carried[c]&detach == 0) {
		bad("for a refusal that another one has met")
	}
	if w.denied != 0 && w.denied&who == 0 && err == errorsOf[eni.ErrPermission] {
		bad("by a describe that began before its call")
	}
	gone := outcome == eni.OutcomeReleased || outcome == eni.OutcomeAbsent
	if bit == detach && gone {
		w.freed |= who
		w.note()
	}
	if detached := &w.calls[c].Claims[0]; w.scene.keeps&who == 0 && bit == del && !gone && outcome != eni.OutcomeAccepted && w.carried[c]&bit == 0 && w.scene.wants[c]&detach != 0 {
		switch {
		case w.told[c][2] != toldAll && w.last.code>>2&3 == 1 && err != nil && err.Kind == eni.ErrState:
			bad("while its detach goes on")
		case w.told[c][2] == toldAll && w.freed&who == 0 && detached.Outcome != eni.OutcomeAccepted && err != detached.Err:
			bad("and not for what kept it from being detached")
		}
	}
	if w.scene.keeps&who == 0 && bit == del && err != nil && err.Kind == eni.ErrState && w.freed&who != 0 && w.bound&who == 0 && w.carried[c]&bit == 0 {
		bad("and it is free since its detach")
	}
	if known := w.saw&who != 0 || w.carried[c]&bit != 0; bit == del && gone && known != (err == nil) {
		bad("and whether it was ever there is told wrongly")
	}
	switch {
	case err == nil && !gone && outcome != eni.OutcomeAccepted:
		bad("and there is no reason")
	case err != nil && err.Kind == eni.ErrNotFound && (w.vanished&who == 0 || !gone):
		bad("and the error is that the interface does not exist")
	case err != nil && err.Kind == eni.ErrNotAssigned:
		bad("and the error is the cloud's word alone")
	case gone && err != nil && err.Kind != eni.ErrNotFound:
		bad("and there is an error")
	}
}

// checkRevised judges the outcomes that were decided before the call is answered.
func (w *world) checkRevised(c int, call *Call) {
	for i := range call.Claims {
		cl := &call.Claims[i]
		promised := cl.state == decided && (cl.Outcome == eni.OutcomeNotTried || cl.Outcome == eni.OutcomeRefused)
		if t := slot(cl.Target); promised && w.danger(t) {
			w.fail("%s reads at the end of its call that %s is %v, and a change of this client can still take it off", callerName(c), names(1<<t), cl.Outcome)
		}
	}
}

// passesByItself are the kinds that are retried within the budget.
var passesByItself = map[eni.Kind]bool{eni.ErrConflict: true, eni.ErrThrottled: true, eni.ErrUnavailable: true}

// checkAsked judges a call with an ended context.
func (w *world) checkAsked(call *Call) {
	switch outcome := call.Claims[0].Outcome; {
	case outcome == eni.OutcomeNotTried && w.danger(0):
		w.fail("a call with a dead context is told not tried, and a change can take a off")
	case outcome == eni.OutcomeUnknown && !w.canAct(0):
		w.fail("a call with a dead context is told unknown, and no change can act")
	}
}

// checkDenied judges the state after a describe without permission: a detach is never sent
// without a describe.
func (w *world) checkDenied(f sentDescribe, v Verdict) {
	for c := range callers {
		if !v.Retry && w.net.on == 0 && w.agreedAge[2] == unset && w.budget[others] == 0 && w.scene.budget[others] == 0 && f.since&^w.ended>>c&1 == 1 &&
			w.scene.wants[c] == detach && w.told[c][2] == nothing && w.carried[c] == 0 {
			w.fail("%s waits for a describe that is not permitted", callerName(c))
		}
	}
}

// checkIdle judges whether a lane may be removed.
func (w *world) checkIdle() {
	if !w.lane.Idle(w.now) {
		return
	}
	for t := range targets {
		if w.danger(t) || w.wantedBy(1<<t) != 0 {
			w.fail("the lane may be forgotten, and %s is not done with", names(1<<t))
		}
	}
}

// ageWitness advances the oracle by a tick.
func (w *world) ageWitness() {
	older := func(p *uint8, most uint8) { *p = min(*p+1, most) }
	for c := range callers {
		if w.called>>c&1 == 0 {
			continue
		}
		older(&w.age[c], max(uint8(w.scene.config.MaxElapsed/tick), fresh+1))
		if w.answered>>c&1 == 1 {
			older(&w.settle[c], maxSettle+1)
		}
	}
	older(&w.last.age, surveyed+1)
	for t := range targets {
		if w.agreedAge[t] != unset {
			if w.agreedAge[t]++; w.agreedAge[t] >= twinPatience {
				w.agreedAge[t] = unset
			}
		}
		if w.doubtAge[t] != unset {
			if w.doubtAge[t]++; w.doubtAge[t] >= life {
				w.doubtAge[t] = unset
			}
		}
	}
}

// forget removes state that no check needs any more.
func (w *world) forget() {
	for c := range callers {
		if w.ended>>c&1 == 0 {
			continue
		}
		w.age[c], w.settle[c], w.gone[c], w.took[c], w.carried[c], w.maybe[c], w.agreed[c], w.doubtful[c], w.notShown[c] = 0, 0, 0, 0, 0, 0, 0, 0, 0
		w.vanished &^= 1 << c
		w.leaving &^= 1 << c
		w.dying &^= 1 << c
		w.saw &^= 1 << c
		w.freed &^= 1 << c
		w.bound &^= 1 << c
		w.answered |= 1 << c
		w.done |= 1 << c
		w.told[c], w.sends[c] = [targets]told{}, [targets]uint8{}
		w.net.c[c], w.net.first[c], w.detFor[c] = 0, 0, 0
		for i := range w.pends {
			w.pends[i].c[c] = 0
		}
	}
	if !w.det && !w.doomed {
		w.detFor = [callers]uint8{}
	}
	if w.last.age > surveyed {
		w.last = glance{age: surveyed + 1}
	}
	if w.scene.config.Tasks {
		w.forgetTasks()
	}
}

// forgetTasks frees the numbers of ended tasks.
func (w *world) forgetTasks() {
	used := uint(0)
	use := func(ch *Change) {
		if ch != nil {
			used |= 1 << taskNumber(ch.taskID)
		}
	}
	for _, ch := range w.lane.changes {
		use(ch)
	}
	for _, ch := range w.asking {
		use(ch)
	}
	for _, g := range w.lane.goals {
		use(g.change)
	}
	for i := range w.pends {
		used |= 1 << w.pends[i].task
	}
	used |= 1 << w.net.task
	for n := range w.tasks {
		if used>>n&1 == 0 {
			w.tasks[n] = noTask
		}
	}
}
