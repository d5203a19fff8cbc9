// SPDX-License-Identifier: Apache-2.0

package core

import (
	"testing"
	"time"
)

// halvedBetween is a rate that is half between two times.
func halvedBetween(rate float64, from, to time.Duration) func(time.Duration) float64 {
	return func(now time.Duration) float64 {
		if from <= now && now < to {
			return rate / 2
		}
		return rate
	}
}

// TestRateAgainstQuotas plays a rate against quotas: how long it takes compared
// with the least time, and how many of the requests are refused.
func TestRateAgainstQuotas(t *testing.T) {
	at := func(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
	for _, c := range []struct {
		name     string
		quota    func(time.Duration) bool
		second   float64       // configured
		minute   int           // likewise
		clock    time.Duration // a full minute of the client's clock
		requests int
		slots    int
		least    time.Duration
		span     float64 // of the least time, at most
		refused  float64 // of the requests, at most
	}{
		{name: "10 a second, one by one", quota: bucketOf(10, 1), requests: 1000, slots: 100, least: at(100), span: 1.1, refused: 0.07},
		{name: "and configured", quota: bucketOf(10, 1), second: 10, requests: 1000, slots: 100, least: at(100), span: 1.08, refused: 0.06},
		{name: "configured ten times too much", quota: bucketOf(10, 1), second: 100, requests: 1000, slots: 100, least: at(100), span: 1.1, refused: 0.1},
		{name: "and configured without a bound", quota: bucketOf(10, 10), second: -1, requests: 1000, slots: 100, least: at(99), span: 1.05, refused: 0.15},
		{name: "50 a second", quota: bucketOf(50, 50), requests: 1000, slots: 100, least: at(20), span: 1.05, refused: 0.04},
		{name: "2 a second, one by one", quota: bucketOf(2, 1), requests: 200, slots: 20, least: at(100), span: 1.08, refused: 0.3},
		{name: "1,000 a second", quota: bucketOf(1000, 1000), requests: 1000, slots: 100, least: at(5.5), span: 1.4, refused: 0},
		{name: "10 a second, halved and whole again", quota: changingBucket(1, halvedBetween(10, at(33), at(67))), requests: 1000, slots: 100, least: at(117), span: 1.12, refused: 0.1},
		{name: "50 a second, halved and whole again", quota: changingBucket(50, halvedBetween(50, at(7), at(13))), requests: 1000, slots: 100, least: at(23), span: 1.1, refused: 0.05},
		{name: "400 a minute at the full minute", quota: windowsOf(400, at(33)), clock: at(33), requests: 1000, slots: 100, least: at(93), span: 1.05, refused: 0.04},
		{name: "400 a minute at a phase", quota: windowsOf(400, at(33)), clock: at(11), requests: 1000, slots: 100, least: at(93), span: 1.05, refused: 0.04},
		{name: "400 a minute at the full minute, configured", quota: windowsOf(400, at(33)), minute: 400, clock: at(33), requests: 1000, slots: 100, least: at(93), span: 1.04, refused: 0.015},
		{name: "60 a minute at a phase", quota: windowsOf(60, at(33)), clock: at(11), requests: 200, slots: 20, least: at(153), span: 1.05, refused: 0.1},
		{name: "60 a minute at a phase, configured", quota: windowsOf(60, at(33)), minute: 60, clock: at(11), requests: 200, slots: 20, least: at(153), span: 1.05, refused: 0.03},
		{name: "60 a minute, configured, and both bounds", quota: windowsOf(60, at(33)), second: 5, minute: 60, clock: at(33), requests: 200, slots: 20, least: at(153), span: 1.06, refused: 0.03},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &simulation{
				quota: c.quota, requests: c.requests, slots: c.slots, seed: 1,
				shortest: 300 * time.Millisecond, longest: 800 * time.Millisecond,
				clients: []rule{&rate{second: perSecond{configured: c.second}, minute: perMinute{configured: c.minute, clock: c.clock}}},
			}
			o := s.run()
			span := o.took.Seconds() / c.least.Seconds()
			refused := float64(o.refused) / float64(o.refused+len(o.accepted))
			t.Logf("%.2f of the least time, %.1f %% refused", span, 100*refused)
			if span > c.span {
				t.Errorf("took %s, %.2f of the least time; want %.2f at most", o.took, span, c.span)
			}
			if refused > c.refused {
				t.Errorf("%.1f %% were refused, want %.1f %% at most", 100*refused, 100*c.refused)
			}
		})
	}
}

