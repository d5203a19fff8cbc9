// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"encoding/binary"
	"hash/fnv"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The numbers of the rules that package bench documents.
const (
	shortestChange   = 300 * time.Millisecond
	longestChange    = 800 * time.Millisecond
	oneWay           = 15 * time.Millisecond
	lostAnswers      = 0.02
	queriesPerSecond = 20 // descriptions, and as many task queries
	perChange        = 10 // addresses
)

// rules are the cloud's behaviour for calls. Random values depend only on the seed and the
// call, never on the order among interfaces.
type rules struct {
	seed   int64
	effect time.Duration // how long every change takes; zero where the seed draws it

	mu       sync.Mutex
	accepted map[subject]int
	received map[subject]int
	quotas   map[enitest.Action]allowance
}

// subject is one action on one interface; some actions are on none.
type subject struct {
	action enitest.Action
	id     string
}

func newRules(s scenario) *rules {
	changes := s.size.interfaces * s.size.each()
	return &rules{
		seed:     s.seed,
		effect:   s.effect,
		accepted: make(map[subject]int),
		received: make(map[subject]int),
		quotas: map[enitest.Action]allowance{
			enitest.UnassignPrivateIps: s.limit.allowance(s.seed, changes),
			enitest.Detach:             s.limit.allowance(s.seed, changes),
			enitest.Delete:             s.limit.allowance(s.seed, changes),
			enitest.Describe:           newBucket(queriesPerSecond, queriesPerSecond),
			enitest.DescribeTask:       newBucket(queriesPerSecond, queriesPerSecond),
		},
	}
}

// completesAfter is the cloud's CompletesAfter: how long the change just accepted
// takes.
func (r *rules) completesAfter(call enitest.Call) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := subject{call.Action, call.InterfaceID}
	ordinal := r.accepted[s]
	r.accepted[s]++
	if r.effect > 0 {
		return r.effect
	}
	return changeTime(r.seed, s, ordinal)
}

// changeTime is how long a change takes.
func changeTime(seed int64, s subject, ordinal int) time.Duration {
	return shortestChange + time.Duration(draw(seed, "duration", s, ordinal)*float64(longestChange-shortestChange))
}

// control is the cloud's Control: it throttles and loses.
func (r *rules) control(call enitest.Call) *enitest.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := subject{call.Action, call.InterfaceID}
	ordinal := r.received[s]
	r.received[s]++
	served := r.quotas[call.Action].take(time.Now())
	loss := draw(r.seed, "loss", s, ordinal)
	switch {
	case loss < lostAnswers:
		return &enitest.Fault{Reset: true, After: served && loss < lostAnswers/2}
	case !served:
		return &enitest.Fault{Reason: enitest.Throttled}
	default:
		return nil
	}
}

// draw returns a number from 0 up to 1 that depends on its arguments alone.
func draw(seed int64, what string, s subject, ordinal int) float64 {
	var numbers [16]byte
	binary.LittleEndian.PutUint64(numbers[:8], uint64(seed))
	binary.LittleEndian.PutUint64(numbers[8:], uint64(ordinal))
	h := fnv.New64a()
	for _, part := range [][]byte{numbers[:], []byte(what), []byte(s.action), []byte(s.id)} {
		_, _ = h.Write(part)
	}
	// The high bits of FNV know little of the last bytes: mix, as splitmix64 does.
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}
