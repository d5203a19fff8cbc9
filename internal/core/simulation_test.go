// SPDX-License-Identifier: Apache-2.0

package core

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"
)

// simulation plays requests against a quota without goroutines: each of the slots
// waits for a permit, sends, and does the same again when its answer is there.
type simulation struct {
	quota    func(now time.Duration) bool // whether the cloud lets a request through
	clients  []rule
	lost     func(now time.Duration) bool // whether the answer is lost; nil for never
	requests int                          // of each client, to get through
	slots    int                          // of each client
	shortest time.Duration                // an accepted request is answered after this,
	longest  time.Duration                // or at the latest after this
	later    time.Duration                // each client begins so long after the one before it
	seed     uint64

	now    time.Duration
	events events
	random *rand.Rand
}

// rule says when the next permit is due; see [rate].
type rule interface {
	take(now time.Duration) (wait time.Duration)
	sends(now time.Duration) (changed bool)
	through(now, sent time.Duration)
	throttled(now, sent, hint time.Duration)
}

// played is what a simulation showed.
type played struct {
	took     time.Duration // until the last request was answered
	refused  int
	accepted []time.Duration // when
	rejected []time.Duration
	done     []int   // of each client
	share    float64 // of the slowest client, when the first was done
}

// oneWay is how long a request or an answer takes on its way.
func (s *simulation) oneWay() time.Duration {
	return 14*time.Millisecond + time.Duration(s.random.Int64N(int64(2*time.Millisecond)))
}

type simEvent struct {
	at    time.Duration
	order int
	run   func()
}

type events struct {
	list  []simEvent
	count int
}

func (e *events) Len() int { return len(e.list) }
func (e *events) Less(i, j int) bool {
	a, b := e.list[i], e.list[j]
	return a.at < b.at || a.at == b.at && a.order < b.order
}
func (e *events) Swap(i, j int) { e.list[i], e.list[j] = e.list[j], e.list[i] }
func (e *events) Push(x any)    { e.list = append(e.list, x.(simEvent)) } //nolint:forcetypeassert // there is nothing else
func (e *events) Pop() any {
	last := e.list[len(e.list)-1]
	e.list = e.list[:len(e.list)-1]
	return last
}

func (s *simulation) at(at time.Duration, run func()) {
	s.events.count++
	heap.Push(&s.events, simEvent{at, s.events.count, run})
}

func (s *simulation) run() played {
	s.random = rand.New(rand.NewPCG(s.seed, 0))
	o := played{done: make([]int, len(s.clients))}
	for n, r := range s.clients {
		left, waiting, alarm := s.requests, s.slots, forever
		open := 0
		var serve func()
		serve = func() {
			for waiting > 0 && left > open {
				wait := r.take(s.now)
				if wait > 0 {
					if at := s.now + wait; at < alarm || alarm <= s.now {
						alarm = at
						s.at(at, serve)
					}
					return
				}
				waiting--
				open++
				sent := s.now
				r.sends(sent)
				s.at(sent+s.oneWay(), func() {
					if s.lost != nil && s.lost(s.now) {
						s.at(s.now+s.oneWay(), func() {
							waiting++
							open--
							serve()
						})
						return
					}
					if !s.quota(s.now) {
						o.refused++
						o.rejected = append(o.rejected, s.now)
						s.at(s.now+s.oneWay(), func() {
							waiting++
							open--
							r.throttled(s.now, sent, 0)
							serve()
						})
						return
					}
					o.accepted = append(o.accepted, s.now)
					service := s.shortest
					if s.longest > s.shortest {
						service += time.Duration(s.random.Int64N(int64(s.longest - s.shortest)))
					}
					s.at(s.now+service+s.oneWay(), func() {
						waiting++
						open--
						left--
						r.through(s.now, sent)
						o.took = s.now
						o.note(n, left == 0)
						serve()
					})
				})
			}
		}
		s.at(s.now+time.Duration(n)*s.later, serve)
	}
	for len(s.events.list) > 0 {
		e := heap.Pop(&s.events).(simEvent) //nolint:forcetypeassert // there is nothing else
		s.now = e.at
		e.run()
	}
	return o
}

// note notes that a request of a client got through, perhaps its last.
func (o *played) note(client int, last bool) {
	o.done[client]++
	if !last || o.share > 0 {
		return
	}
	all := 0
	for _, n := range o.done {
		all += n
	}
	o.share = float64(slices.Min(o.done)) / float64(all)
}

// bucketOf is a quota that fills evenly.
func bucketOf(perSecond, burst float64) func(time.Duration) bool {
	return changingBucket(burst, func(time.Duration) float64 { return perSecond })
}

func changingBucket(burst float64, rate func(time.Duration) float64) func(time.Duration) bool {
	level, last := burst, time.Duration(0)
	return func(now time.Duration) bool {
		for last < now {
			step := min(now-last, time.Millisecond)
			level = min(level+rate(last)*step.Seconds(), burst)
			last += step
		}
		if level < 1-1e-6 {
			return false
		}
		level--
		return true
	}
}

// windowsOf is a number for each minute, of which the first ends at a time.
func windowsOf(n int, end time.Duration) func(time.Duration) bool {
	window, used := time.Duration(-1), 0
	return func(now time.Duration) bool {
		if w := (now - end + 10*time.Minute) / time.Minute; w != window {
			window, used = w, 0
		}
		if used == n {
			return false
		}
		used++
		return true
	}
}