// Nothing is tried while a window is used up, but for a few probes, and all of the
// next one is used.
func TestWindowsAreUsedUpAndLeftAlone(t *testing.T) {
	end := 40 * time.Second
	s := &simulation{
		quota: windowsOf(100, end), requests: 500, slots: 50, seed: 1, shortest: 300 * time.Millisecond, longest: 800 * time.Millisecond,
		clients: []rule{&rate{minute: perMinute{clock: end}}},
	}
	o := s.run()
	used, tried := make(map[time.Duration]int), make(map[time.Duration]int)
	window := func(at time.Duration) time.Duration { return (at - end + time.Minute) / time.Minute }
	for _, at := range o.accepted {
		used[window(at)]++
	}
	for _, at := range o.rejected {
		tried[window(at)]++
	}
	for n := range time.Duration(5) {
		if used[n] != 100 {
			t.Errorf("window %d: %d requests got through, want 100", n, used[n])
		}
		if most := 8; n > 1 && tried[n] > most {
			t.Errorf("window %d: %d requests were refused, want %d at most", n, tried[n], most)
		}
	}
}

// After ten minutes in which the cloud refuses everything, which look like a window that
// is used up, an even rate is found again.
func TestARateIsFoundAgainAfterAnOutage(t *testing.T) {
	const from, to, end = 30 * time.Second, 630 * time.Second, 900 * time.Second
	bucket, refused := bucketOf(1, 1), 0
	s := &simulation{
		quota: func(now time.Duration) bool {
			if from <= now && now < to {
				return false
			}
			through := bucket(now)
			if !through && now > to {
				refused++
			}
			return through
		},
		requests: 280, slots: 20, shortest: 300 * time.Millisecond, longest: 800 * time.Millisecond,
		clients: []rule{&rate{}},
	}
	if o := s.run(); o.took > end+25*time.Second {
		t.Errorf("took %s", o.took)
	}
	if refused > 140 {
		t.Errorf("%d were refused after the outage", refused)
	}
}

// What was found out is known after a quiet time, and forgotten after a long one.
func TestRateRemembers(t *testing.T) {
	for _, c := range []struct {
		name  string
		quiet time.Duration
		least int // refused afterwards
		most  int
	}{
		{"ten minutes", 10 * time.Minute, 0, 3},
		{"two hours", 2 * time.Hour, 4, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &rate{}
			s := &simulation{quota: bucketOf(10, 1), requests: 200, slots: 50, seed: 1, shortest: 300 * time.Millisecond, clients: []rule{r}}
			s.run()
			s.now += c.quiet
			s.requests = 50
			if o := s.run(); o.refused < c.least || o.refused > c.most {
				t.Errorf("%d were refused, want %d to %d", o.refused, c.least, c.most)
			}
		})
	}
}

// A probe that is sent late, because its change had to be verified, is waited for.
func TestAProbeThatIsSentLateIsWaitedFor(t *testing.T) {
	const ms = time.Millisecond
	var r rate
	r.take(0)
	r.sends(0)
	r.throttled(30*ms, 0, 0)
	due := 30*ms + r.wait(30*ms)
	if r.take(due) != 0 {
		t.Fatal("no permit when it is due")
	}
	if wait := r.wait(due + 200*ms); wait == 0 {
		t.Error("another permit before the probe was sent")
	}
	r.sends(due + 200*ms)
	if wait := r.wait(due + 200*ms); wait < 50*ms {
		t.Errorf("another permit %s after the probe was sent", wait)
	}
	r.giveBack(due + 300*ms)
	if wait := r.wait(due + 300*ms); wait != 0 {
		t.Errorf("after it was given back another one is due in %s", wait)
	}
}

func TestWaitBehind(t *testing.T) {
	configured := rate{second: perSecond{configured: 10}}
	windows := rate{second: perSecond{configured: -1}, minute: perMinute{configured: 60}}
	for range 60 {
		windows.take(0)
	}
	configured.take(0)
	unknown := rate{}
	unknown.take(0)
	for _, c := range []struct {
		name string
		rate *rate
		n    int
		want time.Duration
	}{
		{"one by one", &configured, 20, 2100 * time.Millisecond},
		{"at a rate that doubles", &unknown, 1000, 0},
		{"in the next window", &windows, 10, time.Minute},
		{"in the one after that", &windows, 70, 2 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.rate.waitBehind(0, c.n).Round(time.Second / 10); got != c.want {
				t.Errorf("waits for %s, want %s", got, c.want)
			}
		})
	}
}
