// SPDX-License-Identifier: Apache-2.0

package core

import (
	"testing"
	"time"
)

// perSecondCase is what becomes of a rate by one event.
type perSecondCase struct {
	name   string
	before perSecond
	now    time.Duration
	want   perSecond
}

func checkPerSecond(t *testing.T, cases []perSecondCase, event func(p *perSecond, now time.Duration)) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := c.before
			if event(&got, c.now); got != c.want {
				t.Errorf("got  %+v,\nwant %+v", got, c.want)
			}
		})
	}
}

// A rate is raised when it was kept up for long enough, by enough requests that
// somebody waited for.
func TestARateIsRaised(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	checkPerSecond(t, []perSecondCase{
		{"before the first request", perSecond{}, s, perSecond{}},
		{"at the configured one", perSecond{configured: 10, rate: 10, count: 10}, s, perSecond{configured: 10, rate: 10, count: 10}},
		{
			"below the configured one", perSecond{configured: 10, rate: 4, bad: 10, good: 4, count: 5}, s,
			perSecond{configured: 10, rate: 7, bad: 10, good: 4, since: s},
		},

		{"it is doubled while none was refused", perSecond{rate: 20, count: 5, falls: 3}, 250 * ms, perSecond{rate: 40, good: 20, since: 250 * ms, patience: 5 * s}},
		{"after a quarter of a second", perSecond{rate: 20, count: 5}, 249 * ms, perSecond{rate: 20, count: 5}},
		{"and five requests", perSecond{rate: 20, count: 4}, 250 * ms, perSecond{rate: 20, count: 4}},
		{"and three quarters of what it allows", perSecond{rate: 20, count: 7}, 500 * ms, perSecond{rate: 20, count: 7}},
		{"which is enough", perSecond{rate: 20, count: 15}, s, perSecond{rate: 40, good: 20, since: s, patience: 5 * s}},
		{"where nobody needs so much it is tried anew", perSecond{rate: 20, count: 14}, s, perSecond{rate: 20, since: s}},
		{"unless it is three quarters", perSecond{rate: 0.5, count: 3}, 8 * s, perSecond{rate: 0.5, count: 3}},
		{"nor where too few requests fit in", perSecond{rate: 0.5, count: 4}, 6 * s, perSecond{rate: 0.5, count: 4}},

		{"half the way to one that was refused", perSecond{rate: 10, good: 8, bad: 16, count: 8}, s, perSecond{rate: 13, good: 10, bad: 16, since: s}},
		{"after a second", perSecond{rate: 10, good: 8, bad: 16, count: 8}, 999 * ms, perSecond{rate: 10, good: 8, bad: 16, count: 8}},
		{"or two where none was kept up", perSecond{rate: 4, bad: 16, count: 8}, 1999 * ms, perSecond{rate: 4, bad: 16, count: 8}},
		{"after which it is", perSecond{rate: 4, bad: 16, count: 8}, 2 * s, perSecond{rate: 10, good: 4, bad: 16, since: 2 * s}},

		{
			"where the one that was refused is close it is kept", perSecond{rate: 100, good: 90, bad: 105, count: 100, patience: 5 * s}, 5 * s,
			perSecond{rate: 100, good: 90, bad: 105, since: 5 * s, patience: 5 * s},
		},
		{
			"by enough requests", perSecond{rate: 100, good: 90, bad: 105, count: 400, patience: 5 * s}, 5 * s,
			perSecond{rate: 100, good: 100, bad: 105, since: 5 * s, patience: 5 * s},
		},
		{
			"until its patience ends", perSecond{rate: 100, good: 90, bad: 105, count: 100, since: 4001 * ms, patience: 5 * s}, 5001 * ms,
			perSecond{rate: 105, good: 100, since: 5001 * ms, patience: 10 * s},
		},
		{
			"which is forty seconds at most", perSecond{rate: 100, bad: 105, good: 90, count: 100, since: 49 * s, patience: 30 * s}, 50 * s,
			perSecond{rate: 105, good: 100, since: 50 * s, patience: 40 * s},
		},
	}, (*perSecond).raise)
}

