// SPDX-License-Identifier: Apache-2.0

package core

import (
	"testing"
	"time"
)

// request takes a permit when it is due and sends the request at once.
func (r *rate) request(t *testing.T, now time.Duration) (sent time.Duration) {
	t.Helper()
	now += r.wait(now)
	if r.take(now) != 0 {
		t.Fatalf("no permit at %s", now)
	}
	r.sends(now)
	return now
}

// counted is a tally of n at a time.
func counted(n int, at time.Duration) (c tally) {
	c.add(at, at, n)
	return c
}

// A streak of throttled replies holds all requests for longer and longer. Where an even
// rate was refused before, it begins with quick retries; where next to nothing got through
// in the last minute, it stays short for long, because other clients took the quota.
func TestAStreakHoldsForLongerAndLonger(t *testing.T) {
	second := perSecond{rate: 20}
	limited := perSecond{rate: 20, limited: true}
	for _, c := range []struct {
		name   string
		second perSecond
		passed int
		want   []time.Duration
	}{
		{"the first one", second, 10, []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1200 * ms, 1200 * ms}},
		{"a later one", limited, 10, []time.Duration{time.Second / 19 / 50, 2 * time.Second / 17 / 50, 4 * time.Second / 15 / 50, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 1200 * ms}},
		{"where other clients took the quota", second, 9, []time.Duration{100 * ms, 100 * ms, 100 * ms, 100 * ms}},
	} {
		r := rate{second: c.second}
		for n, want := range c.want {
			r.passed = counted(c.passed, 0)
			r.row, r.before, r.slowed = n+1, c.second, time.Second
			if n < furtherCuts {
				r.second.cut(0, 1, n+1)
			}
			if got := r.pause(0); got < want*9/10 || got > want*11/10 {
				t.Errorf("%s: after %d throttled replies a pause of %s, want about %s", c.name, n+1, got, want)
			}
		}
	}
	for _, c := range []struct {
		row, passed int
		want        time.Duration
	}{{19, 9, 100 * ms}, {20, 9, 1200 * ms}, {31, 9, 1200 * ms}, {31, 10, 1200 * ms}, {32, 10, 5 * s}, {99, 0, 5 * s}} {
		r := rate{row: c.row, passed: counted(c.passed, 0)}
		if got := r.pause(0); got != c.want {
			t.Errorf("after %d, where %d got through: a pause of %s, want %s", c.row, c.passed, got, c.want)
		}
	}
}

