// SPDX-License-Identifier: Apache-2.0

package core

import (
	"testing"
	"time"
)

// perMinuteCase is what becomes of the windows by one event.
type perMinuteCase struct {
	name   string
	before perMinute
	now    time.Duration
	sent   time.Duration // where the event is the answer to a request
	want   perMinute
	says   bool // what the event returns, where it returns something
}

func checkPerMinute(t *testing.T, cases []perMinuteCase, event func(m *perMinute, now, sent time.Duration) bool) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := c.before
			if says := event(&got, c.now, c.sent); got != c.want || says != c.says {
				t.Errorf("got  %+v, %t,\nwant %+v, %t", got, says, c.want, c.says)
			}
		})
	}
}

// between is when a window ended that has been opened.
func between(lo, hi time.Duration) (w struct{ lo, hi time.Duration }) {
	w.lo, w.hi = lo, hi
	return w
}

const (
	s  = time.Second
	ms = time.Millisecond
)

func TestWindowsBeginByThemselvesWhereNoneIsUsedUp(t *testing.T) {
	checkPerMinute(t, []perMinuteCase{
		{name: "none is known", before: perMinute{lo: 10 * s, hi: 20 * s, used: 3}, now: 30 * s, want: perMinute{lo: 10 * s, hi: 20 * s, used: 3}},
		{name: "it has not ended", before: perMinute{known: true, lo: 10 * s, hi: 20 * s, used: 3}, now: 20*s - 1, want: perMinute{known: true, lo: 10 * s, hi: 20 * s, used: 3}},
		{name: "it has", before: perMinute{known: true, lo: 10 * s, hi: 20 * s, used: 3, opening: true}, now: 20 * s, want: perMinute{known: true, lo: 70 * s, hi: 80 * s}},
		{name: "and the next has too", before: perMinute{known: true, lo: 10 * s, hi: 20 * s, used: 3}, now: 85 * s, want: perMinute{known: true, lo: 130 * s, hi: 140 * s}},
		{name: "a while ago", before: perMinute{known: true, lo: 40 * s, hi: 50 * s, used: 3}, now: 55 * s, want: perMinute{known: true, lo: 100 * s, hi: 110 * s}},
		{
			name: "it is used up", before: perMinute{known: true, lo: 10 * s, hi: 20 * s, used: 3, over: true}, now: 85 * s,
			want: perMinute{known: true, lo: 10 * s, hi: 20 * s, used: 3, over: true},
		},
	}, func(m *perMinute, now, _ time.Duration) bool { m.roll(now); return false })
}