// A refusal takes the rate back to one that was kept up, or a step down where there
// is none. One alone of a rate that is right, as a rule, changes nothing.
func TestARateIsCut(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	edge := perSecond{rate: 10, good: 10, refused: s}
	edge.rate *= 1.01
	edgeAfter := edge
	edgeAfter.refused = 2 * s
	checkPerSecond(t, []perSecondCase{
		{"the configured one is right", perSecond{configured: 10, rate: 10, burst: 2}, s, perSecond{configured: 10, rate: 10, refused: s}},
		{"also later", perSecond{configured: 10, rate: 10, refused: s}, 3001 * ms, perSecond{configured: 10, rate: 10, refused: 3001 * ms}},
		{
			"unless it is refused again within two seconds", perSecond{configured: 10, rate: 10, refused: s}, 3 * s,
			perSecond{configured: 10, rate: 9, bad: 10, since: 3 * s, patience: 5 * s, refused: 3 * s, falls: 1},
		},
		{
			"less than configured is not", perSecond{configured: 100, rate: 10, refused: s}, 10 * s,
			perSecond{configured: 100, rate: 9, bad: 10, since: 10 * s, patience: 5 * s, refused: 10 * s, falls: 1},
		},
		{"one that was kept up is right", perSecond{rate: 10, good: 10, refused: s}, 1501 * ms, perSecond{rate: 10, good: 10, refused: 1501 * ms}},
		{"and one that is hardly more", edge, 2 * s, edgeAfter},
		{
			"unless it is refused again within half a second", perSecond{rate: 10, good: 10, refused: s, count: 5}, 1500 * ms,
			perSecond{rate: 9, bad: 10, since: 1500 * ms, patience: 5 * s, refused: 1500 * ms, falls: 1},
		},
		{"none yet", perSecond{}, s, perSecond{rate: 20, since: s, refused: s}},
		{
			"back to the one that was kept up", perSecond{rate: 16, good: 8, count: 9, patience: 7 * s}, s,
			perSecond{rate: 8, good: 8, bad: 16, since: s, patience: 7 * s, refused: s},
		},
		{"with some patience", perSecond{rate: 16, good: 8}, s, perSecond{rate: 8, good: 8, bad: 16, since: s, patience: 5 * s, refused: s}},
		{
			"hardly more than that which was kept up is no way back", perSecond{rate: 8 * 1.01, good: 8, refused: s}, s + 1,
			perSecond{rate: 8 * 1.01 * 0.9, bad: 8 * 1.01, since: s + 1, patience: 5 * s, refused: s + 1, falls: 1},
		},
		{"a step down", perSecond{rate: 20, falls: 3, patience: 9 * s}, s, perSecond{rate: 18, bad: 20, since: s, patience: 5 * s, refused: s, falls: 4}},
		{"a longer one after some", perSecond{rate: 20, falls: 4}, s, perSecond{rate: 15, bad: 20, since: s, patience: 5 * s, refused: s, falls: 5}},
		{"to one in two seconds at least", perSecond{rate: 0.51}, s, perSecond{rate: 0.5, bad: 0.51, since: s, patience: 5 * s, refused: s, falls: 1}},
		{"by any step", perSecond{rate: 0.51, falls: 9}, s, perSecond{rate: 0.5, bad: 0.51, since: s, patience: 5 * s, refused: s, falls: 10}},
	}, (*perSecond).cut)
}

func TestARateIsEstimated(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name           string
		rate, estimate float64
		want           float64
	}{
		{"by what got through", 20, 5, 5},
		{"an eighth at least", 20, 1, 2.5},
		{"one in two seconds at least", 2, 0.1, 0.5},
	} {
		p := perSecond{rate: c.rate, count: 3}
		if p.estimate(s, c.estimate); p != (perSecond{rate: c.want, good: c.want, since: s}) {
			t.Errorf("%s: got %+v", c.name, p)
		}
	}
	for _, rate := range []float64{20, 30} {
		p := perSecond{rate: 20, count: 3}
		if p.estimate(s, rate); p != (perSecond{rate: 20, count: 3}) {
			t.Errorf("%v a second got through, which says nothing: got %+v", rate, p)
		}
	}
}