// A pause varies by a half, so that two clients do not meet again and again.
func TestAPauseVaries(t *testing.T) {
	seen := make(map[time.Duration]bool)
	for n := range 30 {
		r, sent := rate{second: perSecond{rate: 20}, passed: counted(10, 0)}, s+time.Duration(n)*ms
		r.throttled(sent+30*ms, sent, 0)
		hold := r.until - sent - 30*ms
		if seen[hold] = true; hold < leastHold/2 || hold > leastHold*3/2 {
			t.Errorf("held for %s, want about %s", hold, leastHold)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d pauses are different", len(seen))
	}
}

// A quick retry does not wait for the next even permit.
func TestAQuickRetry(t *testing.T) {
	r := rate{second: perSecond{rate: 2, limited: true}}
	sent := r.request(t, s)
	r.throttled(sent+30*ms, sent, 0)
	if wait := r.wait(sent + 30*ms); wait < 4*ms || wait > 17*ms {
		t.Errorf("the retry is due in %s, want about a fiftieth of the interval", wait)
	}
}

// Any other retry does.
func TestAnotherRetryIsEven(t *testing.T) {
	r := rate{second: perSecond{configured: 0.5}}
	sent := r.request(t, s)
	r.throttled(sent+30*ms, sent, 0)
	if wait := r.wait(sent + 30*ms); wait != 1970*ms {
		t.Errorf("the retry is due in %s, want it two seconds after the request", wait)
	}
}

// Quick retries go on while they have taken less than an interval.
func TestQuickRetriesLastAnInterval(t *testing.T) {
	limited := perSecond{rate: 2, limited: true}
	for _, c := range []struct {
		row  int
		took time.Duration
		want bool
	}{
		{quickRetries, 600 * ms, true},
		{quickRetries + 1, 490 * ms, true},
		{quickRetries + 1, 500 * ms, false},
		{mostQuickRetries, 490 * ms, true},
		{mostQuickRetries + 1, 490 * ms, false},
	} {
		r := rate{second: limited, before: limited, row: c.row, began: s, slowed: s + c.took}
		if got := r.retriesQuickly(); got != c.want {
			t.Errorf("after %d throttled replies in %s: %t, want %t", c.row, c.took, got, c.want)
		}
	}
}

// The last quick retry still raises the rate, a later one does not.
func TestQuickRetriesRaiseTheRate(t *testing.T) {
	for row, want := range map[int]bool{quickRetries: true, quickRetries + 1: false} {
		r := rate{second: perSecond{rate: 16, limited: true, count: 16}, row: row}
		if r.request(t, s); r.second.rate > 16 != want {
			t.Errorf("after %d throttled replies the rate is %v", row, r.second.rate)
		}
	}
}

// Nothing is raised by requests that are throttled, however slowly they are sent.
func TestAStreakRaisesNoRate(t *testing.T) {
	r := rate{second: perSecond{rate: 1}}
	for range 30 {
		sent := r.request(t, 0)
		r.throttled(sent+30*ms, sent, 0)
	}
	if r.second.rate > leastRate {
		t.Errorf("the rate is %v", r.second.rate)
	}
}

// Between its permit and its answer a probe is waited for.
func TestAProbe(t *testing.T) {
	var r rate
	sent := r.request(t, 0)
	r.throttled(sent+300*ms, sent, 0)
	due := sent + 300*ms + r.wait(sent+300*ms)
	take := func() {
		t.Helper()
		if r.take(due) != 0 {
			t.Fatal("no permit when it is due")
		}
		if wait := r.wait(due); wait != mostVerify {
			t.Errorf("before the probe is sent another permit is due in %s", wait)
		}
	}
	take()
	r.giveBack(due)
	if r.sends(due) {
		t.Error("it was given back, and is sent")
	}
	if wait := r.wait(due); wait != 0 {
		t.Errorf("after it was given back another permit is due in %s", wait)
	}
	take()
	if !r.sends(due + 100*ms) {
		t.Error("its sending changes when another permit is due, and does not say so")
	}
	if wait := r.wait(due + 100*ms); wait != 600*ms {
		t.Errorf("after it was sent another permit is due in %s, want twice what a throttled reply takes", wait)
	}
	if r.sends(due + 200*ms) {
		t.Error("it is sent twice")
	}
	if wait := r.wait(due + 100*ms); wait != 600*ms {
		t.Errorf("another request changes when a permit is due, to %s", wait)
	}
}

// A permit that is given back counts for nothing.
func TestAPermitThatIsGivenBackDoesNotCount(t *testing.T) {
	r := rate{second: perSecond{configured: 10}, minute: perMinute{configured: 3}}
	for range 20 {
		if r.take(0) != 0 {
			t.Fatal("the permit that was given back is not due")
		}
		r.giveBack(0)
	}
	if r.take(0); r.wait(0) != 100*ms {
		t.Errorf("after one that is kept the next is due in %s", r.wait(0))
	}
	r.giveBack(0)
	if n := r.passed.sum(0); n != 0 || r.minute.over {
		t.Errorf("%d got through, and a window is used up: %t", n, r.minute.over)
	}
}

// Where a probe shows that the cloud lets requests through, the next throttled reply
// begins another streak.
func TestAThrottledReplyAfterAProbeThatGotThrough(t *testing.T) {
	for _, c := range []struct {
		name   string
		probed time.Duration
		sent   time.Duration
		want   int
	}{
		{"a probe that got through", 5 * s, 5060 * ms, 1},
		{"a probe that is not answered yet", 5 * s, 5060*ms - 1, 4},
		{"a probe at the beginning of the streak", 4 * s, 5 * s, 1},
		{"a probe before the streak", 4*s - 1, 5 * s, 4},
	} {
		r := rate{second: perSecond{rate: 20}, row: 3, began: 4 * s, slowed: 4 * s, probed: c.probed}
		if r.throttled(c.sent+30*ms, c.sent, 0); r.row != c.want {
			t.Errorf("%s: the streak is of %d, want %d", c.name, r.row, c.want)
		}
	}
	r := rate{second: perSecond{rate: 20}, row: 1, began: 4 * s, slowed: 4 * s}
	if r.throttled(4030*ms, 4*s-1, 0); r.row != 1 || r.slowed != 4*s {
		t.Error("a request counts that was sent before the latest throttled reply")
	}
	if r.throttled(4040*ms, 4*s, 0); r.row != 2 {
		t.Error("one does not that was sent at that time")
	}
}

// What gets through ends the streak. After a longer one, what got through before was
// another window's.
func TestWhatGetsThroughEndsAStreak(t *testing.T) {
	for _, c := range []struct {
		name   string
		row    int
		sent   time.Duration
		row2   int
		passed int
	}{
		{"a short streak", 2, 6 * s, 0, 9},
		{"a longer one", 3, 6 * s, 0, 0},
		{"a request that was sent before", 4, 5800 * ms, 4, 9},
	} {
		r := rate{second: perSecond{rate: 4}, row: c.row, began: 5500 * ms, slowed: 5800 * ms, passed: counted(9, 5*s)}
		if r.through(7*s, c.sent); r.row != c.row2 || r.second.rate != 4 || r.passed.sum(7*s) != c.passed {
			t.Errorf("%s: got a streak of %d, %v a second, and %d that got through", c.name, r.row, r.second.rate, r.passed.sum(7*s))
		}
	}
}

// A streak is short where a quick retry got through, or one more.
func TestShortStreaksAreCounted(t *testing.T) {
	for row, want := range map[int]int{0: 0, 1: 1, 4: 1, 5: 0} {
		r := rate{row: row, slowed: s}
		if r.through(3*s, 2*s); r.shorts != want {
			t.Errorf("a streak of %d: %d were short, want %d", row, r.shorts, want)
		}
	}
}

// An even rate of what got through in the last minute would have let several through.
func TestWhatLooksLikeAWindow(t *testing.T) {
	known := perMinute{known: true, n: 20, clock: 7 * s}
	configured := perMinute{known: true, n: 20, configured: 20}
	for _, c := range []struct {
		name   string
		minute perMinute
		row    int
		passed int
		now    time.Duration
		want   bool
		kept   bool // what is known of windows
	}{
		{"five refused for twice an even distance", perMinute{}, 5, 60, 102 * s, true, true},
		{"four", perMinute{}, 4, 60, 103 * s, false, true},
		{"for less", perMinute{}, 5, 60, 102*s - ms, false, true},
		{"ten got through", perMinute{}, 5, 10, 119 * s, true, true},
		{"nine got through", perMinute{}, 5, 9, 130 * s, false, true},
		{"where windows are known", known, 3, 10, 101 * s, true, true},
		{"two are too few", known, 2, 10, 101 * s, false, true},
		{"also where few got through", known, 2, 9, 101 * s, false, true},
		{"somebody else took all", known, 3, 9, 101 * s, false, false},
		{"of a configured number", configured, 3, 9, 101 * s, true, true},
		{"of which two are too few", configured, 2, 9, 101 * s, false, true},
	} {
		r := rate{minute: c.minute, row: c.row, began: 100 * s, passed: counted(c.passed, 99*s)}
		want := c.minute
		if !c.kept {
			want = perMinute{clock: 7 * s}
		}
		if got := r.looksLikeWindow(c.now); got != c.want || r.minute != want {
			t.Errorf("%s: got %t, %+v", c.name, got, r.minute)
		}
	}
}

// After three short streaks, other clients may take the quota for some seconds.
func TestOtherClientsDoNotLookLikeAWindow(t *testing.T) {
	for _, c := range []struct {
		name   string
		row    int
		passed int
		now    time.Duration
		want   bool
	}{
		{"eight refused for four seconds", 8, 60, 104 * s, true},
		{"seven", 7, 60, 104 * s, false},
		{"for less", 8, 60, 104*s - ms, false},
		{"for less than twice an even distance", 8, 10, 111 * s, false},
		{"for as long", 8, 10, 112 * s, true},
		{"nine got through", 8, 9, 130 * s, false},
	} {
		r := rate{shorts: 3, row: c.row, began: 100 * s, passed: counted(c.passed, 99*s)}
		if got := r.looksLikeWindow(c.now); got != c.want {
			t.Errorf("%s: got %t", c.name, got)
		}
	}
	r := rate{shorts: 3, row: 3, began: 100 * s, passed: counted(10, 99*s), minute: perMinute{known: true, n: 20}}
	if !r.looksLikeWindow(101 * s) {
		t.Error("a known window that is used up does not look like one")
	}
}

// Where the streak was a window's the rate is what it was before.
func TestAWindowIsNoReasonToCutTheRate(t *testing.T) {
	before := perSecond{rate: 20}
	r := rate{second: perSecond{rate: 10}, before: before, row: 4, began: 100 * s, slowed: 109 * s, probed: 109800 * ms, passed: counted(60, 99*s)}
	if r.throttled(110*s, 109900*ms, 0); r.second != before || r.row != 0 || !r.minute.over {
		t.Errorf("it is found: got %+v, a streak of %d, %+v", r.second, r.row, r.minute)
	}
	r = rate{second: perSecond{rate: 20}, passed: counted(60, 0)}
	first := r.request(t, s)
	for sent := first; ; sent = r.request(t, sent) {
		if r.throttled(sent+30*ms, sent, 0); r.minute.known {
			break
		}
	}
	if r.second.rate != 20 || r.minute.hi != first+windowLength {
		t.Errorf("it is found in a streak: got %+v, %+v", r.second, r.minute)
	}
	used := perMinute{known: true, n: 20, hi: 200 * s, over: true, probe: 150 * s}
	r = rate{second: perSecond{rate: 10}, before: before, minute: used, row: 2, began: 100 * s, slowed: 109 * s, probed: 109 * s, latency: s}
	if r.throttled(110*s, 109100*ms, 0); r.second != before || r.row != 0 || r.until > 110*s {
		t.Errorf("it is known in a streak: got %+v, a streak of %d, held until %s", r.second, r.row, r.until)
	}
	r = rate{second: perSecond{rate: 10}, before: before, minute: used}
	if r.throttled(110*s, 109100*ms, 0); r.second != (perSecond{rate: 10}) || r.row != 0 || r.until > 110*s {
		t.Errorf("it is known: got %+v, a streak of %d, held until %s", r.second, r.row, r.until)
	}
}

// A probe of a window that is sent late and throttled shows that the window has not
// begun.
func TestAProbeOfAWindowThatIsSentLate(t *testing.T) {
	r := rate{second: perSecond{configured: -1}, minute: perMinute{known: true, n: 20, used: 20, lo: 30 * s, hi: 90 * s, over: true, probe: 40 * s}}
	if r.take(40*s) != 0 {
		t.Fatal("no permit")
	}
	r.sends(40*s + 500*ms)
	if wait := r.wait(40*s + 500*ms); wait != 100*ms {
		t.Errorf("another permit is due %s after it was sent, want twice the usual time of a reply", wait)
	}
	if r.throttled(41*s, 40*s+500*ms, 0); !r.minute.over || r.minute.lo != 41*s {
		t.Errorf("got %+v", r.minute)
	}
	if r.take(r.minute.probe) != 0 {
		t.Fatal("no permit")
	}
	sent := r.minute.probe
	r.sends(sent)
	if r.unanswered(sent+s, sent, 3*s); !r.minute.lost || r.wait(sent+s) != 3*s {
		t.Errorf("its answer is lost: got %+v, and a wait of %s", r.minute, r.wait(sent+s))
	}
	if r.through(sent+2*s, sent+s); r.minute.opening {
		t.Errorf("another got through: got %+v", r.minute)
	}
}

// More than are known to be in a window are tried at shrinking distances.
func TestPermitsBeyondAWindowComeFasterAndFaster(t *testing.T) {
	r := rate{second: perSecond{configured: -1}, minute: perMinute{known: true, n: 2, hi: 60 * s}}
	now := time.Duration(0)
	for n, want := range []time.Duration{0, 0, 100 * ms, 50 * ms, 25 * ms} {
		if r.take(now) != 0 {
			t.Fatal("no permit")
		}
		wait := r.wait(now)
		if now += wait; wait != want {
			t.Errorf("permit %d: the next is due after %s, want %s", n+1, wait, want)
		}
	}
}

// A throttled request is taken out of what got through.
func TestAThrottledRequestDidNotGetThrough(t *testing.T) {
	r := rate{second: perSecond{configured: -1}, minute: perMinute{known: true, n: 20, hi: 60 * s}}
	r.take(0)
	r.take(0)
	if r.throttled(s, 0, 7*s); r.passed.sum(s) != 1 || r.minute.used != 1 || r.wait(s) != 7*s {
		t.Errorf("%d got through, %d of the window are used, and the next is due in %s", r.passed.sum(s), r.minute.used, r.wait(s))
	}
}

// What was found is remembered for an hour.
func TestARateIsForgottenAfterAnHour(t *testing.T) {
	r := rate{second: perSecond{configured: 50, documented: true, rate: 9, limited: true}, minute: perMinute{known: true, n: 9, clock: 7 * s}, slowed: s, until: 2 * time.Hour, row: 3}
	for now, want := range map[time.Duration]float64{s + time.Hour: 9, s + time.Hour + 1: 0} {
		got := r
		if got.expire(now); got.second.rate != want {
			t.Errorf("after %s the rate is %v", now-s, got.second.rate)
		}
		if want == 0 && got != (rate{second: perSecond{configured: 50, documented: true}, minute: perMinute{clock: 7 * s}, until: 2 * time.Hour}) {
			t.Errorf("got %+v", got)
		}
	}
	r.slowed = 0
	if r.expire(9 * time.Hour); r.second.rate != 9 {
		t.Error("forgotten although it was never throttled")
	}
}

// A number for each minute that is configured is at least one, and none where it is
// huge. Its clock is that of the origin.
func TestTheConfiguredNumberForEachMinute(t *testing.T) {
	for minute, want := range map[float64]int{-1: 0, 0: 0, 0.5: 1, 60.9: 60, 1e9: 0, 999999999: 999999999} {
		if r := newRate(quotas{configured: 3, documented: 9, perMinute: minute}, time.Unix(1000, 0)); r.minute != (perMinute{configured: want, clock: 20 * s}) || r.second != (perSecond{configured: 3}) {
			t.Errorf("%v: got %+v, %+v", minute, r.minute, r.second)
		}
	}
}

// What the user configures counts more than what the vendor documents.
func TestTheConfiguredRate(t *testing.T) {
	for q, want := range map[quotas]perSecond{
		{}:                              {},
		{configured: 5, documented: 9}:  {configured: 5},
		{configured: -1, documented: 9}: {configured: -1},
		{documented: 9}:                 {configured: 9, documented: true},
	} {
		if r := newRate(q, time.Unix(1000, 0)); r.second != want {
			t.Errorf("%+v: got %+v", q, r.second)
		}
	}
}
