// SPDX-License-Identifier: Apache-2.0

package core

import "time"

// How many retries an outage may cost an API: a stock, and what refills it.
const (
	retryStock     = 100.0
	retryPerSecond = 1.0
	retryPerAccept = 0.5
)

// retries is the stock of retries of an API.
type retries struct {
	used     float64
	refilled time.Duration
}

// accepted notes a request that got through.
func (r *retries) accepted() { r.used = max(r.used-retryPerAccept, 0) }

// take takes a retry from the stock and returns how long to wait for it. While
// requests get through, there is always one. An outage leaves no debt.
func (r *retries) take(now time.Duration) time.Duration {
	r.used = max(r.used-(now-r.refilled).Seconds()*retryPerSecond, 0)
	r.refilled = now
	if r.used >= retryStock {
		return seconds(1 / retryPerSecond)
	}
	r.used++
	return 0
}
