// SPDX-License-Identifier: Apache-2.0

package core

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// rival is another rule for an even rate. It begins as [rate] does, holds all
// requests for a moment after a throttled reply, and is cut once a second at most.
type rival struct {
	cut   func(r *rival, now time.Duration) // after a throttled reply
	raise func(r *rival, now time.Duration) // after a request that got through

	rate   float64 // requests a second
	top    float64 // the rate before it was cut, or what it was cut to
	since  time.Duration
	raised time.Duration
	began  bool

	until, next, slowed time.Duration
	row                 int
	passed              []time.Duration // when requests were sent that were not refused
}

func (r *rival) take(now time.Duration) time.Duration {
	if !r.began {
		r.began, r.rate = true, firstRate
	}
	if due := max(r.until, r.next); due > now {
		return due - now
	}
	if r.top == 0 && now-r.since > doubling {
		r.since, r.rate = now, 2*r.rate // nothing was refused yet
	}
	r.next = now + seconds(1/r.rate)
	r.passed = append(r.passed, now)
	return 0
}

func (r *rival) sends(time.Duration) bool { return false }

func (r *rival) through(now, _ time.Duration) {
	r.row = 0
	if r.top > 0 {
		r.raise(r, now)
	}
	r.raised = now
}

func (r *rival) throttled(now, sent, _ time.Duration) {
	if n, found := slices.BinarySearch(r.passed, sent); found {
		r.passed = slices.Delete(r.passed, n, n+1)
	}
	if sent < r.slowed {
		return
	}
	r.slowed = now
	r.until = now + min(leastHold<<r.row, mostHold)
	r.row = min(r.row+1, 16)
	if r.top == 0 || now-r.since >= time.Second {
		r.cut(r, now)
		r.rate = max(r.rate, leastRate)
		r.since, r.raised = now, now
	}
}

// between counts what was sent after one time, up to another, and not refused.
func (r *rival) between(from, to time.Duration) float64 {
	first, _ := slices.BinarySearch(r.passed, from+1)
	last, _ := slices.BinarySearch(r.passed, to+1)
	return float64(last - first)
}

// additive is additive increase, multiplicative decrease: cut to 0.85 of what got
// through, raised by 4 % of that a second.
func additive() rule {
	return &rival{
		cut: func(r *rival, now time.Duration) {
			through := 0.85 * r.between(now-time.Second, now)
			if r.top > 0 {
				through = min(through, 0.85*r.rate)
			} else {
				through = max(through, r.rate/2)
			}
			r.rate = max(through, leastRate)
			r.top = r.rate
		},
		raise: func(r *rival, now time.Duration) { r.rate += 0.04 * r.top * min((now-r.raised).Seconds(), 1) },
	}
}

// cubic is raised along a cubic curve that is flat at the rate that was refused:
// cut to 0.7, there again after 5 s.
func cubic() rule {
	const back = 5.0
	return &rival{
		cut: func(r *rival, now time.Duration) {
			r.top = r.rate
			r.rate = 0.7 * r.top
		},
		raise: func(r *rival, now time.Duration) {
			r.rate = r.top * (1 + 0.3*math.Pow(((now-r.since).Seconds()-back)/back, 3))
		},
	}
}

// delivery goes by the most that got through in one of the last ten seconds, times
// a gain that is 1.25 in one second of eight, and 0.75 in the next.
func delivery() rule {
	gains := [8]float64{1.25, 0.75, 1, 1, 1, 1, 1, 1}
	raise := func(r *rival, now time.Duration) {
		most := 0.0
		for from := now - 10*time.Second; from < now; from += time.Second {
			most = max(most, r.between(from, from+time.Second))
		}
		r.rate = max(most, leastRate) * gains[now/time.Second%8]
	}
	return &rival{cut: func(r *rival, now time.Duration) { r.top = 1; raise(r, now) }, raise: raise}
}

// TestRulesCompared compares the rule for an even rate with others: the time taken,
// as a part of the least, the requests refused, and of two clients the least share of the
// slower one. With -v it prints the table of
// DESIGN.md.
func TestRulesCompared(t *testing.T) {
	rules := []struct {
		name string
		rule func() rule
	}{{"additive increase", additive}, {"CUBIC-like", cubic}, {"delivery rate", delivery}, {"small steps", func() rule { return &rate{} }}}
	var table strings.Builder
	table.WriteString("\n| quota |")
	for _, r := range rules {
		table.WriteString(" " + r.name + " |")
	}
	table.WriteString("\n|---" + strings.Repeat("|---", len(rules)) + "|\n")
	for _, q := range []struct {
		name     string
		quota    func() func(time.Duration) bool
		requests int
		clients  int
		least    float64 // seconds
		refused  float64 // of our requests, at most
	}{
		{"2 a second, burst 1", func() func(time.Duration) bool { return bucketOf(2, 1) }, 200, 1, 100, 0.3},
		{"10 a second, burst 1", func() func(time.Duration) bool { return bucketOf(10, 1) }, 1000, 1, 100, 0.07},
		{"50 a second, burst 50", func() func(time.Duration) bool { return bucketOf(50, 50) }, 1000, 1, 20, 0.04},
		{"10 a second, halved and whole again", func() func(time.Duration) bool {
			return changingBucket(1, halvedBetween(10, 33*time.Second, 67*time.Second))
		}, 1000, 1, 117, 0.1},
		{"50 a second, halved and whole again", func() func(time.Duration) bool {
			return changingBucket(50, halvedBetween(50, 7*time.Second, 13*time.Second))
		}, 1000, 1, 23, 0.05},
		{"10 a second, for two clients", func() func(time.Duration) bool { return bucketOf(10, 1) }, 500, 2, 100, 0.2},
	} {
		fmt.Fprintf(&table, "| %s |", q.name)
		best, ours := math.Inf(1), 0.0
		for n, r := range rules {
			var spans, refusals, shares []float64
			for seed := range uint64(5) {
				s := &simulation{
					quota: q.quota(), requests: q.requests, slots: 100 / q.clients, seed: seed,
					shortest: 300 * time.Millisecond, longest: 800 * time.Millisecond,
				}
				for range q.clients {
					s.clients = append(s.clients, r.rule())
				}
				o := s.run()
				spans = append(spans, o.took.Seconds()/q.least)
				refusals = append(refusals, float64(o.refused)/float64(o.refused+len(o.accepted)))
				shares = append(shares, o.share)
			}
			slices.Sort(spans)
			slices.Sort(refusals)
			fmt.Fprintf(&table, " %.2f, %.1f %%", spans[2], 100*refusals[2])
			least := slices.Min(shares)
			if q.clients > 1 {
				fmt.Fprintf(&table, ", %.0f %%", 100*least)
			}
			table.WriteString(" |")
			if ours = spans[2]; n < len(rules)-1 {
				best = min(best, spans[2])
				continue
			}
			if q.clients > 1 && least < 0.45 {
				t.Errorf("%s: the slower one gets %.0f %%", q.name, 100*least)
			}
			if refusals[2] > q.refused {
				t.Errorf("%s: %.1f %% are refused, want %.1f %% at most", q.name, 100*refusals[2], 100*q.refused)
			}
		}
		if ours > best+0.06 {
			t.Errorf("%s: takes %.2f of the least time, and another rule %.2f", q.name, ours, best)
		}
		table.WriteString("\n")
	}
	t.Log(table.String())
}
