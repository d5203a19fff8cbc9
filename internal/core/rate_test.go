// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

var errThrottled = &eni.Error{Kind: eni.ErrThrottled}

// quota is a cloud's: so many requests in each second that begins with one.
type quota struct {
	perSecond int
	began     time.Time
	used      int
}

func (q *quota) take() *eni.Error {
	if now := time.Now(); now.Sub(q.began) >= time.Second {
		q.began, q.used = now, 0
	}
	if q.used++; q.used > q.perSecond {
		return errThrottled
	}
	return nil
}

// limited makes a limiter in virtual time.
func limited(configured float64) *limiter {
	return newLimiter(&alarms{origin: time.Now()}, quotas{configured: configured})
}

// drive sends requests one after another's permit for a while, and counts those
// that got through and those that were throttled.
func drive(t *testing.T, l *limiter, q *quota, length time.Duration) (through, throttled int) {
	t.Helper()
	for end := time.Now().Add(length); time.Now().Before(end); {
		if err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := l.sends()
		e := q.take()
		if l.answered(sent, e, 0); e == nil {
			through++
		} else {
			throttled++
		}
		if l.rate.second.bound() == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return through, throttled
}

func TestAConfiguredRateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		through, throttled := drive(t, limited(50), &quota{perSecond: 50}, 20*time.Second)
		if through < 990 || throttled > 0 {
			t.Errorf("want nearly 1000 through and none throttled, got %d and %d", through, throttled)
		}
	})
}

func TestAQuotaIsFoundByBeingThrottled(t *testing.T) {
	// At two a second the first second alone costs a dozen.
	for perSecond, most := range map[int]float64{2: 0.4, 50: 0.15, 500: 0.15} {
		synctest.Test(t, func(t *testing.T) {
			through, throttled := drive(t, limited(0), &quota{perSecond: perSecond}, 60*time.Second)
			if through < perSecond*60*2/3 {
				t.Errorf("quota %d: two thirds of %d should get through, got %d", perSecond, perSecond*60, through)
			}
			if float64(throttled) > most*float64(through+throttled) {
				t.Errorf("quota %d: %d of %d were throttled", perSecond, throttled, through+throttled)
			}
		})
	}
}

// A window of a minute that is used up is not asked a thousand times.
func TestAUsedUpMinuteIsAskedRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, asked := limited(0), 0
		for end := time.Now().Add(time.Minute); time.Now().Before(end); asked++ {
			if err := l.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			l.answered(l.sends(), errThrottled, 0)
		}
		if asked > 45 {
			t.Errorf("asked %d times within the minute", asked)
		}
	})
}

// A hint holds the API where the cloud is throttling or unavailable. After a conflict
// it holds the interface alone, which is not the limiter's to know.
func TestAHintHoldsTheAPI(t *testing.T) {
	const hint = 7 * time.Second
	for kind, want := range map[eni.Kind]time.Duration{eni.ErrThrottled: hint, eni.ErrUnavailable: hint, eni.ErrConflict: 0, eni.ErrNotAssigned: 0} {
		synctest.Test(t, func(t *testing.T) {
			l := limited(0)
			if !l.try() {
				t.Fatal("want a permit")
			}
			l.answered(l.sends(), &eni.Error{Kind: kind}, hint)
			start := time.Now()
			if err := l.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); waited != want {
				t.Errorf("%v: want %s, waited %s", kind, want, waited)
			}
		})
	}
}

func TestPermitsComeInOrderAndSkipThoseWhoLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limited(1)
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		permits := make(chan int, 4)
		for n := range 4 {
			patience := t.Context()
			if n == 2 {
				patience = ctx
			}
			go func() {
				if err := l.wait(patience); err == nil {
					permits <- n
				} else if n != 2 || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%d: %v", n, err)
				}
			}()
			synctest.Wait()
		}
		start := time.Now()
		for _, want := range []int{0, 1, 3} {
			if got := <-permits; got != want {
				t.Errorf("want %d, got %d", want, got)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("who left should not cost a permit: want 2s, took %s", took)
		}
	})
}

// The stock of retries is used up in an outage, refilled by what gets through, and
// never in debt.
func TestRetriesInAnOutageAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limited(0)
		time.Sleep(time.Minute)
		for range int(retryStock) {
			if d := l.retry(); d != 0 {
				t.Fatalf("the stock should last for %v retries, a wait of %s", retryStock, d)
			}
		}
		for range 10 * int(retryStock) {
			if d := l.retry(); d != time.Second {
				t.Fatalf("an empty stock should make retries wait for a second, got %s", d)
			}
		}
		time.Sleep(2 * time.Second)
		if d := l.retry(); d != 0 {
			t.Errorf("time should refill the stock, got a wait of %s", d)
		}
		for range int(2 * retryStock) {
			l.answered(0, nil, 0)
		}
		for range int(retryStock) {
			if d := l.retry(); d != 0 {
				t.Fatalf("requests that get through should refill the stock, got a wait of %s", d)
			}
		}
	})
}

func TestAPermitThatIsGivenBackIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limited(0.1)
		for range 3 {
			if !l.try() {
				t.Fatal("want a permit")
			}
			if l.try() || l.free() {
				t.Fatal("want one permit in ten seconds")
			}
			l.giveBack()
		}
	})
}

// Whose context has ended takes no permit.
func TestWhoseContextHasEndedTakesNoPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limited(0.1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.wait(ctx); !errors.Is(err, context.Canceled) || !l.free() {
			t.Errorf("got %v, and the permit is there: %t", err, l.free())
		}
	})
}

func TestTally(t *testing.T) {
	var s tally
	for n := range 120 {
		at := time.Duration(n) * time.Second
		s.add(at, at, 1)
	}
	if got := s.sum(2 * time.Minute); got != 59 {
		t.Errorf("want the 59 of the last minute, got %d", got)
	}
	s.add(2*time.Minute, 0, 5)
	s.add(2*time.Minute, time.Minute, 5)
	if got := s.sum(2 * time.Minute); got != 59 {
		t.Errorf("what is older should not count, got %d", got)
	}
	if got := s.sum(time.Hour); got != 0 {
		t.Errorf("want none, got %d", got)
	}
}

// Who leaves the line and was the last leaves no alarm.
func TestAnEmptyLineHasNoAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limited(0.001)
		l.try()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.wait(ctx); !errors.Is(err, context.DeadlineExceeded) || len(l.alarms.due) != 0 {
			t.Errorf("got %v, and %d alarms", err, len(l.alarms.due))
		}
	})
}
