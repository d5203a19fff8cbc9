// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/cloudeni/cloudeni/eni"
)

// The defaults that eni.Retry documents.
const (
	maxAttempts     = 12
	maxElapsed      = 5 * time.Minute
	maxSettle       = 5 * time.Minute
	initialInterval = 500 * time.Millisecond
	maxInterval     = 30 * time.Second
)

// withDefaults returns opts with the defaults for its zero fields.
func withDefaults(opts *eni.Options) eni.Options {
	var o eni.Options
	if opts != nil {
		o = *opts
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = requestTimeout
	}
	if o.Retry.MaxAttempts == 0 {
		o.Retry.MaxAttempts = maxAttempts
	}
	if o.Retry.MaxElapsed == 0 {
		o.Retry.MaxElapsed = maxElapsed
	}
	if o.Retry.MaxSettle == 0 {
		o.Retry.MaxSettle = maxSettle
	}
	if o.Retry.Backoff == nil {
		o.Retry.Backoff = exponential
	}
	if o.Retry.Retryable == nil {
		o.Retry.Retryable = eni.IsRetryable
	}
	return o
}

// exponential returns the default backoff. It never stops; the callers' budgets bound
// the retries.
func exponential() eni.Backoff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(initialInterval),
		backoff.WithMaxInterval(maxInterval),
		backoff.WithMaxElapsedTime(0),
	)
}

// sleep waits for d. If ctx ends first, it returns the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
