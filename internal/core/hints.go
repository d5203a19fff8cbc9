// SPDX-License-Identifier: Apache-2.0

package core

import (
	"errors"
	"time"
)

// hints are read from methods in the chain of a driver's error; see [Driver].
type hints struct {
	retryAfter time.Duration
	reused     bool
	maxTries   int // zero means no bound
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

// retryAfter returns the cloud's hint when to retry, or zero. It is a minute at most:
// no quota window of these clouds is longer.
func retryAfter(err error) time.Duration {
	var hint interface{ RetryAfter() time.Duration }
	if !errors.As(err, &hint) {
		return 0
	}
	return min(max(hint.RetryAfter(), 0), time.Minute)
}

// unreadable returns, by id, the errors of the interfaces that a describe could not
// read; nil if the whole describe failed.
func unreadable(err error) map[string]error {
	var partial interface{ Interfaces() map[string]error }
	if !errors.As(err, &partial) {
		return nil
	}
	return partial.Interfaces()
}
