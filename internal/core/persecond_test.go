// SPDX-License-Identifier: Apache-2.0

package core

import (
	"math"
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

// While nothing was refused a rate doubles when it was kept up for long enough, by enough
// requests that somebody waited for.
func TestARateDoubles(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	checkPerSecond(t, []perSecondCase{
		{"before the first request", perSecond{}, s, perSecond{}},
		{"at the configured one", perSecond{configured: 10, rate: 10, count: 10}, s, perSecond{configured: 10, rate: 10, count: 10}},
		{"after a quarter of a second", perSecond{rate: 20, count: 5}, 250 * ms, perSecond{rate: 40, since: 250 * ms}},
		{"not before", perSecond{rate: 20, count: 5}, 249 * ms, perSecond{rate: 20, count: 5}},
		{"nor by four requests", perSecond{rate: 20, count: 4}, 250 * ms, perSecond{rate: 20, count: 4}},
		{"nor where half of the permits were not needed", perSecond{rate: 20, count: 4}, 500 * ms, perSecond{rate: 20, count: 4}},
		{"half of them are enough", perSecond{rate: 20, count: 5}, 500 * ms, perSecond{rate: 40, since: 500 * ms}},
		{"where nobody needs so much it is measured anew", perSecond{rate: 20, count: 9}, s, perSecond{rate: 20, since: s, refused: s}},
		{"not where just five requests fit in", perSecond{rate: 5, count: 2}, s, perSecond{rate: 5, count: 2}},
		{"nor where fewer do", perSecond{rate: 0.5, count: 1}, 8 * s, perSecond{rate: 0.5, count: 1}},
		{
			"up to the documented one", perSecond{configured: 30, documented: true, rate: 20, count: 5}, 250 * ms,
			perSecond{configured: 30, documented: true, rate: 30, since: 250 * ms},
		},
	}, (*perSecond).raise)
}

// After a refusal a rate grows by small steps, which are larger the longer nothing was
// refused.
func TestARateGrows(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		name string
		p    perSecond
		now  time.Duration
		want float64
	}{
		{"in a second, just after the refusal", perSecond{rate: 16, limited: true, count: 16, refused: s}, s, 16 + stepScale*4},
		{"in a tenth of it", perSecond{rate: 16, limited: true, count: 2, refused: 100 * ms}, 100 * ms, 16 + stepScale*4/10},
		{"twice as fast two seconds later", perSecond{rate: 16, limited: true, count: 16, since: 2 * s, refused: s}, 3 * s, 16 + 2*stepScale*4},
		{"five times as fast after four", perSecond{rate: 16, limited: true, count: 16, since: 4 * s, refused: s}, 5 * s, 16 + 5*stepScale*4},
		{"to twice as much in a second at most", perSecond{rate: 16, limited: true, count: 16, since: 99 * s, refused: s}, 100 * s, 32},
		{"and for a second at most", perSecond{rate: 16, limited: true, count: 80, since: 95 * s, refused: s}, 100 * s, 32},
		{"a small one by a hundredth for each request", perSecond{rate: 2, limited: true, count: 2, refused: s}, s, 2 + mostStep*4},
		{"where half of the permits were needed", perSecond{rate: 16, limited: true, count: 8, refused: s}, s, 16 + stepScale*4},
		{"not where fewer were", perSecond{rate: 16, limited: true, count: 7, refused: s}, s, 16},
		{"up to the configured one", perSecond{configured: 16.1, rate: 16, limited: true, count: 16, refused: s}, s, 16.1},
	} {
		p := c.p
		if p.raise(c.now); math.Abs(p.rate-c.want) > 1e-9 {
			t.Errorf("%s: the rate is %v, want %v", c.name, p.rate, c.want)
		}
	}
}