// The first permits, and some after a quiet time, are due at once, as long as no rate
// was refused. A permit that nobody waited for does not count.
func TestPermitsOfARate(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		name   string
		before perSecond
		late   time.Duration
		want   perSecond
		next   time.Duration
	}{
		{"the first", perSecond{}, 0, perSecond{rate: 20, since: s, burst: 9}, 0},
		{"the first at a configured rate", perSecond{configured: 4}, 0, perSecond{configured: 4, rate: 4, since: s, count: 1}, 250 * ms},
		{"without a bound", perSecond{configured: -1}, 0, perSecond{configured: -1}, 0},
		{"in time", perSecond{rate: 20}, 0, perSecond{rate: 20, count: 1}, 50 * ms},
		{"the last of a burst", perSecond{rate: 20, burst: 1}, 0, perSecond{rate: 20}, 50 * ms},
		{"after a quiet time", perSecond{rate: 20, burst: 2}, 200 * ms, perSecond{rate: 20, burst: 5}, 0},
		{"after a long one", perSecond{rate: 20}, 10 * s, perSecond{rate: 20, burst: 9}, 0},
		{"nearly too late to count", perSecond{rate: 4, bad: 5}, 250*ms - 1, perSecond{rate: 4, bad: 5, count: 1}, 250 * ms},
		{"too late to count", perSecond{rate: 4, bad: 5}, 250 * ms, perSecond{rate: 4, bad: 5}, 250 * ms},
		{"a little late", perSecond{rate: 20}, 49 * ms, perSecond{rate: 20, count: 1}, 50 * ms},
		{"the configured one is less", perSecond{rate: 20, configured: 4}, 100 * ms, perSecond{rate: 20, configured: 4, count: 1}, 250 * ms},
		{"the configured one is more", perSecond{rate: 4, configured: 20}, 100 * ms, perSecond{rate: 4, configured: 20, count: 1}, 250 * ms},
		{"a bound that was found although none is configured", perSecond{rate: 4, bad: 5, configured: -1}, 0, perSecond{rate: 4, bad: 5, configured: -1, count: 1}, 250 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.before
			if got.taken(s, c.late); got != c.want {
				t.Errorf("got  %+v,\nwant %+v", got, c.want)
			}
			if next := got.interval(); next != c.next {
				t.Errorf("the next one comes after %s, want %s", next, c.next)
			}
		})
	}
}

// Permits that are given back do not show that a rate is kept up.
func TestPermitsThatAreGivenBackRaiseNoRate(t *testing.T) {
	r := rate{second: perSecond{rate: 20, good: 10, bad: 40}}
	for now := time.Duration(0); now < 2*time.Second; now += 40 * time.Millisecond {
		if r.take(now) != 0 {
			t.Fatal("no permit")
		}
		r.giveBack(now)
	}
	if r.second.rate != 20 {
		t.Errorf("the rate is %v", r.second.rate)
	}
}

func TestARateDoublesUntilItIsRefusedOrConfigured(t *testing.T) {
	for p, want := range map[perSecond]bool{{}: true, {configured: -1}: true, {configured: 5}: false, {bad: 5}: false, {rate: 5}: true} {
		if p.doubles() != want {
			t.Errorf("%+v: got %t", p, !want)
		}
	}
}

func TestTheRateInForce(t *testing.T) {
	for p, want := range map[perSecond]float64{
		{}: 0, {configured: -1}: 0, {configured: 10}: 10, {rate: 5}: 5, {rate: 5, configured: -1}: 5, {rate: 5, configured: 10}: 5, {rate: 20, configured: 10}: 10,
	} {
		if got := p.bound(); got != want {
			t.Errorf("%+v: got %v, want %v", p, got, want)
		}
	}
}
