// SPDX-License-Identifier: Apache-2.0

package core

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// ringing is a function that an alarm calls.
type ringing func()

func (f ringing) ring() { f() }

// Alarms that are set, moved and cancelled at random ring once, at the time that
// they were set to last.
func TestAlarmsRingWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &alarms{origin: time.Now()}
		rnd := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		rang := make(map[int][]time.Duration)
		want := make(map[int]time.Duration)
		for n := range 1000 {
			al := &alarm{rings: ringing(func() {
				mu.Lock()
				defer mu.Unlock()
				rang[n] = append(rang[n], a.now())
			})}
			for range 1 + rnd.IntN(3) {
				want[n] = time.Duration(1+rnd.IntN(5000)) * time.Millisecond
				a.put(al, want[n])
			}
			if rnd.IntN(4) == 0 {
				a.cancel(al)
				a.cancel(al)
				delete(want, n)
			}
		}
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		for n := range 1000 {
			at, set := want[n]
			if got := rang[n]; set != (len(got) == 1) || set && got[0] != at {
				t.Errorf("alarm %d: set %t to %s, rang at %v", n, set, at, got)
			}
		}
	})
}

// One that takes long holds none of the others.
func TestASlowAlarmHoldsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &alarms{origin: time.Now()}
		hold, rang := make(chan struct{}), make(chan struct{}, 10)
		for n := range 10 {
			a.put(&alarm{rings: ringing(func() {
				if n%3 == 0 {
					<-hold
				}
				rang <- struct{}{}
			})}, time.Duration(1+n/5)*time.Second)
		}
		time.Sleep(3 * time.Second)
		if len(rang) != 6 {
			t.Errorf("want six, got %d", len(rang))
		}
		close(hold)
		synctest.Wait()
		if len(rang) != 10 {
			t.Errorf("want all, got %d", len(rang))
		}
	})
}
