// SPDX-License-Identifier: Apache-2.0

package core

import "time"

// seconds converts, and bounds what no duration can hold.
func seconds(s float64) time.Duration {
	if s >= forever.Seconds() {
		return forever
	}
	return time.Duration(s * float64(time.Second))
}

// forever is a time that does not come.
const forever time.Duration = 1 << 62

// saturate adds two times of which none is negative.
func saturate(a, b time.Duration) time.Duration {
	if a >= forever-b {
		return forever
	}
	return a + b
}
