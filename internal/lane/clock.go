// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// Times are durations since an origin that the runner chooses: the lane has no
// clock. Every event has a time, which is not earlier than that of the event before.
const (
	longAgo time.Duration = -1 << 62 // before every time
	forever time.Duration = 1 << 62  // after every time
)

// event is a number in the order of events. In virtual time many events have the
// same time, so this order decides what came later.
type event uint64

// after adds a duration to a time, without overflow: the result is at most forever.
func after(at, d time.Duration) time.Duration {
	if d >= forever-max(at, 0) {
		return forever
	}
	return at + d
}
