// SPDX-License-Identifier: Apache-2.0

package core

import (
	"sync/atomic"
	"time"
)

// effect is a moving average of the durations of changes. The zero effect is empty.
type effect struct{ average atomic.Int64 }

// took adds a duration. Of two concurrent calls one may be lost, which is harmless.
func (u *effect) took(d time.Duration) {
	if average := u.average.Load(); average > 0 {
		d = (7*time.Duration(average) + d) / 8
	}
	u.average.Store(int64(d))
}

// atMost returns the time in which most changes complete. A longer one would keep an
// interface waiting for a request that was never carried out; a shorter one would meet
// conflicts.
func (u *effect) atMost() time.Duration {
	average := time.Duration(u.average.Load())
	if average == 0 {
		return time.Second
	}
	return min(average+average/4, 5*time.Second)
}
