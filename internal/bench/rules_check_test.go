// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestAllowances(t *testing.T) {
	type step struct {
		after time.Duration
		want  int
	}
	for _, c := range []struct {
		name  string
		limit limit
		steps []step
	}{
		{"a second's worth", fifty, []step{{0, 50}, {0, 0}, {time.Second, 50}, {20 * time.Millisecond, 1}, {time.Minute, 50}}},
		{"one by one", ten, []step{{0, 1}, {90 * time.Millisecond, 0}, {10 * time.Millisecond, 1}, {time.Minute, 1}}},
		{"a minute's worth", perMinute(60, fullMinute), []step{{0, 60}, {59 * time.Second, 0}, {time.Second, 60}, {59 * time.Second, 0}}},
		// 90 changes take 9 s: the quota is half from 3 to 6 s.
		{"halved", limit{quota: 10, burst: 100, halves: true}, []step{{0, 100}, {3 * time.Second, 30}, {3 * time.Second, 15}, {time.Second, 10}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := c.limit.allowance(1, 90)
				for _, step := range c.steps {
					time.Sleep(step.after)
					got := 0
					for a.take(time.Now()) {
						got++
					}
					if got != step.want {
						t.Errorf("%d served %s later, want %d", got, step.after, step.want)
					}
				}
			})
		})
	}
}

// A window begins where the seed says.
func TestPhase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := perMinute(1, drawn)
		time.Sleep(l.delay(7))
		a := l.allowance(7, 0)
		if !a.take(time.Now()) || a.take(time.Now()) {
			t.Fatal("the first window has one")
		}
		time.Sleep(l.firstWindow(7) - time.Nanosecond)
		if a.take(time.Now()) {
			t.Error("the second window began too early")
		}
		if time.Sleep(time.Nanosecond); !a.take(time.Now()) {
			t.Error("the second window began too late")
		}
	})
}

func TestDraws(t *testing.T) {
	const n = 100_000
	var lost, average float64
	for i := range n {
		d := draw(1, "loss", subject{enitest.Detach, interfaceID(i % 100)}, i/100)
		if d < 0 || d >= 1 {
			t.Fatal(d)
		}
		if d < lostAnswers {
			lost++
		}
		took := changeTime(1, subject{enitest.Detach, interfaceID(i % 100)}, i/100)
		if took < shortestChange || took > longestChange {
			t.Fatal(took)
		}
		average += took.Seconds()
	}
	if lost /= n; lost < 0.019 || lost > 0.021 {
		t.Errorf("%.4f of the answers are lost", lost)
	}
	if average /= n; average < 0.545 || average > 0.555 {
		t.Errorf("a change takes %.3f s", average)
	}
}

// The quota binds, or the interfaces do.
func TestLowerBound(t *testing.T) {
	b := lowerBound(scenario{seed: 1, limit: fifty, size: theStorm})
	if b.changes != 1100 || b.addresses != 20*time.Second || b.detaches != 2*time.Second {
		t.Errorf("%+v", b)
	}
	b = lowerBound(scenario{seed: 1, limit: thousand, size: theStorm})
	if b.addresses < 5500*time.Millisecond || b.addresses > 8*time.Second || b.detaches > longestChange {
		t.Errorf("%+v", b)
	}
	w := lowerBound(scenario{seed: 1, limit: thousand, size: theStorm, storm: waitingQueue})
	if w.addresses <= b.addresses || w.addresses > b.addresses+10*2*oneWay {
		t.Errorf("%v with a describe for each round, %v without", w.addresses, b.addresses)
	}
	// A thousand changes need three windows of 400: the third begins a minute after
	// the second, and each interface has two changes in it.
	l := perMinute(400, fullMinute)
	b = lowerBound(scenario{seed: 1, limit: l, size: theStorm})
	if want := l.firstWindow(1) + time.Minute + 2*shortestChange; b.addresses != want || b.detaches > longestChange {
		t.Errorf("%+v, want %v", b, want)
	}
	b = lowerBound(scenario{seed: 1, limit: limit{quota: 10, burst: 1, halves: true}, size: theStorm})
	if got := b.addresses.Round(time.Millisecond); got != 116667*time.Millisecond {
		t.Errorf("halved: %v", got)
	}
}
