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

// drive sends requests one after another's turn for a while, and counts those
// that got through and those that were throttled.
func drive(t *testing.T, p *pace, q *quota, length time.Duration) (through, throttled int) {
	t.Helper()
	for end := time.Now().Add(length); time.Now().Before(end); {
		if err := p.wait(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		sent := time.Now()
		e := q.take()
		if p.answered(sent, e, 0); e == nil {
			through++
		} else {
			throttled++
		}
		if p.rate() == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return through, throttled
}

func TestAToldRateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		through, throttled := drive(t, &pace{told: 50}, &quota{perSecond: 50}, 20*time.Second)
		if through < 990 || throttled > 0 {
			t.Errorf("want nearly 1000 through and none throttled, got %d and %d", through, throttled)
		}
	})
}

func TestAQuotaIsFoundByBeingThrottled(t *testing.T) {
	for _, perSecond := range []int{2, 50, 500} {
		synctest.Test(t, func(t *testing.T) {
			through, throttled := drive(t, new(pace), &quota{perSecond: perSecond}, 60*time.Second)
			if through < perSecond*60*2/3 {
				t.Errorf("quota %d: two thirds of %d should get through, got %d", perSecond, perSecond*60, through)
			}
			if throttled > through/5 {
				t.Errorf("quota %d: %d of %d were throttled", perSecond, throttled, through+throttled)
			}
		})
	}
}

// A window of a minute that is used up is not asked a thousand times.
func TestAUsedUpMinuteIsAskedRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, asked := new(pace), 0
		for end := time.Now().Add(time.Minute); time.Now().Before(end); asked++ {
			if err := p.wait(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
			p.answered(time.Now(), errThrottled, 0)
		}
		if asked > 15 {
			t.Errorf("asked %d times within the minute", asked)
		}
	})
}

func TestThrottlingOfThePastIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(pace)
		p.answered(time.Now().Add(time.Nanosecond), errThrottled, 0)
		if p.delay() == 0 {
			t.Error("a throttled reply should slow the API down")
		}
		time.Sleep(3 * time.Minute)
		if d := p.delay(); d != 0 {
			t.Errorf("after three quiet minutes there should be no bound, got a wait of %s", d)
		}
	})
}

func TestAHintIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(pace)
		p.answered(time.Now(), errThrottled, 7*time.Second)
		start := time.Now()
		if err := p.wait(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 7*time.Second {
			t.Errorf("want 7s, waited %s", waited)
		}
	})
}

func TestTurnsComeInOrderAndSkipThoseWhoLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pace{told: 1}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		turns := make(chan int, 4)
		for n := range 4 {
			patience := t.Context()
			if n == 2 {
				patience = ctx
			}
			go func() {
				if err := p.wait(patience, time.Now()); err == nil {
					turns <- n
				} else if n != 2 || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%d: %v", n, err)
				}
			}()
			synctest.Wait()
		}
		start := time.Now()
		for _, want := range []int{0, 1, 3} {
			if got := <-turns; got != want {
				t.Errorf("want %d, got %d", want, got)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("who left should not cost a turn: want 2s, took %s", took)
		}
	})
}

func TestRetriesInAnOutageAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(pace)
		for range int(retryStock) {
			if d := p.retry(); d != 0 {
				t.Fatalf("the stock should last for %v retries, a wait of %s", retryStock, d)
			}
		}
		if d := p.retry(); d < 900*time.Millisecond {
			t.Errorf("an empty stock should make retries wait, got %s", d)
		}
		for range int(2 * retryStock) {
			p.answered(time.Now(), nil, 0)
		}
		if d := p.retry(); d != 0 {
			t.Errorf("requests that get through should refill the stock, got a wait of %s", d)
		}
	})
}

func TestSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s second
		start := time.Now()
		for range 20 {
			s.add(time.Now(), time.Now(), 1)
			time.Sleep(100 * time.Millisecond)
		}
		if got := s.sum(time.Now()); got != 9 {
			t.Errorf("want the nine of the last second, got %d", got)
		}
		s.add(time.Now(), start, 5)
		if got := s.sum(time.Now()); got != 9 {
			t.Errorf("what is older should not count, got %d", got)
		}
		time.Sleep(time.Minute)
		if got := s.sum(time.Now()); got != 0 {
			t.Errorf("want none, got %d", got)
		}
	})
}

func TestTheOldestRequestComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pace{told: 1}
		now := time.Now()
		turns := make(chan int, 3)
		for n, since := range []time.Time{now, now.Add(time.Second), now.Add(-time.Second)} {
			go func() {
				if err := p.wait(t.Context(), since); err != nil {
					t.Error(err)
				}
				turns <- n
			}()
			synctest.Wait() // the first has its turn at once
		}
		for _, want := range []int{0, 2, 1} {
			if got := <-turns; got != want {
				t.Errorf("want %d, got %d", want, got)
			}
		}
	})
}