func TestPermitsOfAWindow(t *testing.T) {
	checkPerMinute(t, []perMinuteCase{
		{name: "no windows", now: s},
		{name: "the first of a configured number", before: perMinute{configured: 5}, now: 10 * s, want: perMinute{configured: 5, known: true, n: 5, lo: 10 * s, hi: 70 * s, used: 1}},
		{
			name: "the last of it", before: perMinute{configured: 2, known: true, n: 2, hi: 60 * s, used: 1}, now: s,
			want: perMinute{configured: 2, known: true, n: 2, lo: s, hi: 60 * s, used: 2, over: true, probe: 1500 * ms, checking: true},
		},
		{
			name: "one beyond it", before: perMinute{configured: 2, known: true, n: 2, lo: s, hi: 60 * s, used: 2, over: true, probe: 1500 * ms, checking: true}, now: 1500 * ms,
			want: perMinute{configured: 2, known: true, n: 2, lo: s, hi: 60 * s, used: 2, over: true, probe: 60 * s, opened: 1500 * ms, exceeds: true}, says: true,
		},
		{
			name:   "the first of the next window",
			before: perMinute{known: true, n: 20, lo: 30 * s, hi: 50 * s, used: 20, over: true, probe: 40 * s, lost: true}, now: 40 * s,
			want: perMinute{known: true, n: 20, lo: 90 * s, hi: 100 * s, used: 1, probe: 40 * s, opening: true, opened: 40 * s, before: between(30*s, 50*s)}, says: true,
		},
		{
			name:   "before it was expected",
			before: perMinute{known: true, n: 20, lo: 45 * s, hi: 50 * s, used: 20, over: true}, now: 40 * s,
			want: perMinute{known: true, n: 20, lo: 100 * s, hi: 100 * s, used: 1, opening: true, opened: 40 * s, before: between(45*s, 50*s)}, says: true,
		},
		{
			name:   "after it was expected",
			before: perMinute{known: true, n: 20, lo: 45 * s, hi: 50 * s, used: 20, over: true}, now: 55 * s,
			want: perMinute{known: true, n: 20, lo: 105 * s, hi: 110 * s, used: 1, opening: true, opened: 55 * s, before: between(45*s, 50*s)}, says: true,
		},
		{
			name:   "at the full minute of the clock",
			before: perMinute{known: true, n: 20, lo: 25 * s, hi: 50 * s, used: 20, over: true, clock: 40*s - 349*ms}, now: 40 * s,
			want: perMinute{known: true, n: 20, lo: 100*s - 1, hi: 100 * s, used: 1, opening: true, opened: 40 * s, clock: 40*s - 349*ms, before: between(25*s, 50*s)}, says: true,
		},
		{
			name:   "later than that",
			before: perMinute{known: true, n: 20, lo: 35 * s, hi: 50 * s, used: 20, over: true, clock: 40*s - 350*ms}, now: 40 * s,
			want: perMinute{known: true, n: 20, lo: 95 * s, hi: 100 * s, used: 1, opening: true, opened: 40 * s, clock: 40*s - 350*ms, before: between(35*s, 50*s)}, says: true,
		},
		{
			name:   "where it may have begun long before that",
			before: perMinute{known: true, n: 20, lo: 25*s - 1, hi: 50 * s, used: 20, over: true, clock: 40*s - 100*ms}, now: 40 * s,
			want: perMinute{known: true, n: 20, lo: 85*s - 1, hi: 100 * s, used: 1, opening: true, opened: 40 * s, clock: 40*s - 100*ms, before: between(25*s-1, 50*s)}, says: true,
		},
		{
			name:   "likewise, of a configured number",
			before: perMinute{configured: 20, known: true, n: 20, lo: s, hi: 50 * s, used: 20, over: true, clock: 40*s - 100*ms, enforced: true}, now: 40 * s,
			want: perMinute{configured: 20, known: true, n: 20, lo: 100*s - 1, hi: 100 * s, used: 1, opening: true, opened: 40 * s, clock: 40*s - 100*ms, enforced: true, before: between(s, 50*s)}, says: true,
		},
		{
			name:   "the one that shows whether there are windows",
			before: perMinute{known: true, n: 20, lo: 5 * s, hi: 50 * s, used: 20, over: true, checking: true}, now: 9 * s,
			want: perMinute{known: true, n: 20, lo: 5 * s, hi: 50 * s, used: 1, checking: true, opening: true, opened: 9 * s, before: between(5*s, 50*s)}, says: true,
		},
		{
			name: "the tenth after one that shows nothing yet", before: perMinute{known: true, n: 20, lo: 5 * s, hi: 50 * s, used: 9, opening: true, opened: s, late: 2}, now: 2 * s,
			want: perMinute{known: true, n: 20, lo: 5 * s, hi: 50 * s, used: 10, opening: true, opened: s, late: 2},
		},
		{
			name: "and the eleventh", before: perMinute{known: true, n: 20, lo: 5 * s, hi: 50 * s, used: 10, opening: true, opened: s, late: 2}, now: 1251 * ms,
			want: perMinute{known: true, n: 20, lo: 5 * s, hi: 50 * s, used: 11, opened: s},
		},
		{
			name: "unless it comes too soon", before: perMinute{known: true, n: 20, lo: 5 * s, hi: 50 * s, used: 10, opening: true, opened: s, late: 2}, now: 1250 * ms,
			want: perMinute{known: true, n: 20, lo: 5 * s, hi: 50 * s, used: 11, opening: true, opened: s, late: 2},
		},
	}, func(m *perMinute, now, _ time.Duration) bool { opens, _ := m.taken(now); return opens })
}

func TestPermitsBeyondAWindow(t *testing.T) {
	for _, c := range []struct {
		name string
		m    perMinute
		want int
	}{
		{"in it", perMinute{known: true, n: 20, hi: 60 * s, used: 18}, -1},
		{"the last", perMinute{known: true, n: 20, hi: 60 * s, used: 19}, 0},
		{"beyond", perMinute{known: true, n: 20, hi: 60 * s, used: 21}, 2},
		{"no window", perMinute{used: 21}, 0},
		{"it shows that there are none", perMinute{known: true, n: 20, hi: 60 * s, used: 30, opening: true, checking: true}, 0},
	} {
		if opens, beyond := c.m.taken(s); opens || beyond != c.want {
			t.Errorf("%s: got %t, %d, want %d", c.name, opens, beyond, c.want)
		}
	}
}

