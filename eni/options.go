package eni

import (
	"context"
	"log/slog"
	"time"
)

// Options tune a client of any cloud. Nil and the zero value mean the defaults.
type Options struct {
	// Retry bounds and spaces what a client sends again.
	Retry Retry

	// Rates bounds the requests a second that the client sends, per API.
	Rates Rates

	// Limiter, where set, is asked before every change is sent. It is shared by
	// all callers of the client; a *rate.Limiter of golang.org/x/time/rate fits.
	// Nil means no limit.
	Limiter Limiter

	// Logger, where set, gets a debug record for each attempt and a warning for
	// each one that is sent again. Nil means silence.
	Logger *slog.Logger

	// OnAttempt, where set, is called after each request that changes something,
	// for metrics and tracing. It runs on the goroutine that serves the
	// interface: it must return soon, must not call the client, and must be safe
	// for concurrent use.
	OnAttempt func(Attempt)
}

// Rates are requests a second, per API of the cloud; all callers of a client share
// them. Zero means the cloud's documented rate where there is one (Tencent Cloud:
// 100, 20, 50, none and 20 in the order below; Alibaba Cloud: none), negative
// means no bound. Below its rate a client finds the account's quota by itself: it
// slows down when the cloud throttles, and speeds up again carefully.
type Rates struct {
	UnassignPrivateIps float64
	UnassignIpv6       float64
	Detach             float64
	Observe            float64 // looks, each for many interfaces
	Task               float64 // task queries, where the cloud has tasks
}

// Retry bounds what one caller spends on one call. Each bound is the caller's
// own, also when its addresses travel in changes with those of others. The
// caller's context bounds both.
type Retry struct {
	// MaxAttempts bounds the changes sent for one address, prefix or detach,
	// the first included. Zero means 12; negative means no bound.
	MaxAttempts int

	// MaxElapsed bounds the time after the call in which a change is sent again.
	// Zero means 5 minutes; negative means no bound.
	MaxElapsed time.Duration

	// Backoff makes the pauses between changes that had to be put back. It is
	// called for each interface that needs one. Nil means exponential with
	// jitter, from 0.5 s by half again each time up to 30 s, which outlasts the
	// clouds' one-minute throttling windows within the other bounds.
	Backoff func() Backoff

	// Retryable decides which errors are worth another change. Nil means
	// [IsRetryable].
	Retryable func(error) bool
}

// Backoff makes successive pauses. It has the method set of BackOff in
// github.com/cenkalti/backoff/v4, so that any of those fits. Each value is used
// by one goroutine.
type Backoff interface {
	// NextBackOff returns the next pause; a negative one ends the retries.
	NextBackOff() time.Duration
	// Reset starts anew. It is here because backoff/v4 has it; a client makes a
	// fresh Backoff instead.
	Reset()
}

// Limiter paces changes. Wait blocks until the next one may be sent, and returns
// an error when ctx ends, or would end, before that.
type Limiter interface {
	Wait(ctx context.Context) error
}

// Attempt is one request that was to change something, for [Options.OnAttempt].
type Attempt struct {
	Provider    string
	Op          string // "UnassignPrivateIps", "UnassignIpv6" or "Detach"
	InterfaceID string
	Items       int // addresses or prefixes in it; 1 for a detach
	Callers     int // callers who travelled in it
	RequestID   string
	Start       time.Time
	Duration    time.Duration
	Err         error // nil when the cloud accepted it, else an *Error
}
