// SPDX-License-Identifier: Apache-2.0

package lane

import "github.com/cloudeni/cloudeni/eni"

// The cloud's moves for a change in progress.

// cleanRefusals are answers after which nothing has happened.
var cleanRefusals = []struct {
	kind   eni.Kind
	budget int
}{{eni.ErrConflict, conflicts}, {eni.ErrThrottled, throttles}, {eni.ErrPermission, denials}}

func onItsWay(w *world) bool { return w.net.on == 1 && !w.net.aborted }

// missing returns the targets of the change that are not there.
func (w *world) missing() uint8 {
	m := w.net.m &^ w.present()
	if w.scene.primary {
		m |= w.net.m & a
	}
	if w.att != 0 || w.doomed && !w.stuckDeletion() {
		m |= w.net.m & del
	}
	return m
}

func (w *world) reply(k eni.Kind) { w.net.on, w.net.ans = 2, k }

// refusal returns the cloud's error for a target that is not there.
func (w *world) refusal() eni.Kind {
	if w.net.m&(detach|del) != 0 {
		return eni.ErrState
	}
	return eni.ErrNotAssigned
}

func changeMoves() []move {
	canAccept := func(w *world) bool { return onItsWay(w) && w.exists && w.missing() == 0 }
	canRefuse := func(w *world) bool { return onItsWay(w) && w.exists && w.missing() != 0 }
	half := func(w *world) bool { return canRefuse(w) && w.net.m&^w.missing() != 0 }
	list := []move{
		{"the cloud accepts the change and carries it out", canAccept, func(w *world) {
			w.effect(w.net.m, w.net.c)
			w.net.task = w.newTask(taskDone)
			w.reply(0)
		}},
		spend(lates, move{"the cloud accepts the change for later", func(w *world) bool { return canAccept(w) && w.room() }, func(w *world) {
			if w.net.m == detach {
				w.det = true
				w.note()
			}
			if w.net.m == del {
				w.doomed = true
				w.note()
			}
			w.net.task = w.newTask(taskRuns)
			w.pend(pending{m: w.net.m, c: w.net.c, life: life, must: true, unanswered: true, task: w.net.task})
			w.reply(0)
		}}),
		spend(stucks, move{"the cloud accepts the detach, which gets stuck", func(w *world) bool {
			return canAccept(w) && w.net.m == detach && !w.scene.config.Tasks
		}, func(w *world) {
			w.det, w.detFor = true, w.net.c
			w.note()
			w.reply(0)
		}}),
		spend(stucks, move{"the cloud accepts the deletion, which gets stuck", func(w *world) bool {
			return canAccept(w) && w.net.m == del && !w.scene.config.Tasks
		}, func(w *world) {
			w.doomed, w.detFor = true, w.net.c
			w.note()
			w.reply(0)
		}}),
		{"the cloud refuses the change: something is not there", canRefuse, func(w *world) { w.reply(w.refusal()) }},
		spend(partials, move{"the cloud refuses the batch, and carries out its good half", half, func(w *world) {
			w.effect(w.net.m&^w.missing(), w.net.c)
			w.reply(eni.ErrNotAssigned)
		}}),
		spend(partials, move{"the cloud refuses the batch, and its good half comes later", func(w *world) bool { return half(w) && w.room() }, func(w *world) {
			w.pend(pending{m: w.net.m &^ w.missing(), c: w.net.c, life: life, unanswered: true})
			w.reply(eni.ErrNotAssigned)
		}}),
		{"the cloud answers that there is no such interface", func(w *world) bool { return onItsWay(w) && !w.exists }, func(w *world) { w.reply(eni.ErrNotFound) }},
		spend(lies, move{"the cloud says not assigned, though all is there", canAccept, func(w *world) { w.reply(w.refusal()) }}),
		spend(hiccups, move{"the cloud answers not found, though the interface is there", func(w *world) bool { return onItsWay(w) && w.exists }, func(w *world) { w.reply(eni.ErrNotFound) }}),
		spend(unsent, move{"the change does not leave for the cloud", func(w *world) bool { return w.net.on == 1 }, func(w *world) {
			w.answer(Answer{Err: errorsOf[eni.ErrUnavailable], NotSent: true})
		}}),
		spend(unsent, move{"no change can leave for the cloud", func(w *world) bool { return w.net.on == 1 }, func(w *world) {
			w.answer(Answer{Err: errorsOf[eni.ErrInvalid], NotSent: true})
		}}),
	}
	for _, r := range cleanRefusals {
		list = append(list, spend(r.budget, move{"the cloud answers " + r.kind.Error(), onItsWay, func(w *world) { w.reply(r.kind) }}))
	}
	return append(list, answerMoves()...)
}

// The moves of its answer.
func answerMoves() []move {
	lost := func(w *world) {
		ans := Answer{Err: errorsOf[eni.ErrUnavailable]}
		if w.scene.config.Tasks {
			ans.Effect = tick
		}
		w.answer(ans)
	}
	// The loss of a canceled request needs no budget.
	paid := func(name string, can func(*world) bool, do func(*world)) []move {
		return []move{
			spend(losses, move{name, func(w *world) bool { return !w.net.aborted && can(w) }, do}),
			{name + ", cut by the runner", func(w *world) bool { return w.net.aborted && can(w) }, do},
		}
	}
	list := []move{{"the answer arrives", func(w *world) bool { return w.net.on == 2 && !w.net.aborted }, func(w *world) {
		ans := Answer{TaskID: taskIDs[w.net.task]}
		if w.net.ans != 0 {
			ans.Err = errorsOf[w.net.ans]
		}
		w.answer(ans)
	}}}
	list = append(list, paid("the request is lost for good", func(w *world) bool { return w.net.on == 1 }, lost)...)
	list = append(list, paid("the answer is lost, and the request arrives later", func(w *world) bool { return w.net.on == 1 && w.room() }, func(w *world) {
		w.pend(pending{m: w.net.m, c: w.net.c, life: life})
		lost(w)
	})...)
	return append(list, paid("the answer is lost on its way back", func(w *world) bool { return w.net.on == 2 }, lost)...)
}