func TestWhenARequestIsSentThatOpensAWindow(t *testing.T) {
	for _, c := range []struct {
		m    perMinute
		want time.Duration
	}{
		{perMinute{opened: s, opening: true}, 2 * s},
		{perMinute{opened: s, exceeds: true, over: true}, 2 * s},
		{perMinute{opened: s, exceeds: true}, s},
		{perMinute{opened: s, over: true}, s},
	} {
		m := c.m
		if m.sends(2 * s); m.opened != c.want {
			t.Errorf("%+v: opened at %s, want %s", c.m, m.opened, c.want)
		}
	}
}

func TestARequestThatGetsThroughConfirmsItsWindow(t *testing.T) {
	opening := perMinute{known: true, n: 20, lo: 90 * s, hi: 100 * s, used: 1, opening: true, opened: 40 * s, late: 2}
	opened := opening
	opened.opening, opened.late = false, 0
	checking := opening
	checking.checking, checking.clock = true, 7*s
	exceeds := perMinute{configured: 20, known: true, n: 20, lo: 5 * s, hi: 60 * s, used: 20, over: true, opened: 6 * s, exceeds: true}
	again := exceeds
	again.reopened = true
	next := perMinute{configured: 20, known: true, n: 20, lo: 65 * s, hi: 120 * s, used: 1, opened: 60 * s, opening: true, exceeds: true}
	openedNext := next
	openedNext.opening = false
	checked := exceeds
	checked.exceeds = false
	checkPerMinute(t, []perMinuteCase{
		{name: "its first", before: opening, sent: 40 * s, want: opened},
		{name: "another", before: opening, sent: 41 * s, want: opened},
		{name: "one that was sent before", before: opening, sent: 40*s - 1, want: opening},
		{name: "where it is open", before: opened, sent: 41 * s, want: opened},
		{name: "where it shows that there are no windows", before: checking, sent: 40 * s, want: perMinute{clock: 7 * s}},
		{
			name: "one beyond a configured number", before: exceeds, sent: 6 * s,
			want: perMinute{configured: 20, known: true, n: 20, lo: 60 * s, hi: 66 * s, used: 1, opened: 6 * s, reopened: true},
		},
		{name: "for the second time", before: again, sent: 6 * s, want: again},
		{name: "another one than that", before: exceeds, sent: 5 * s, want: exceeds},
		{name: "the first of the next window", before: next, sent: 60 * s, want: openedNext},
		{name: "one that tells nothing any more", before: checked, sent: 6 * s, want: checked},
	}, func(m *perMinute, _, sent time.Duration) bool { m.confirm(sent); return false })
}

func TestALostAnswerShowsNothingOfAWindow(t *testing.T) {
	opening := perMinute{known: true, n: 20, lo: 90 * s, hi: 100 * s, used: 1, opening: true, opened: 40 * s}
	lost := opening
	lost.lost = true
	exceeds := perMinute{configured: 20, known: true, n: 20, lo: 5 * s, hi: 60 * s, used: 20, over: true, opened: 6 * s, exceeds: true}
	next, used := opening, opening
	next.exceeds = true
	used.over, used.opening = true, false
	lostNext, lostUsed := next, used
	lostNext.lost, lostUsed.lost = true, true
	checkPerMinute(t, []perMinuteCase{
		{name: "its first", before: opening, now: 41 * s, sent: 40 * s, want: lost},
		{name: "its first where the cloud takes more than is configured", before: next, now: 41 * s, sent: 40 * s, want: lostNext},
		{name: "its only one", before: used, now: 41 * s, sent: 40 * s, want: lostUsed},
		{name: "another", before: opening, now: 41 * s, sent: 41 * s, want: opening},
		{
			name: "one beyond a configured number", before: exceeds, now: 7 * s, sent: 6 * s,
			want: perMinute{configured: 20, known: true, n: 20, lo: 7 * s, hi: 60 * s, used: 20, over: true, opened: 6 * s, lost: true, checking: true, probe: 7500 * ms},
		},
	}, func(m *perMinute, now, sent time.Duration) bool { m.unanswered(now, sent); return false })
}

