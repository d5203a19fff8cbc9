// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"log/slog"
	"time"
)

// Options tune a client of any cloud. Nil and the zero value mean the defaults.
//
// The hooks OnCall, OnAttempt, OnQuery and OnLoad are for metrics and tracing;
// package eniotel makes them for OpenTelemetry, and [JoinHooks] joins
// those of more than one user. Nil hooks cost nothing. No lock is held
// while one runs, but somebody waits for it: it must return soon, must not call
// the client nor wait for a call of it, and must be safe for concurrent use.
type Options struct {
	// Retry bounds and spaces what a client sends again.
	Retry Retry

	// Rates bounds the requests a second that the client sends, per API.
	Rates Rates

	// RatesPerMinute bounds the requests that the client sends in each minute, per
	// API, where the cloud counts them so, as Alibaba Cloud does. They are sent as
	// fast as Rates allow until a minute's number is used up. The cloud's minute
	// may begin anywhere in that of the clock: the client finds out where, with a
	// few requests that the cloud refuses. Where the cloud takes more, it takes the
	// client a first minute, with up to twice the number, to see that. A fraction is
	// cut, to no less than one. Zero and negative mean no bound. Where both bounds
	// are set, both hold.
	RatesPerMinute Rates

	// RequestTimeout bounds each request to the cloud, the reading of its reply
	// included; what takes longer counts as lost. Fetching credentials for it is
	// included too. Zero means 30 seconds; negative means no bound but that of the
	// callers' contexts and of the HTTP client.
	RequestTimeout time.Duration

	// Limiter, where set, is asked before every change is sent. It is shared by
	// all callers of the client and must be safe for concurrent use; a
	// *rate.Limiter of golang.org/x/time/rate fits. Nil means no limit.
	Limiter Limiter

	// Logger, where set, gets a record for each request: at DEBUG where the cloud
	// accepted or answered; at INFO where it was refused or lost and the client goes
	// on, by sending again or by describing the interface, or where nobody waits for
	// it any more; at WARN where it was refused for good. Nil means silence.
	Logger *slog.Logger

	// OnCall, where set, is called when a call begins, before its input is
	// checked, and when a Wait for an [Operation] begins that has something to
	// wait for. It runs on the caller's goroutine. The call goes on with the
	// context that it returns, which must be ctx or made from it. The function
	// that it returns is called once when the call ends, however it ends; nil
	// means that nobody wants to know.
	OnCall func(ctx context.Context, call Call) (context.Context, func(CallEnd))

	// OnAttempt, where set, is called after each request that changes something,
	// before the callers whose items it carried have their answer. It runs on the
	// goroutine that serves the interface, or on that of a Poll or Wait which
	// sends a stuck detach again: the interface's next change waits for it.
	OnAttempt func(Attempt)

	// OnQuery, where set, is called after each request that reads: a description of
	// interfaces, or a query for a task. It runs before those who asked have their
	// answer, on the goroutine of the request or of a caller.
	OnQuery func(Query)

	// OnLoad, where set, is called after what is pending has changed, with the
	// difference. It runs on the caller's goroutine or on the one that serves the
	// interface. Several may run at once, in any order: the sums are right when
	// nothing is pending, and soon after each change.
	OnLoad func(Load)
}

// Rates are requests a second, per API of the cloud; in [Options.RatesPerMinute]
// they are requests a minute. All callers of a client share them. As a second's
// rate, zero means the one that the cloud documents, where there is one (Tencent
// Cloud: 100, 20, 50, 100, none and 20 in the order below; Alibaba Cloud: none), and
// negative means no bound. Below its rate a client finds the account's quota by
// itself, a second's or a minute's: it begins slowly, speeds up while the cloud
// throttles nothing, and keeps below the rate that was throttled.
type Rates struct {
	UnassignPrivateIps float64
	UnassignIpv6       float64
	Detach             float64
	Delete             float64
	Describe           float64 // descriptions, each of many interfaces, and pages of a List
	Task               float64 // task queries, where the cloud has tasks
}

