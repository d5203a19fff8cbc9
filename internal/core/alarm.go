// SPDX-License-Identifier: Apache-2.0

package core

import (
	"container/heap"
	"sync"
	"time"
)

// alarms ring at times. It keeps one timer for all of them, so that a
// thousand interfaces that wait hold no goroutine and no timer of their own.
type alarms struct {
	origin time.Time

	mu    sync.Mutex
	due   alarmHeap
	timer *time.Timer
	at    time.Duration // when the timer fires, where it is set
	set   bool
}

// alarm can be set for one that rings. The zero alarm is not set.
type alarm struct {
	rings rings
	at    time.Duration
	index int // in the heap, from 1; 0 while it is not set
}

// rings is what an alarm is for.
type rings interface {
	ring() // on a goroutine of its own
}

// now is the time since the origin.
func (a *alarms) now() time.Duration { return time.Since(a.origin) }

// put sets an alarm, or sets it to another time. It runs once, on a goroutine of
// its own.
func (a *alarms) put(al *alarm, at time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case al.index > 0 && al.at == at:
		return
	case al.index > 0:
		al.at = at
		heap.Fix(&a.due, al.index-1)
	default:
		al.at = at
		heap.Push(&a.due, al)
	}
	a.wind()
}

// cancel unsets an alarm.
func (a *alarms) cancel(al *alarm) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if al.index > 0 {
		heap.Remove(&a.due, al.index-1)
	}
}

// wind sets the timer to the first alarm. A timer that fires too early, because
// its alarm was cancelled, is left alone: that costs less than to stop it. The
// lock is held.
func (a *alarms) wind() {
	if len(a.due) == 0 || a.set && a.at <= a.due[0].at {
		return
	}
	a.at, a.set = a.due[0].at, true
	wait := a.at - a.now()
	if a.timer == nil {
		a.timer = time.AfterFunc(wait, a.ring)
	} else {
		a.timer.Reset(wait)
	}
}

// ring runs what is due.
func (a *alarms) ring() {
	a.mu.Lock()
	a.set = false
	now := a.now()
	var due []func()
	for len(a.due) > 0 && a.due[0].at <= now {
		due = append(due, heap.Pop(&a.due).(*alarm).rings.ring) //nolint:errcheck,forcetypeassert // nothing else is in it
	}
	a.wind()
	a.mu.Unlock()
	sideBySide(due)
}

// sideBySide runs functions so that one that takes long holds none of the others:
// the last on this goroutine, and each of the others on its own.
func sideBySide(all []func()) {
	for i, f := range all {
		if i == len(all)-1 {
			f()
		} else {
			go f()
		}
	}
}

// alarmHeap implements heap.Interface.
type alarmHeap []*alarm //nolint:recvcheck // as heap.Interface has it

func (h alarmHeap) Len() int           { return len(h) }
func (h alarmHeap) Less(i, k int) bool { return h[i].at < h[k].at }
func (h alarmHeap) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].index, h[k].index = i+1, k+1
}
func (h *alarmHeap) Push(x any) {
	al := x.(*alarm) //nolint:errcheck,forcetypeassert // nothing else is pushed
	*h = append(*h, al)
	al.index = len(*h)
}
func (h *alarmHeap) Pop() any {
	last := len(*h) - 1
	al := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	al.index = 0
	return al
}
