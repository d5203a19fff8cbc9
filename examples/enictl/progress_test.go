// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLines checks that without a terminal there are lines at intervals, and none after the
// end.
func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := newProgress(&console{w: &out}, "releasing", 200, 50)
		time.Sleep(6 * time.Second)
		p.add(50)
		time.Sleep(5 * time.Second)
		p.sayf("interrupted")
		p.close()
		time.Sleep(time.Hour)
		const want = "" +
			"enictl: releasing: 50 of 200, 25 %\n" +
			"enictl: releasing: 100 of 200, 50 %\n" +
			"enictl: interrupted\n"
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", &out, want)
		}
	})
}