// Retry bounds what one caller spends on one call. Each bound is the caller's
// own, also when its addresses travel in changes with those of others. The
// caller's context bounds both.
type Retry struct {
	// MaxAttempts bounds the changes sent for one address, prefix or detach,
	// the first included. Zero means 12; negative means no bound.
	MaxAttempts int

	// MaxElapsed bounds the time after the call in which a change is sent. Zero
	// means 5 minutes for sending again, while the context alone bounds the first
	// sending; negative means no bound.
	MaxElapsed time.Duration

	// MaxSettle bounds how long after its acceptance a change is waited for: then
	// Wait and Poll end with [ErrConflict]. The change can complete later all the
	// same, and both may be called again. Zero means 5 minutes; negative means no
	// bound.
	MaxSettle time.Duration

	// Backoff makes the pauses before changes that are requeued. It is called for
	// each interface that needs one, and must be safe for concurrent use. Nil means
	// exponential with jitter, from 0.5 s by half again each time up to 30 s, which
	// outlasts the clouds' one-minute throttling windows within the other bounds,
	// but no more than 5 s after a change that was throttled: when the API takes
	// more, the client knows from the changes of all interfaces.
	Backoff func() Backoff

	// Retryable decides which errors are worth another change; each is an
	// [*Error] of one request. It must be safe for concurrent use. Nil means
	// [IsRetryable]. What a proxy or firewall answers in place of the cloud is tried
	// twice at most, whatever it says.
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

// Limiter permits changes. Wait blocks until the next one may be sent, and returns
// an error when ctx ends, or would end, before that.
type Limiter interface {
	Wait(ctx context.Context) error
}

// Call is a call that begins, for [Options.OnCall].
type Call struct {
	Provider    string // "aliyun", "tencent" or "tencent-legacy"
	Region      string
	Op          string // "UnassignPrivateIps", "UnassignIpv6", "Detach", "Delete" or "Wait"
	InterfaceID string // as it was asked for, which may be invalid
	Items       int    // addresses and prefixes asked for, each once; 1 for a detach or a deletion
}

// CallEnd is how a call ended, for [Options.OnCall].
type CallEnd struct {
	Operation *Operation // what the call returned, or what was waited for; nil where the input was invalid
	Err       error      // what the call returned
	Duration  time.Duration
}

// Attempt is one request that was to change something, for [Options.OnAttempt].
type Attempt struct {
	Provider    string // "aliyun", "tencent" or "tencent-legacy"
	Region      string
	Op          string // "UnassignPrivateIps", "UnassignIpv6", "Detach" or "Delete"
	InterfaceID string
	Items       int // addresses or prefixes in it; 1 for a detach or a deletion
	RequestID   string
	Start       time.Time
	Duration    time.Duration
	Err         error // nil when the cloud accepted it, else an *Error

	// QueueWait is how long the first of its items waited before it asked for a
	// permit: for other changes to the interface, for the batch window, for a
	// description, or for the end of a pause. It counts from the call, or from the
	// answer to the attempt before.
	QueueWait time.Duration

	// PermitWait is how long it then waited for the permit: for the rate of the API
	// ([Rates]) and for the Limiter.
	PermitWait time.Duration

	// Contexts are those of the callers whose items it carried, one each, in no
	// particular order and as OnCall returned them. Some may have ended.
	Contexts []context.Context
}

// Query is one request that reads, for [Options.OnQuery].
type Query struct {
	Provider   string // "aliyun", "tencent" or "tencent-legacy"
	Region     string
	Op         string // "Describe", "List" or "Task"
	Interfaces int    // that it is about; 1 for a task, 0 for a page of a List
	Start      time.Time
	Duration   time.Duration
	Err        error // nil when the cloud answered, else an *Error

	// Context has the values of one of the calls that it is for, as OnCall returned
	// it, or of the caller of a Describe, a Poll or a Wait. It is never nil, and may
	// have ended.
	Context context.Context //nolint:containedctx // it is of one call, and handed on
}

// Load is a change of what is pending in a client, for [Options.OnLoad].
type Load struct {
	Provider string // "aliyun", "tencent" or "tencent-legacy"
	Region   string
	Lanes    int // interfaces with pending items, more or fewer
	Pending  int // addresses, prefixes and detaches; one that several callers want counts once
}