func TestARefusedRequestIsNoUseOfAWindow(t *testing.T) {
	for _, c := range []struct {
		m    perMinute
		want int
	}{
		{perMinute{known: true, used: 3, opened: s}, 2},
		{perMinute{known: true, used: 3, opened: s + 1}, 3},
		{perMinute{used: 3}, 3},
		{perMinute{known: true}, 0},
	} {
		m := c.m
		if m.refused(s); m.used != c.want {
			t.Errorf("%+v: %d are used, want %d", c.m, m.used, c.want)
		}
	}
	m := perMinute{used: 1}
	m.giveBack()
	if m.giveBack(); m.used != 0 {
		t.Errorf("after what was given back %d are used", m.used)
	}
}

func TestAThrottledReplyOfAWindow(t *testing.T) {
	checkPerMinute(t, []perMinuteCase{
		{name: "no windows", now: 2 * s, sent: s},
		{
			name: "it is used up already", before: perMinute{known: true, n: 20, used: 20, lo: s, hi: 60 * s, over: true, probe: 9 * s, opened: s}, now: 2 * s, sent: s,
			want: perMinute{known: true, n: 20, used: 20, lo: s, hi: 60 * s, over: true, probe: 9 * s, opened: s}, says: true,
		},
		{
			name:   "the cloud enforces a configured number",
			before: perMinute{configured: 20, known: true, n: 20, lo: s, hi: 61 * s, used: 20, over: true, probe: 61 * s, opened: 2 * s, exceeds: true, clock: 30 * s}, now: 3 * s, sent: 2 * s,
			want: perMinute{configured: 20, known: true, n: 20, lo: 3 * s, hi: 61 * s, used: 20, over: true, probe: 30*s + 100*ms, opened: 2 * s, enforced: true, clock: 30 * s}, says: true,
		},
		{
			name:   "another request than the one that shows that",
			before: perMinute{configured: 20, known: true, n: 20, lo: s, hi: 61 * s, used: 20, over: true, probe: 61 * s, opened: 2 * s, exceeds: true}, now: 3 * s, sent: s,
			want: perMinute{configured: 20, known: true, n: 20, lo: s, hi: 61 * s, used: 20, over: true, probe: 61 * s, opened: 2 * s, exceeds: true}, says: true,
		},
		{
			name:   "nor a later one",
			before: perMinute{configured: 20, known: true, n: 20, lo: s, hi: 61 * s, used: 20, over: true, probe: 61 * s, opened: 2 * s, exceeds: true}, now: 4 * s, sent: 3 * s,
			want: perMinute{configured: 20, known: true, n: 20, lo: s, hi: 61 * s, used: 20, over: true, probe: 61 * s, opened: 2 * s, exceeds: true}, says: true,
		},
		{
			name:   "it has not begun",
			before: perMinute{known: true, n: 20, lo: 90 * s, hi: 100 * s, used: 1, opening: true, opened: 40 * s, enforced: true, before: between(30*s, 50*s)}, now: 41 * s, sent: 40 * s,
			want: perMinute{known: true, n: 20, lo: 41 * s, hi: 50 * s, used: 1, over: true, opened: 40 * s, probe: 50 * s, before: between(30*s, 50*s)}, says: true,
		},
		{
			name:   "nor has a configured one",
			before: perMinute{configured: 20, known: true, n: 20, lo: 90 * s, hi: 100 * s, used: 1, opening: true, opened: 40 * s, exceeds: true, before: between(30*s, 50*s)}, now: 41 * s, sent: 40 * s,
			want: perMinute{configured: 20, known: true, n: 20, lo: 41 * s, hi: 50 * s, used: 1, over: true, opened: 40 * s, enforced: true, probe: 50 * s, before: between(30*s, 50*s)}, says: true,
		},
		{
			name:   "nor where others were sent meanwhile and the first answer is lost",
			before: perMinute{known: true, n: 20, lo: 90 * s, hi: 100 * s, used: 5, opening: true, opened: 40 * s, lost: true, before: between(30*s, 50*s)}, now: 42 * s, sent: 41 * s,
			want: perMinute{known: true, n: 20, lo: 42 * s, hi: 50 * s, used: 5, over: true, opened: 40 * s, lost: true, probe: 50 * s, before: between(30*s, 50*s)}, says: true,
		},
		{
			name:   "there are windows",
			before: perMinute{known: true, n: 20, lo: 30 * s, hi: 50 * s, used: 1, opening: true, opened: 40 * s, checking: true, before: between(30*s, 50*s)}, now: 41 * s, sent: 40 * s,
			want: perMinute{known: true, n: 20, lo: 41 * s, hi: 50 * s, used: 20, over: true, opened: 40 * s, probe: 50 * s, before: between(30*s, 50*s)}, says: true,
		},
		{
			name:   "of which the end is known exactly",
			before: perMinute{known: true, n: 20, lo: 50 * s, hi: 50 * s, used: 1, opening: true, opened: 40 * s, checking: true, before: between(50*s, 50*s)}, now: 41 * s, sent: 40 * s,
			want: perMinute{known: true, n: 20, lo: 50 * s, hi: 50 * s, used: 20, over: true, opened: 40 * s, probe: 50 * s, before: between(50*s, 50*s)}, says: true,
		},
		{
			name:   "it is late",
			before: perMinute{known: true, n: 20, lo: 110 * s, hi: 110 * s, used: 1, opening: true, opened: 50 * s, late: 1, before: between(50*s, 50*s)}, now: 51 * s, sent: 50 * s,
			want: perMinute{known: true, n: 20, lo: 51 * s, hi: 51 * s, used: 1, over: true, opened: 50 * s, late: 2, probe: 51*s + 250*ms<<1, before: between(50*s, 50*s)}, says: true,
		},
		{
			name:   "it has begun, and the requests come too fast",
			before: perMinute{known: true, n: 20, lo: 90 * s, hi: 100 * s, used: 5, opening: true, opened: 40 * s, late: 2}, now: 42 * s, sent: 41 * s,
			want: perMinute{known: true, n: 20, lo: 90 * s, hi: 100 * s, used: 5, opened: 40 * s},
		},
		{
			name: "hardly any is left", before: perMinute{configured: 20, known: true, n: 20, lo: 30 * s, hi: 45 * s, used: 18, opened: s, exceeds: true}, now: 42 * s, sent: 41 * s,
			want: perMinute{configured: 20, known: true, n: 18, lo: 42 * s, hi: 45 * s, used: 18, over: true, opened: s, enforced: true, probe: 45 * s}, says: true,
		},
		{
			name: "of a number that was found", before: perMinute{known: true, n: 20, lo: 30 * s, hi: 45 * s, used: 20, opened: s, enforced: true}, now: 42 * s, sent: 41 * s,
			want: perMinute{known: true, n: 20, lo: 42 * s, hi: 45 * s, used: 20, over: true, opened: s, probe: 45 * s}, says: true,
		},
		{
			name: "some are left, and it was sent first", before: perMinute{known: true, n: 20, lo: 30 * s, hi: 45 * s, used: 5, opened: s, lost: true}, now: 2 * s, sent: s,
			want: perMinute{known: true, n: 20, lo: 30 * s, hi: 45 * s, used: 5, opened: s, lost: true},
		},
		{
			name: "some are left", before: perMinute{known: true, n: 20, lo: 30 * s, hi: 45 * s, used: 17, opened: s}, now: 42 * s, sent: 41 * s,
			want: perMinute{known: true, n: 20, lo: 30 * s, hi: 45 * s, used: 17, opened: s},
		},
	}, func(m *perMinute, now, sent time.Duration) bool { return m.throttled(now, sent) })
}