// The moves of accepted and of delayed changes.
func pendingMoves() []move {
	var list []move
	for n := range len(cloud{}.pends) {
		which := []string{"a", "another", "a third"}[n]
		list = append(list, move{which + " pending change takes effect", func(w *world) bool { return w.pends[n].m != 0 }, func(w *world) {
			p := w.pends[n]
			w.pends[n] = pending{}
			w.effect(p.m, p.c)
			switch {
			case p.task != 0 && p.m == del && w.exists:
				w.tasks[p.task] = taskFailed // another party has attached it
			case p.task != 0:
				w.tasks[p.task] = taskDone
			}
		}}, spend(taskFails, move{which + " pending change fails", func(w *world) bool { return w.pends[n].task != 0 && w.pends[n].must }, func(w *world) {
			p := w.pends[n]
			w.pends[n] = pending{}
			w.tasks[p.task] = taskFailed
			switch p.m {
			case detach:
				w.det = false
			case del:
				w.doomed = false
			}
		}}))
	}
	list = append(list, move{"the deletion comes to its end", (*world).stuckDeletion, func(w *world) { w.effect(del, w.detFor) }})
	return append(list, move{"the detach comes to its end", (*world).stuckDetach, func(w *world) { w.effect(detach, w.detFor); w.att, w.det = 0, false; w.note() }})
}

// stuckDetach reports whether a detach is in progress that no pending change ends.
func (w *world) stuckDetach() bool {
	for i := range w.pends {
		if w.pends[i].m&detach != 0 && w.pends[i].must {
			return false
		}
	}
	return w.det
}

// stuckDeletion is the same for a deletion.
func (w *world) stuckDeletion() bool {
	for i := range w.pends {
		if w.pends[i].m&del != 0 && w.pends[i].must {
			return false
		}
	}
	return w.doomed && w.exists
}

// Time, permits and policy.
func timeMoves() []move {
	list := []move{
		{"a tick passes", (*world).canTick, (*world).passTick},
		spend(opinions, move{"the user's policy says the opposite from now on, once", func(w *world) bool { return !w.flip }, func(w *world) { w.flip = true }}),
		{"the idle lane is forgotten", func(w *world) bool {
			return w.called != 0 && int(w.called) != 1<<len(w.scene.wants)-1 && w.lane.Idle(w.now) && w.net.on == 0 && w.describing == 0 && len(w.asking) == 0
		}, func(w *world) {
			w.permits = [len(Actions)]uint8{}
			w.calls, w.ended, w.waiting = [callers]*Call{}, w.called, 0
			w.renew()
		}},
	}
	for i := range Actions {
		list = append(list, move{"the permit for " + string(Actions[i]) + " comes", func(w *world) bool { return w.permits[i] == 1 }, func(w *world) {
			w.permits[i] = 2
			w.lane.PermitGranted(w.now, Actions[i])
		}})
	}
	return list
}

// canTick reports whether time may pass now.
func (w *world) canTick() bool {
	for i := range w.pends {
		if p := &w.pends[i]; p.m != 0 && p.must && !p.unanswered && p.life == 1 {
			return false
		}
	}
	for i := range w.describing {
		if w.describes[i].age == slowest {
			return false
		}
	}
	return !w.net.aborted && (w.called != 0 || w.flip)
}

func (w *world) passTick() {
	for i := range w.pends {
		p := &w.pends[i]
		if p.m == 0 || p.unanswered {
			continue
		}
		if p.life--; p.life == 0 {
			*p = pending{}
		}
	}
	for i := range w.describing {
		w.describes[i].age++
	}
	if w.haze != unset {
		if w.haze++; w.haze > slowest {
			w.haze = unset
		}
	}
	w.now += tick
	if w.living > 0 {
		w.living++
	}
	w.ageWitness()
	w.lane.Tick(w.now)
	for c, deadline := range w.scene.deadlines {
		if deadline > 0 && w.called&^w.ended>>c&1 == 1 && w.age[c] == deadline {
			w.say("%s has to leave", callerName(c))
			w.quit(c)
		}
	}
	for c := range w.calls {
		if w.ended>>c&1 == 0 && w.waiting>>c&1 == 1 && w.settle[c] > maxSettle {
			w.say("%s has waited long enough", callerName(c))
			if w.living > 3 && w.present()&w.scene.wants[c] == 0 {
				w.fail("%s waits too long for what is gone", callerName(c))
			}
			w.tell()
			w.endWait(c)
			w.ended |= 1 << c
		}
	}
}

// moves lists all moves, in the order in which they are tried.
var moves = func() (list []move) {
	for c := range callers {
		list = append(list, callerMoves(c)...)
	}
	list = append(list, changeMoves()...)
	list = append(list, pendingMoves()...)
	list = append(list, describeMoves()...)
	list = append(list, taskMoves()...)
	list = append(list, actorMoves()...)
	list = append(list, deadCall)
	return append(list, timeMoves()...)
}()

// play makes a move, and then the runner does what the lane wants.
func (w *world) play(m *move) {
	defer func() {
		if v := recover(); v != nil {
			w.fail("panic: %v", v)
		}
	}()
	if w.story != nil {
		w.story.WriteString(m.name)
	}
	m.do(w)
	w.run()
	w.lane.Took()
	w.forget()
}
