// SPDX-License-Identifier: Apache-2.0

package core

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A line is always sorted, with waiters of any age that are removed from any place.
func TestALineIsASortedList(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var l line
	var list []*waiter
	for range 20000 {
		if len(list) == 0 || rnd.IntN(5) < 3 {
			w := &waiter{since: time.Duration(rnd.IntN(500))}
			if rnd.IntN(3) == 0 {
				w.due = behindDeadlines + time.Duration(rnd.IntN(500))
			}
			l.push(w)
			at, _ := slices.BinarySearchFunc(list, w, func(x, w *waiter) int { return cmp.Or(cmp.Compare(x.rank(), w.rank()), -1) })
			list = slices.Insert(list, at, w)
			continue
		}
		at := rnd.IntN(len(list))
		if got := l.ahead(list[at]); got != at {
			t.Fatalf("want %d ahead, got %d", at, got)
		}
		if !l.take(list[at]) || l.take(list[at]) {
			t.Fatal("a waiter leaves once")
		}
		list = slices.Delete(list, at, at+1)
	}
	if got := l.list(len(list) + 1); !slices.Equal(got, list) {
		t.Errorf("the line is not in order")
	}
	if got := l.list(700); !slices.Equal(got, list[:700]) {
		t.Errorf("the beginning of the line is not in order")
	}
	for _, w := range list {
		if l.first() != w {
			t.Fatal("the first is not the one of the least rank")
		}
		l.take(w)
	}
	if !l.empty() {
		t.Error("somebody is left")
	}
}