func TestWindowsAreFound(t *testing.T) {
	m := perMinute{}
	if m.detect(50*s, 40*s, 300); m != (perMinute{known: true, n: 300, lo: 50 * s, hi: 100 * s, over: true, probe: 55 * s}) {
		t.Errorf("got %+v", m)
	}
	m = perMinute{known: true, n: 20, lo: 30 * s, hi: 45 * s}
	if m.detect(42*s, 40*s, 30); m != (perMinute{known: true, n: 30, lo: 42 * s, hi: 45 * s, over: true, probe: 45 * s}) {
		t.Errorf("got %+v", m)
	}
}

// Once a window is used up the next one is tried from the full minute of the clock
// on, or at even distances, and at growing ones where it is late.
func TestWhenTheNextWindowIsTried(t *testing.T) {
	checkPerMinute(t, []perMinuteCase{
		{name: "it is late", before: perMinute{lo: 9 * s, hi: 8 * s}, now: 10 * s, want: perMinute{lo: 10 * s, hi: 10 * s, over: true, probe: 10*s + 250*ms}},
		{name: "for the first time", before: perMinute{late: 1, hi: 10 * s}, now: 10 * s, want: perMinute{late: 1, lo: 10 * s, hi: 10 * s, over: true, probe: 10*s + 250*ms}},
		{name: "for the third time", before: perMinute{late: 3}, now: 10 * s, want: perMinute{late: 3, lo: 10 * s, hi: 10 * s, over: true, probe: 11 * s}},
		{name: "for long", before: perMinute{late: 90}, now: 10 * s, want: perMinute{late: 90, lo: 10 * s, hi: 10 * s, over: true, probe: 15 * s}},
		{
			name: "it is not late where its end is known exactly", before: perMinute{n: 20, lo: 50 * s, hi: 50 * s, enforced: true}, now: 40 * s,
			want: perMinute{n: 20, lo: 50 * s, hi: 50 * s, over: true, enforced: true, probe: 50 * s},
		},
		{
			name: "nor before it is checked that there are windows", before: perMinute{n: 20, lo: 50 * s, hi: 50 * s}, now: 40 * s,
			want: perMinute{n: 20, lo: 50 * s, hi: 50 * s, over: true, checking: true, probe: 49 * s},
		},
		{
			name: "first it is checked that there are windows", before: perMinute{n: 20, lo: 50 * s, hi: 60 * s, opening: true}, now: 40 * s,
			want: perMinute{n: 20, lo: 50 * s, hi: 60 * s, over: true, checking: true, probe: 49 * s},
		},
		{name: "not where the next may have begun by then", before: perMinute{n: 20, lo: 49 * s, hi: 58 * s}, now: 40 * s, want: perMinute{n: 20, lo: 49 * s, hi: 58 * s, over: true, probe: 58 * s}},
		{
			name: "but soon where a number is configured", before: perMinute{configured: 20, n: 20, lo: 49 * s, hi: 58 * s}, now: 57 * s,
			want: perMinute{configured: 20, n: 20, lo: 57 * s, hi: 58 * s, over: true, checking: true, probe: 57500 * ms},
		},
		{
			name: "unless the next begins before", before: perMinute{configured: 20, n: 20, lo: 49 * s, hi: 58 * s}, now: 57500 * ms,
			want: perMinute{configured: 20, n: 20, lo: 57500 * ms, hi: 58 * s, over: true, probe: 58 * s},
		},
		{
			name: "or it was checked", before: perMinute{n: 20, lo: 50 * s, hi: 58 * s, checking: true}, now: 40 * s,
			want: perMinute{n: 20, lo: 50 * s, hi: 58 * s, over: true, probe: 58 * s},
		},
		{
			name: "or the cloud enforces it", before: perMinute{n: 20, lo: 50 * s, hi: 58 * s, enforced: true}, now: 40 * s,
			want: perMinute{n: 20, lo: 50 * s, hi: 58 * s, over: true, enforced: true, probe: 58 * s},
		},
		{
			name: "where the cloud takes more only the end counts", before: perMinute{configured: 20, n: 20, lo: 10 * s, hi: 58 * s, exceeds: true}, now: 40 * s,
			want: perMinute{configured: 20, n: 20, lo: 40 * s, hi: 58 * s, over: true, exceeds: true, probe: 58 * s},
		},
		{
			name: "at the end of a short time", before: perMinute{n: 30, lo: 50 * s, hi: 56 * s, checking: true, clock: 53 * s}, now: 40 * s,
			want: perMinute{n: 30, lo: 50 * s, hi: 56 * s, over: true, clock: 53 * s, probe: 56 * s},
		},
		{
			name: "at the full minute", before: perMinute{n: 120, lo: 50 * s, hi: 70 * s, checking: true, clock: 57 * s}, now: 40 * s,
			want: perMinute{n: 120, lo: 50 * s, hi: 70 * s, over: true, clock: 57 * s, probe: 57100 * ms},
		},
		{
			name: "that is hardly later than the first of some tries", before: perMinute{n: 120, lo: 50 * s, hi: 70 * s, checking: true, clock: 57400 * ms}, now: 40 * s,
			want: perMinute{n: 120, lo: 50 * s, hi: 70 * s, over: true, clock: 57400 * ms, probe: 57500 * ms},
		},
		{
			name: "or else at the first of them", before: perMinute{n: 120, lo: 50 * s, hi: 70 * s, checking: true, clock: 57500 * ms}, now: 40 * s,
			want: perMinute{n: 120, lo: 50 * s, hi: 70 * s, over: true, clock: 57500 * ms, probe: 55 * s},
		},
	}, func(m *perMinute, now, _ time.Duration) bool { m.exhaust(now); return false })
}

