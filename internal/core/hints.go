// SPDX-License-Identifier: Apache-2.0

package core

import (
	"errors"
	"time"
)

// hints are what an error of the driver says beside its kind, by methods in its
// chain; see [Driver].
type hints struct {
	retryAfter time.Duration
	reused     bool
	maxTries   int // zero is no bound
}

func hintsOf(err error) hints {
	if err == nil {
		return hints{}
	}
	h := hints{retryAfter: retryAfter(err)}
	var reused interface{ Reused() bool }
	h.reused = errors.As(err, &reused) && reused.Reused()
	var limited interface{ MaxTries() int }
	if errors.As(err, &limited) {
		h.maxTries = max(limited.MaxTries(), 0)
	}
	return h
}

// retryAfter is the cloud's hint when to come back, or zero. More than a minute
// is cut to that: no window of these clouds is longer.
func retryAfter(err error) time.Duration {
	var hint interface{ RetryAfter() time.Duration }
	if !errors.As(err, &hint) {
		return 0
	}
	return min(max(hint.RetryAfter(), 0), time.Minute)
}

// unreadable returns the errors of the interfaces that a description could not
// read although it read the others, by id; nil where the whole of it failed.
func unreadable(err error) map[string]error {
	var partial interface{ Interfaces() map[string]error }
	if !errors.As(err, &partial) {
		return nil
	}
	return partial.Interfaces()
}