// A refusal takes a part off the rate: a large one the first time. Where there was none
// the search for one begins.
func TestARateIsCut(t *testing.T) {
	const s = time.Second
	less := func(rate, part float64) float64 { return rate * (1 - part) }
	for _, c := range []struct {
		name   string
		before perSecond
		sent   time.Duration
		streak int
		want   perSecond
	}{
		{
			"the first refusal of a rate that doubles", perSecond{rate: 40, count: 9, bursting: s - 1}, s, 1,
			perSecond{rate: less(40, doubledCut), limited: true, since: 2 * s, refused: 2 * s, bursting: s - 1, shallow: true},
		},
		{
			"without a bound", perSecond{configured: -1}, s, 1,
			perSecond{configured: -1, rate: firstRate, since: 2 * s},
		},
		{
			"of a burst", perSecond{rate: 20, count: 2, burst: 3, bursting: s}, s, 1,
			perSecond{rate: 20, since: 2 * s, refused: 2 * s, bursting: s, shallow: true},
		},
		{
			"of the documented rate while it is approached", perSecond{configured: 100, documented: true, rate: 50}, s, 1,
			perSecond{configured: 100, documented: true, rate: less(50, doubledCut), limited: true, since: 2 * s, refused: 2 * s, shallow: true},
		},
		{
			"of the documented rate", perSecond{configured: 100, documented: true, rate: 100}, s, 1,
			perSecond{configured: 100, documented: true, rate: less(100, configuredCut), limited: true, since: 2 * s, refused: 2 * s, shallow: true},
		},
		{
			"of the configured rate", perSecond{configured: 10, rate: 10}, s, 1,
			perSecond{configured: 10, rate: less(10, configuredCut), limited: true, since: 2 * s, refused: 2 * s, shallow: true},
		},
		{
			"a later streak", perSecond{rate: 10, limited: true}, s, 1,
			perSecond{rate: less(10, streakCut), limited: true, since: 2 * s, refused: 2 * s, shallow: true},
		},
		{
			"a later streak of requests from before the last burst", perSecond{rate: 10, limited: true, bursting: s}, s, 1,
			perSecond{rate: less(10, streakCut), limited: true, since: 2 * s, refused: 2 * s, bursting: s, shallow: true},
		},
		{
			"a further one of it", perSecond{rate: 10, limited: true}, s, 2,
			perSecond{rate: less(10, furtherCut), limited: true, since: 2 * s, refused: 2 * s, shallow: true},
		},
		{
			"the last that counts", perSecond{rate: 10, limited: true}, s, 1 + furtherCuts,
			perSecond{rate: less(10, furtherCut), limited: true, since: 2 * s, refused: 2 * s, shallow: true},
		},
		{"one too many", perSecond{rate: 10, limited: true, count: 3}, s, 2 + furtherCuts, perSecond{rate: 10, limited: true, count: 3}},
		{
			"to one in two seconds at least", perSecond{rate: 0.51, limited: true}, s, 2,
			perSecond{rate: leastRate, limited: true, since: 2 * s, refused: 2 * s, shallow: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.before
			if got.cut(2*s, c.sent, c.streak); got != c.want {
				t.Errorf("got  %+v,\nwant %+v", got, c.want)
			}
		})
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
		{"the first", perSecond{}, 0, perSecond{rate: 20, since: s, burst: 9, bursting: s}, 0},
		{"the first at a quarter of the documented rate", perSecond{configured: 100, documented: true}, 0, perSecond{configured: 100, documented: true, rate: 25, since: s, burst: 9, bursting: s}, 0},
		{"at more of a small one", perSecond{configured: 30, documented: true}, 0, perSecond{configured: 30, documented: true, rate: 20, since: s, burst: 9, bursting: s}, 0},
		{"at all of a smaller one", perSecond{configured: 5, documented: true}, 0, perSecond{configured: 5, documented: true, rate: 5, since: s, count: 1}, 200 * ms},
		{"at all of one that is as large as the first", perSecond{configured: 20, documented: true}, 0, perSecond{configured: 20, documented: true, rate: 20, since: s, count: 1}, 50 * ms},
		{"at all of a large one that the user configured", perSecond{configured: 100}, 0, perSecond{configured: 100, rate: 100, since: s, count: 1}, 10 * ms},
		{"the first at a configured rate", perSecond{configured: 4}, 0, perSecond{configured: 4, rate: 4, since: s, count: 1}, 250 * ms},
		{"without a bound", perSecond{configured: -1}, 0, perSecond{configured: -1}, 0},
		{"in time", perSecond{rate: 20}, 0, perSecond{rate: 20, count: 1}, 50 * ms},
		{"the last of a burst", perSecond{rate: 20, burst: 1}, 0, perSecond{rate: 20, bursting: s}, 50 * ms},
		{"after a quiet time", perSecond{rate: 20, burst: 2}, 200 * ms, perSecond{rate: 20, burst: 5, bursting: s}, 0},
		{"after a long one", perSecond{rate: 20}, 10 * s, perSecond{rate: 20, burst: 9, bursting: s}, 0},
		{"after a long one where bursts were refused", perSecond{rate: 20, shallow: true}, 10 * s, perSecond{rate: 20, shallow: true}, 50 * ms},
		{"nearly too late to count", perSecond{rate: 4, limited: true}, 250*ms - 1, perSecond{rate: 4, limited: true, count: 1}, 250 * ms},
		{"too late to count", perSecond{rate: 4, limited: true}, 250 * ms, perSecond{rate: 4, limited: true}, 250 * ms},
		{"a little late", perSecond{rate: 20}, 49 * ms, perSecond{rate: 20, count: 1}, 50 * ms},
		{"the configured one is less", perSecond{rate: 20, configured: 4}, 100 * ms, perSecond{rate: 20, configured: 4, count: 1}, 250 * ms},
		{"the configured one is more", perSecond{rate: 4, configured: 20}, 100 * ms, perSecond{rate: 4, configured: 20, count: 1}, 250 * ms},
		{"a bound that was found although none is configured", perSecond{rate: 4, limited: true, configured: -1}, 0, perSecond{rate: 4, limited: true, configured: -1, count: 1}, 250 * ms},
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
	r := rate{second: perSecond{rate: 20, limited: true}}
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
	for p, want := range map[perSecond]bool{{}: true, {configured: -1}: true, {configured: 5}: false, {limited: true}: false, {rate: 5}: true, {configured: 9, documented: true, rate: 5}: true, {configured: 5, documented: true, rate: 5}: false} {
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
