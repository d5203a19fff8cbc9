// SPDX-License-Identifier: Apache-2.0

package core

import (
	"container/heap"
	"sync"
	"time"
)

// alarms calls functions at given times. One timer serves all alarms, so that waiting
// interfaces hold no goroutine and no timer of their own.
type alarms struct {
	origin time.Time

	mu    sync.Mutex
	due   alarmHeap
	timer *time.Timer
	at    time.Duration // when the timer fires, if it is set
	set   bool
}

// alarm calls ring of its field rings at a time. The zero alarm is not set.
type alarm struct {
	rings rings
	at    time.Duration
	index int // in the heap, from 1; 0 if it is not set
}

// rings is called by an alarm.
type rings interface {
	ring() // on its own goroutine
}

// now returns the time since the origin.
func (a *alarms) now() time.Duration { return time.Since(a.origin) }

// put sets an alarm, or changes its time. It rings once, on its own goroutine.
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

// wind sets the timer to the first alarm. A timer that fires too early because its
// alarm was canceled is not stopped: that would cost more. The lock is held.
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

// ring calls all alarms that are due.
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

// sideBySide calls functions so that a slow one does not delay the others: the last on
// this goroutine, and each of the others on its own.
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
