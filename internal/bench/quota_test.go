// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"math"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// limit is what an account may send of each kind of change.
type limit struct {
	quota  int           // a second, or in each window
	burst  int           // the depth of the bucket that fills evenly; 0 with windows
	window time.Duration // its length; 0 for a bucket
	phase  phase         // when windows begin
	halves bool          // the quota is half of that in the middle third of the storm
}

// phase is when the cloud's windows begin.
type phase string

const (
	noPhase    phase = ""
	fullMinute phase = "minute" // at the full minute of the cloud's clock; the seed draws when the storm begins
	drawn      phase = "drawn"  // at a place in the minute that the seed draws
)

// The limits that the storms are played under.
var (
	fifty    = limit{quota: 50, burst: 50}
	thousand = limit{quota: 1000, burst: 1000}
	ten      = limit{quota: 10, burst: 1}
)

// perMinute is a quota for each minute.
func perMinute(quota int, p phase) limit {
	return limit{quota: quota, window: time.Minute, phase: p}
}

// perSecond is how many changes a second that is in the long run.
func (l limit) perSecond() float64 {
	if l.window > 0 {
		return float64(l.quota) / l.window.Seconds()
	}
	return float64(l.quota)
}

func (l limit) String() string {
	text := fmt.Sprintf("%d a second", l.quota)
	switch {
	case l.window > 0:
		text = fmt.Sprintf("%d in each minute, at the full minute", l.quota)
		if l.phase == drawn {
			text = fmt.Sprintf("%d in each minute, at a phase", l.quota)
		}
	case l.burst == 1:
		text += " one by one"
	}
	if l.halves {
		text += ", halved in the middle"
	}
	return text
}

// delay is how long after a full minute the storm begins.
func (l limit) delay(seed int64) time.Duration {
	if l.window == 0 {
		return 0
	}
	return seconds64(60 * draw(seed, "start", subject{}, 0))
}

// offset is how long after a full minute the windows begin.
func (l limit) offset(seed int64) time.Duration {
	if l.phase != drawn {
		return 0
	}
	return seconds64(60 * draw(seed, "phase", subject{}, 0))
}

// firstWindow is how long after the storm's beginning the second window begins.
func (l limit) firstWindow(seed int64) time.Duration {
	return l.window - (l.delay(seed)-l.offset(seed)+l.window)%l.window
}

func seconds64(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// middle is when the quota of a storm of so many changes is halved, and when it is
// whole again.
func (l limit) middle(changes int) (from, to time.Duration) {
	if !l.halves {
		return 0, 0
	}
	whole := float64(changes) / l.perSecond()
	return seconds64(whole / 3), seconds64(whole * 2 / 3)
}

// allowance is the quota of one API.
type allowance interface {
	take(now time.Time) bool
}

// bucket fills evenly.
type bucket struct {
	rate, full, level float64
	at                time.Time
	from, to          time.Time // when it fills at half the rate
}

func newBucket(rate, burst float64) *bucket {
	return &bucket{rate: rate, full: burst, level: burst, at: time.Now()}
}

func (b *bucket) take(now time.Time) bool {
	b.level = min(b.full, b.level+b.rate*(now.Sub(b.at).Seconds()-b.halved(now)/2))
	b.at = now
	// What the division by a second rounds away must not cost a request.
	if b.level < 1-1e-6 {
		return false
	}
	b.level--
	return true
}

// halved is how many seconds since the last time the rate was half.
func (b *bucket) halved(now time.Time) float64 {
	from, to := b.at, now
	if from.Before(b.from) {
		from = b.from
	}
	if to.After(b.to) {
		to = b.to
	}
	return max(to.Sub(from).Seconds(), 0)
}

// window has a number of requests for each stretch of time.
type window struct {
	quota  int
	length time.Duration
	offset time.Duration
	began  time.Time
	used   int
}

func (w *window) take(now time.Time) bool {
	if began := now.Add(-w.offset).Truncate(w.length); !began.Equal(w.began) {
		w.began, w.used = began, 0
	}
	if w.used == w.quota {
		return false
	}
	w.used++
	return true
}

// allowance makes the quota of one kind of change.
func (l limit) allowance(seed int64, changes int) allowance {
	if l.window > 0 {
		return &window{quota: l.quota, length: l.window, offset: l.offset(seed)}
	}
	b := newBucket(float64(l.quota), float64(l.burst))
	from, to := l.middle(changes)
	b.from, b.to = b.at.Add(from), b.at.Add(to)
	return b
}

// least is the shortest time in which so many changes can be done on each of the
// interfaces. What the bucket holds at the beginning is not counted.
func (l limit) least(seed int64, interfaces int, action enitest.Action, each int, round time.Duration) time.Duration {
	work := newWork(seed, interfaces, action, each, round)
	changes := interfaces * each
	if l.window > 0 {
		return max(work.longest(), l.leastInWindows(seed, work, changes))
	}
	evenly := time.Duration(changes) * time.Second / time.Duration(l.quota)
	if from, to := l.middle(changes); to > 0 {
		evenly += (to - from) / 2
	}
	return max(work.longest(), evenly)
}

// leastInWindows counts whole windows: in each no more than the quota can begin,
// and no more than the interfaces can take one after another.
func (l limit) leastInWindows(seed int64, work work, changes int) time.Duration {
	begun := 0
	start := time.Duration(0)
	for end := l.firstWindow(seed); ; start, end = end, end+l.window {
		if before := begun; before+l.quota >= changes && work.begunBy(end) >= changes {
			left := changes - before
			perInterface := (left + len(work) - 1) / len(work)
			return start + time.Duration(perInterface)*shortestChange
		}
		begun = min(begun+l.quota, work.begunBy(end))
	}
}

// work is when each change of each interface ends where nothing holds it.
type work [][]time.Duration

// newWork adds up the times of the changes, each with what a round takes beside.
func newWork(seed int64, interfaces int, action enitest.Action, each int, round time.Duration) work {
	w := make(work, interfaces)
	for n := range w {
		var end time.Duration
		for ordinal := range each {
			end += changeTime(seed, subject{action, interfaceID(n)}, ordinal) + round
			w[n] = append(w[n], end)
		}
	}
	return w
}

func (w work) longest() (longest time.Duration) {
	for _, ends := range w {
		longest = max(longest, ends[len(ends)-1])
	}
	return longest
}

// begunBy is how many changes can have begun by then.
func (w work) begunBy(at time.Duration) int {
	n := 0
	for _, ends := range w {
		n++ // the first one begins at once
		for _, end := range ends[:len(ends)-1] {
			if end <= at {
				n++
			}
		}
	}
	return min(n, math.MaxInt)
}