func TestHowWellTheEndOfAWindowIsEstimated(t *testing.T) {
	for _, c := range []struct {
		n, configured        int
		check, fine          time.Duration
		wide, middle, narrow time.Duration // parts
	}{
		{n: 5, check: 18 * s, fine: 9 * s, wide: 3, middle: 2, narrow: 2},
		{n: 20, check: 9 * s, fine: 9 * s, wide: 3, middle: 2, narrow: 2},
		{n: 90, check: 2 * s, fine: 2 * s, wide: 3, middle: 3, narrow: 3},
		{n: 150, check: 1200 * ms, fine: 1200 * ms, wide: 5, middle: 4, narrow: 4},
		{n: 900, check: s, fine: 200 * ms, wide: 12, middle: 4, narrow: 4},
		{n: 60, configured: 60, check: 500 * ms, fine: 3 * s, wide: 2, middle: 2, narrow: 2},
		{n: 150, configured: 150, check: 500 * ms, fine: 1200 * ms, wide: 3, middle: 4, narrow: 4},
		{n: 900, configured: 900, check: 500 * ms, fine: 200 * ms, wide: 8, middle: 4, narrow: 4},
	} {
		m := perMinute{n: c.n, configured: c.configured}
		wide, middle, narrow := m.parts(30*s+1), m.parts(30*s), m.parts(10*s)
		if m.check() != c.check || m.fine() != c.fine || wide != c.wide || middle != c.middle || narrow != c.narrow {
			t.Errorf("%d of %d: it is checked after %s, to %s, in %d, %d and %d parts", c.n, c.configured, m.check(), m.fine(), wide, middle, narrow)
		}
	}
}

