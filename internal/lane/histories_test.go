// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// history is a lane with the default timing and random events.
type history struct {
	*drive
	*rand.Rand

	targets   []Target
	calls     []*Call
	describes []Describe
	asking    []*Change
	waiting   int
}

// Lanes stay consistent through random events. When all callers have departed, and no
// change can act any more, they are empty.
func TestHistories(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { newHistory(t, seed).play() })
	}
}

func newHistory(t *testing.T, seed uint64) *history {
	l := &history{Rand: rand.New(rand.NewPCG(seed, 0))}
	l.drive = newDrive(t, func(c *Config) {
		c.Tasks, c.BoundsFirst = seed%3 == 0, seed%5 == 0
		c.PerChange = 1 + l.IntN(4)
		c.MaxAttempts = 1 + l.IntN(4)
		if seed%7 == 0 {
			c.MaxElapsed = 0
		}
	})
	l.targets = append(addrs(2+l.IntN(2*few)), fromI1, Target{Action: Detach, InstanceID: "i-2"}, addr6(1), addr6(2))
	return l
}

func (l *history) play() {
	steps := []func(){l.someCall, l.someCall, l.take, l.take, l.answer, l.answer, l.permit, l.begin, l.describe, l.describe, l.leave, l.late, l.judge, l.task, l.wait, l.rest}
	for range 250 {
		steps[l.IntN(len(steps))]()
		l.consistent()
		l.told()
	}
	l.end()
}

func (l *history) someCall() {
	if len(l.open()) > 12 {
		return
	}
	first := l.IntN(len(l.targets))
	list := []Target{l.targets[first]}
	for _, t := range l.targets[first+1:] {
		if t.Action == list[0].Action && t.Action != Detach && len(list) < 6 {
			list = append(list, t)
		}
	}
	if list[0].Action == Detach && l.IntN(2) == 0 {
		list = DeleteTargets([]string{"", "i-1"}[l.IntN(2)])
	}
	c := NewCall(list)
	if l.IntN(3) == 0 {
		c.Deadline = l.now + time.Duration(l.IntN(20))*time.Second
	}
	l.Add(l.now, c, time.Duration(l.IntN(2)*20)*time.Millisecond)
	l.calls = append(l.calls, c)
}

func (l *history) open() []*Call {
	var open []*Call
	for _, c := range l.calls {
		if !c.Answered() {
			open = append(open, c)
		}
	}
	return open
}

// take sends the next change, and checks that callers wait for its targets.
func (l *history) take() {
	a := l.Next(l.now).Send
	if a == "" {
		return
	}
	before := map[*Call]int{}
	for _, c := range l.calls {
		before[c] = c.Attempts
	}
	ch := l.Take(l.now, a)
	if len(ch.Targets) == 0 || len(ch.Targets) > l.cfg.PerChange || len(ch.Targets) != len(ch.goals) {
		l.t.Fatalf("%d targets in a change of at most %d", len(ch.Targets), l.cfg.PerChange)
	}
	for i, t := range ch.Targets {
		if t.Action != a || slices.Contains(ch.Targets[:i], t) {
			l.t.Fatalf("%s carries %v", a, ch.Targets)
		}
	}
	for _, c := range l.calls {
		if carried := slices.Contains(ch.Calls, c); carried != (c.Attempts == before[c]+1) {
			l.t.Fatalf("a call is carried: %t, and has %d attempts after %d", carried, c.Attempts, before[c])
		}
	}
}

var kinds = []eni.Kind{
	eni.ErrConflict, eni.ErrConflict, eni.ErrThrottled, eni.ErrUnavailable, eni.ErrUnavailable, eni.ErrNotAssigned,
	eni.ErrNotFound, eni.ErrState, eni.ErrInvalid, eni.ErrUnknown, eni.ErrPermission, eni.ErrUnsupported,
}

func (l *history) error() *eni.Error { return &eni.Error{Kind: kinds[l.IntN(len(kinds))]} }

func (l *history) verdict(e *eni.Error) Verdict {
	again := e.Kind == eni.ErrConflict || e.Kind == eni.ErrThrottled || e.Kind == eni.ErrUnavailable
	return Verdict{Retry: again, Pause: time.Duration(l.IntN(3)) * time.Second}
}

func (l *history) answer() {
	if l.current == nil {
		return
	}
	a := Answer{RequestID: "r", Concurrent: l.IntN(2) == 0}
	if l.IntN(2) == 0 {
		a.Err = l.error()
		a.Verdict = l.verdict(a.Err)
		a.NotSent = a.Err.Kind == eni.ErrUnavailable && l.IntN(4) == 0
		a.Effect = time.Duration(l.IntN(3)) * time.Second
	} else if l.cfg.Tasks {
		a.TaskID = "task"
	}
	l.Answered(l.now, a)
}

func (l *history) permit() {
	todo := l.Next(l.now)
	for i, p := range todo.Permits {
		a := Actions[i]
		switch state := l.Lane.permits[i].state; {
		case !p.Wanted && state != permitNone:
			l.PermitReturned(a)
		case !p.Wanted:
		case l.IntN(8) == 0:
			e := l.error()
			l.PermitFailed(l.now, a, e, l.verdict(e))
		case state == permitNone && l.IntN(2) == 0:
			l.PermitAsked(l.now, a)
		case state != permitHeld:
			l.PermitGranted(l.now, a)
		}
	}
}

