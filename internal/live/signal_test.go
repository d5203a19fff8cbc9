// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// A signal that arrives twice at once interrupts a run once: its clean-up goes on. A
// person who sends another one later ends that too.
func TestSignalTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		arrived := make(chan os.Signal, 2)
		first, second, end := contexts(arrived)
		defer end()
		is := func(when string, interrupted, ended bool) {
			t.Helper()
			synctest.Wait()
			if (first.Err() != nil) != interrupted || (second.Err() != nil) != ended {
				t.Errorf("%s: the run: %v, the clean-up: %v", when, first.Err(), second.Err())
			}
		}
		is("at the beginning", false, false)
		time.Sleep(time.Hour)
		arrived <- os.Interrupt
		is("after a signal", true, false)
		arrived <- os.Interrupt
		time.Sleep(sameSignal - time.Nanosecond)
		arrived <- os.Interrupt
		is("after the same signal", true, false)
		time.Sleep(time.Nanosecond)
		arrived <- os.Interrupt
		is("after another signal", true, true)
	})
}
