// SPDX-License-Identifier: Apache-2.0

package core

import (
	"testing"
	"time"
)

func TestTimesDoNotOverflow(t *testing.T) {
	for _, s := range []float64{1e300, forever.Seconds()} {
		if got := seconds(s); got != forever {
			t.Errorf("seconds(%g) is %d", s, got)
		}
	}
	if got := saturate(forever-1, forever); got != forever {
		t.Errorf("got %d", got)
	}
	if got := saturate(forever, forever/2); got != forever {
		t.Errorf("got %d", got)
	}
	if got := saturate(time.Second, time.Minute); got != 61*time.Second {
		t.Errorf("got %s", got)
	}
}