func TestTheFullMinuteOfTheClock(t *testing.T) {
	m := perMinute{clock: 20 * s}
	for at, want := range map[time.Duration]time.Duration{
		0: 20*s + 100*ms, 20 * s: 20*s + 100*ms, 20*s + 99*ms: 20*s + 100*ms, 20*s + 100*ms: 80*s + 100*ms, 90 * s: 140*s + 100*ms,
	} {
		if got := m.fullMinute(at); got != want {
			t.Errorf("after %s: %s, want %s", at, got, want)
		}
	}
}

func TestWaitBehindOthersInWindows(t *testing.T) {
	for _, c := range []struct {
		m    perMinute
		n    int
		want time.Duration
	}{
		{perMinute{n: 10}, 99, 0},
		{perMinute{known: true}, 99, 0},
		{perMinute{known: true, n: 10, used: 7, hi: 30 * s}, 2, 0},
		{perMinute{known: true, n: 10, used: 7, hi: 30 * s}, 3, 20 * s},
		{perMinute{known: true, n: 10, used: 7, hi: 30 * s}, 12, 20 * s},
		{perMinute{known: true, n: 10, used: 7, hi: 30 * s}, 13, 80 * s},
		{perMinute{known: true, n: 10, used: 7, hi: 30 * s, over: true}, 0, 20 * s},
		{perMinute{known: true, n: 10, used: 7, hi: 30 * s, over: true}, 10, 80 * s},
		{perMinute{known: true, n: 10, used: 7, hi: 5 * s, over: true}, 0, 0},
	} {
		if got := c.m.behind(10*s, c.n); got != c.want {
			t.Errorf("%+v: %s behind %d, want %s", c.m, got, c.n, c.want)
		}
	}
}

func TestAWindowThatIsUsedUpSaysWhenTheNextIsTried(t *testing.T) {
	for _, c := range []struct {
		m    perMinute
		want time.Duration
	}{{perMinute{known: true, over: true, probe: 9 * s}, 9 * s}, {perMinute{known: true, probe: 9 * s, hi: 60 * s}, 0}} {
		if got := c.m.due(s); got != c.want {
			t.Errorf("%+v: due at %s, want %s", c.m, got, c.want)
		}
	}
	m := perMinute{known: true, used: 3, hi: 60 * s}
	if m.due(60 * s); m.used != 0 {
		t.Errorf("the next has begun, and %d are used", m.used)
	}
}
