package bench

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRules(1, 50)
		served := func() (n int) {
			for r.buckets[enitest.Detach].take(time.Now()) {
				n++
			}
			return n
		}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{0, 50}, {0, 0}, {time.Second, 50}, {20 * time.Millisecond, 1}, {time.Minute, 50}} {
			time.Sleep(step.after)
			if got := served(); got != step.want {
				t.Errorf("%d served %s later, want %d", got, step.after, step.want)
			}
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
	b := lowerBound(1, 50, theStorm)
	if b.changes != 1100 || b.addresses != 20*time.Second || b.detaches != 2*time.Second {
		t.Errorf("%+v", b)
	}
	b = lowerBound(1, 1000, theStorm)
	if b.addresses < 5500*time.Millisecond || b.addresses > 8*time.Second || b.detaches > longestChange {
		t.Errorf("%+v", b)
	}
}
