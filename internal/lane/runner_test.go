// SPDX-License-Identifier: Apache-2.0

package lane

import "github.com/cloudeni/cloudeni/eni"

// errorsOf has one error for each kind, so that pointers distinguish them.
var errorsOf = func() (list [16]*eni.Error) {
	for k := range list {
		list[k] = &eni.Error{Kind: eni.Kind(k), Code: "cloud"}
	}
	return list
}()

var (
	errLeft  = &eni.Error{Kind: eni.ErrUnavailable, Code: "context"}
	errAsked = &eni.Error{Kind: eni.ErrUnavailable, Code: "dead context"}
)

func leftWith(last *eni.Error) *eni.Error {
	if last != nil {
		return last
	}
	return errLeft
}

// verdict returns the verdict of the default policy, or once the opposite.
func (w *world) verdict(k eni.Kind) Verdict {
	retry := k == eni.ErrConflict || k == eni.ErrThrottled || k == eni.ErrUnavailable
	if w.flip {
		retry, w.flip, w.opinion = !retry, false, true
	}
	if w.scene.hurry {
		return Verdict{Retry: retry}
	}
	return Verdict{Retry: retry, Pause: tick}
}

// run does what the lane wants until it wants nothing.
func (w *world) run() {
	for n := 0; ; n++ {
		w.tell()
		todo := w.lane.Next(w.now)
		if n == 20 {
			w.say("it wants %+v", todo)
			w.fail("the lane wants more and more without time passing")
			return
		}
		if !w.step(&todo) {
			break
		}
	}
	for c, call := range w.calls {
		if call != nil && w.called>>c&1 == 1 && w.ended>>c&1 == 0 {
			w.follow(c, call)
		}
	}
	w.checkIdle()
}

// step does the next thing that the lane wants, if any.
func (w *world) step(todo *Todo) bool {
	l := w.lane
	if todo.Abort && w.net.on != 0 && !w.net.aborted {
		w.net.aborted = true
		w.say("the runner cuts the request")
	}
	if todo.Judge != nil {
		v := w.verdict(todo.Judge.Kind)
		w.say("judged %v: again is %t", todo.Judge.Kind, v.Retry)
		l.Judged(w.now, v)
		return true
	}
	for i := range todo.Permits {
		switch wanted := todo.Permits[i].Wanted; {
		case !wanted && w.permits[i] != 0:
			w.permits[i] = 0
			w.say("the permit is given back")
			l.PermitReturned(Actions[i])
			return true
		case wanted && w.permits[i] == 0 && w.scene.slow:
			w.permits[i] = 1
			w.say("a permit is asked for")
			l.PermitAsked(w.now, Actions[i])
			return true
		case wanted && w.permits[i] == 0:
			w.permits[i] = 2
			l.PermitGranted(w.now, Actions[i])
			return true
		}
	}
	switch {
	case todo.Send != "":
		w.send(todo.Send)
	case todo.Describe && w.describing < maxDescribes:
		w.begin()
	case todo.Task != nil:
		w.ask(todo.Task)
	case todo.Wake <= w.now:
		l.Tick(w.now)
	default:
		return false
	}
	return true
}

func (w *world) send(action Action) {
	w.checkPermit(action)
	ch := w.lane.Take(w.now, action)
	w.permits[action.index()] = 0
	if w.net.on != 0 {
		w.fail("two changes at a time")
		return
	}
	m := maskOf(ch.Targets)
	if m == 0 {
		w.fail("a change of nothing is sent")
		return
	}
	w.net = request{on: 1, m: m}
	for c, call := range w.calls {
		for _, x := range ch.Calls {
			if call != nil && x == call {
				w.carries(c, m)
			}
		}
	}
	w.say("SEND %s", names(m))
	w.checkSend()
}

func (w *world) begin() {
	d := w.lane.Began(w.now)
	f := sentDescribe{d: d, seen: w.visible(), since: w.called}
	for t := range targets {
		if !w.canAct(t) {
			f.clean |= 1 << t
		}
	}
	w.describes[w.describing] = f
	w.describing++
	w.say("DESCRIBE")
}

// land removes a describe from those in progress.
func (w *world) land(n int) sentDescribe {
	f := w.describes[n]
	copy(w.describes[n:], w.describes[n+1:])
	w.describing--
	w.describes[w.describing] = sentDescribe{}
	return f
}

func (w *world) ask(ch *Change) {
	w.lane.TaskAsked(w.now, ch)
	w.asking = append(w.asking, ch)
	w.say("ASK FOR THE TASK")
}

// answer reports the answer to the change in progress to the lane.
func (w *world) answer(ans Answer) {
	if ans.Err != nil {
		ans.Verdict = w.verdict(ans.Err.Kind)
	}
	w.noteAnswer(ans)
	w.landed()
	w.lane.Answered(w.now, ans)
}

// follow waits for a caller like an Operation, until all claims are decided.
func (w *world) follow(c int, call *Call) {
	bit := uint8(1) << c
	switch {
	case call.Done():
		w.endWait(c)
		w.ended |= bit
	case call.Answered() && w.waiting&bit == 0 && !w.scene.polling:
		w.waiting |= bit
		w.lane.WaitBegan(w.now)
		w.run()
	}
}

func (w *world) endWait(c int) {
	if bit := uint8(1) << c; w.waiting&bit != 0 {
		w.waiting &^= bit
		w.lane.WaitEnded()
	}
}

// quit ends a caller's context.
func (w *world) quit(c int) {
	call := w.calls[c]
	w.leaver = c + 1
	if call.Answered() {
		w.endWait(c)
	} else {
		w.lane.Cancel(w.now, call, leftWith)
		if !call.Answered() {
			w.fail("%s has left and is not answered", callerName(c))
		}
	}
	w.tell()
	w.ended |= 1 << c
}