func (l *history) begin() {
	if len(l.describes) < 3 {
		l.describes = append(l.describes, l.Began(l.now))
	}
}

func (l *history) shown() *eni.Interface {
	list := slices.DeleteFunc(slices.Clone(l.targets), func(t Target) bool { return t.Action == Detach || l.IntN(3) == 0 })
	i := with(list...)
	switch l.IntN(8) {
	case 0:
		i.State = eni.StateDetaching
	case 1:
		i.InstanceID = "i-2"
	case 2:
		i.InstanceID, i.State = "", eni.StateAvailable
	case 3:
		i.Addresses[1].Primary, i.Addresses[0].Primary = true, false
	}
	return i
}

func (l *history) describe() {
	n := len(l.describes)
	if n == 0 {
		return
	}
	at := l.IntN(n)
	d := l.describes[at]
	l.describes = slices.Delete(l.describes, at, at+1)
	switch l.IntN(8) {
	case 0:
		l.Missing(l.now, d, &eni.Error{Kind: eni.ErrNotFound})
	case 1:
		e := l.error()
		l.Failed(l.now, d, e, l.verdict(e))
	case 2:
		l.Dropped(d)
	default:
		l.Described(l.now, d, l.shown())
	}
}

var left = func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrUnavailable} }

func (l *history) leave() {
	if open := l.open(); len(open) > 0 {
		c := open[l.IntN(len(open))]
		l.Cancel(l.now, c, left)
		if !c.Answered() {
			l.t.Fatal("a call that has left is open")
		}
	}
}

func (l *history) late() {
	l.Late(l.now, Actions[l.IntN(len(Actions))], l.now+time.Duration(l.IntN(10))*time.Second, left)
}

func (l *history) judge() {
	if e := l.Next(l.now).Judge; e != nil {
		l.Judged(l.now, l.verdict(e))
	}
}

func (l *history) task() {
	if ch := l.Next(l.now).Task; ch != nil {
		l.TaskAsked(l.now, ch)
		l.asking = append(l.asking, ch)
	}
	if n := len(l.asking); n > 0 && l.IntN(2) == 0 {
		ch := l.asking[n-1]
		l.asking = l.asking[:n-1]
		if l.IntN(5) == 0 {
			e := l.error()
			l.TaskLost(l.now, ch, l.verdict(e))
			return
		}
		state := TaskState(l.IntN(4))
		var why *eni.Error
		if state == TaskFailed {
			why = l.error()
		}
		l.TaskReported(l.now, ch, state, why)
	}
}

func (l *history) wait() {
	if l.waiting > 0 && l.IntN(2) == 0 {
		l.waiting--
		l.WaitEnded()
	} else if l.waiting < 2 {
		l.waiting++
		l.WaitBegan(l.now)
	}
}

func (l *history) rest() {
	switch l.IntN(6) {
	case 0:
		l.pass(time.Duration(l.IntN(90)) * time.Second)
	case 1:
		if wake := l.Next(l.now).Wake; wake > l.now && wake < forever {
			l.pass(wake - l.now)
		}
	default:
		l.pass(time.Duration(l.IntN(1500)) * time.Millisecond)
	}
}

// told checks that every answered call is news, once.
func (l *history) told() {
	news := l.News()
	for i, c := range news {
		if !c.Answered() || slices.Contains(news[:i], c) {
			l.t.Fatal("no news, or twice")
		}
	}
}

// end makes all callers depart, and reports to the lane that everything is gone.
func (l *history) end() {
	for _, c := range l.open() {
		l.Cancel(l.now, c, left)
		l.consistent()
	}
	for l.waiting > 0 {
		l.waiting--
		l.WaitEnded()
	}
	if l.current != nil {
		l.Answered(l.now, Answer{})
	}
	for _, d := range l.describes {
		l.Dropped(d)
	}
	for _, ch := range l.asking {
		l.TaskReported(l.now, ch, TaskUnknown, nil)
	}
	for l.Next(l.now).Judge != nil {
		l.Judged(l.now, Verdict{})
	}
	free := with()
	free.InstanceID, free.State = "", eni.StateAvailable
	l.Described(l.now, l.Began(l.now), free)
	for range 2 { // what was to be deleted is gone
		l.pass(time.Second)
		l.Missing(l.now, l.Began(l.now), absent)
	}
	for _, c := range l.calls {
		if !c.Done() {
			l.t.Fatalf("not done: %+v", c.Claims)
		}
	}
	l.pass(defaultTiming.changeLife)
	l.Described(l.now, l.Began(l.now), free)
	l.consistent()
	if n := len(l.goals) + len(l.index) + len(l.changes) + len(l.doubts) + len(l.overdue) + len(l.refusals) + len(l.objections); n > 0 || !l.Idle(l.now) {
		l.t.Errorf("it remembers %d things, idle %t", n, l.Idle(l.now))
	}
	todo := l.Next(l.now)
	for i, p := range todo.Permits {
		if p.Wanted {
			l.t.Errorf("it wants a permit for %s", Actions[i])
		}
	}
	if todo.Send != "" || todo.Describe || todo.AwaitsDescribe || todo.Task != nil || todo.Judge != nil || todo.Abort {
		l.t.Errorf("it wants %+v", todo)
	}
}
