// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// Times are durations since an origin of the runner's choice: the lane has no
// clock. Every event brings its time, and none is earlier than the one before.
const (
	longAgo time.Duration = -1 << 62 // before every time
	forever time.Duration = 1 << 62  // after every time
)

// event is the place of something in the order of what the lane was told. In
// virtual time many events have the same time, so "after" is decided by this
// order.
type event uint64

// after adds to a time without overflow: the largest pause is for ever.
func after(at, d time.Duration) time.Duration {
	if d >= forever-max(at, 0) {
		return forever
	}
	return at + d
}
