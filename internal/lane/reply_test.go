// SPDX-License-Identifier: Apache-2.0

package lane

import "github.com/cloudeni/cloudeni/eni"

// The results of describes.
func describeMoves() []move {
	var list []move
	for n := range maxDescribes {
		which := []string{"the describe", "the later describe"}[n]
		inProgress := func(w *world) bool { return n < w.describing }
		list = append(list,
			move{which + " is answered", inProgress, func(w *world) { w.showLane(w.land(n), w.visible()) }},
			spend(replies, move{which + " shows what was so when it began", func(w *world) bool { return inProgress(w) && w.describes[n].seen != w.visible() }, func(w *world) {
				f := w.land(n)
				w.showLane(f, f.seen)
			}}),
			spend(hiccups, move{which + " misses the interface", func(w *world) bool { return inProgress(w) && w.exists && w.mayMiss() }, func(w *world) { w.miss(n) }}),
			// A hiccup concerns all describes that begin at its time.
			move{which + " misses the interface as well", func(w *world) bool { return inProgress(w) && w.exists && w.describes[n].age == w.haze && w.mayMiss() }, func(w *world) { w.miss(n) }},
			spend(losses, move{which + " is lost", inProgress, func(w *world) {
				w.lane.Failed(w.now, w.land(n).d, errorsOf[eni.ErrUnavailable], w.verdict(eni.ErrUnavailable))
			}}),
			spend(losses, move{which + " is given up", inProgress, func(w *world) { w.lane.Dropped(w.land(n).d) }}),
			spend(denials, move{which + " is not permitted", inProgress, func(w *world) {
				f, v := w.land(n), w.verdict(eni.ErrPermission)
				w.denied = f.since
				w.lane.Failed(w.now, f.d, errorsOf[eni.ErrPermission], v)
				w.tell()
				w.denied = 0
				w.checkDenied(f, v)
			}}),
		)
	}
	return list
}

// mayMiss reports whether a describe may not show the interface: once, or while a task
// runs that must confirm it.
func (w *world) mayMiss() bool {
	if !w.scene.missedTwice {
		return true
	}
	for i := range w.pends {
		if w.pends[i].task != 0 && !w.pends[i].unanswered {
			return true
		}
	}
	return false
}

func (w *world) miss(n int) {
	f := w.land(n)
	w.haze = f.age
	w.showLane(f, 0)
}

// showLane reports the result of a describe to the lane.
func (w *world) showLane(f sentDescribe, code uint8) {
	if !f.stale {
		w.noteDescribed(f, code)
	}
	if code&shownThere == 0 {
		w.say("it shows no interface")
		w.lane.Missing(w.now, f.d, errorsOf[eni.ErrNotFound])
		return
	}
	w.say("it shows %s", showName(code))
	w.lane.Described(w.now, f.d, w.shown(code))
}

func showName(code uint8) string {
	s := "addresses " + names(code&(a|b))
	if at := code >> 2 & 3; at != 0 {
		s += ", on i-" + string('0'+rune(at))
	}
	if code&16 != 0 {
		s += ", detaching"
	}
	if code&shownDoomed != 0 {
		s += ", deleting"
	}
	return s
}

// The states of tasks.
func taskMoves() []move {
	var list []move
	for n := range 2 {
		which := []string{"the task", "the other task"}[n]
		asked := func(w *world) bool { return n < len(w.asking) }
		take := func(w *world) *Change {
			ch := w.asking[n]
			w.asking = append(w.asking[:n:n], w.asking[n+1:]...)
			return ch
		}
		list = append(list,
			move{which + " is told", asked, func(w *world) {
				ch := take(w)
				state := w.tasks[taskNumber(ch.TaskID())]
				if state != taskRuns {
					w.taskOver(maskOf(ch.Targets))
				}
				switch state {
				case taskDone:
					w.lane.TaskReported(w.now, ch, TaskSucceeded, nil)
				case taskFailed:
					w.lane.TaskReported(w.now, ch, TaskFailed, errorsOf[eni.ErrUnknown])
				default:
					w.lane.TaskReported(w.now, ch, TaskRunning, nil)
				}
			}},
			spend(forgotten, move{which + " is unknown to the cloud", asked, func(w *world) { w.lane.TaskReported(w.now, take(w), TaskUnknown, nil) }}),
			spend(losses, move{which + " is not told: the answer is lost", asked, func(w *world) {
				w.lane.TaskLost(w.now, take(w), w.verdict(eni.ErrUnavailable))
			}}),
		)
	}
	return list
}
