// SPDX-License-Identifier: Apache-2.0

package core

import "time"

// The budget of retries of an API in an outage, and what refills it.
const (
	retryStock     = 100.0
	retryPerSecond = 1.0
	retryPerAccept = 0.5
)

// retries is the budget of retries of an API.
type retries struct {
	used     float64
	refilled time.Duration
}

// accepted records a request that was accepted.
func (r *retries) accepted() { r.used = max(r.used-retryPerAccept, 0) }

// take takes a retry from the budget and returns how long to wait before it. The budget
// never becomes negative, so an outage has no effect after its end.
func (r *retries) take(now time.Duration) time.Duration {
	r.used = max(r.used-(now-r.refilled).Seconds()*retryPerSecond, 0)
	r.refilled = now
	if r.used >= retryStock {
		return seconds(1 / retryPerSecond)
	}
	r.used++
	return 0
}
