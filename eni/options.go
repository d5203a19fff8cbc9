// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"log/slog"
	"time"
)

// Options configure a client of any cloud. Nil and the zero value mean the defaults.
//
// The hooks OnCall, OnAttempt, OnQuery and OnLoad are for metrics and tracing.
// Package eniotel implements them for OpenTelemetry; [JoinHooks] joins several sets.
// A nil hook costs nothing. The client holds no lock while a hook runs, but a call
// waits for it: a hook must return soon, must not call the client or wait for one of
// its calls, and must be safe for concurrent use.
type Options struct {
	// Retry sets the limits and the pauses of retries.
	Retry Retry

	// Rates limits the requests per second that the client sends, per API.
	Rates Rates

	// RatesPerMinute limits the requests per minute that the client sends, per API,
	// for clouds that count per minute, such as Alibaba Cloud. The client sends as
	// fast as Rates allows until the number of the minute is used up. The cloud's
	// minute can begin at any second: the client finds it with a few requests that
	// the cloud throttles. In the first minute the client may send up to twice the
	// number. A fraction is rounded down, but to at least one. Zero and negative mean
	// no limit. If both limits are set, both apply.
	RatesPerMinute Rates

	// RequestTimeout is the time-out of each request to the cloud. It includes the
	// time to get credentials and to read the response. A request that takes longer
	// counts as lost. Zero means 30 seconds. Negative means no time-out: only the
	// contexts of the callers and the HTTP client end a request.
	RequestTimeout time.Duration

	// Limiter, if set, is called before each change. All callers of the client share
	// it, so it must be safe for concurrent use; a *rate.Limiter of
	// golang.org/x/time/rate fits. Nil means no limit.
	Limiter Limiter

	// Logger, if set, gets a record for each request. The level is DEBUG if the
	// request succeeded; INFO if it failed and the client retries or describes the
	// interface, or if no caller waits for the result any longer; WARN if the cloud
	// refused it for good. Nil means no records.
	Logger *slog.Logger

	// OnCall, if set, is called when a call begins, before the input is checked, and
	// when a Wait for an [Operation] that is not done begins. It runs on the caller's
	// goroutine. The call continues with the returned context, which must be ctx or
	// derived from it. The returned function may be nil; otherwise it is called once
	// when the call ends, also if the call panics.
	OnCall func(ctx context.Context, call Call) (context.Context, func(CallEnd))

	// OnAttempt, if set, is called after each change request, before its callers get
	// their results. It runs on the goroutine that serves the interface, or on that
	// of a Poll or Wait that repeats a stuck detach. The next change of the interface
	// waits for it.
	OnAttempt func(Attempt)

	// OnQuery, if set, is called after each read request: a description of
	// interfaces, a page of a List or a task query. It runs before the callers get
	// their results, on the goroutine of the request or of a caller.
	OnQuery func(Query)

	// OnLoad, if set, is called with the difference after the number of pending items
	// has changed. It runs on the goroutine of the caller or on the one that serves
	// the interface. Calls can be concurrent and in any order, so the sums can be wrong
	// for a short time.
	OnLoad func(Load)
}

// Rates are requests per second, per API of the cloud; in [Options.RatesPerMinute]
// they are requests per minute. All callers of a client share them. As a rate per
// second, zero means the rate that the cloud documents (Tencent Cloud, in the order
// below: 100, 20, 50, 100, none and 20; Alibaba Cloud: none), and negative means no
// limit. Within these limits the client finds the account's own quota, per second or
// per minute: it starts slowly, sends faster while the cloud throttles nothing, and
// then stays near the rate that the cloud throttled. A throttled request does not count:
// it can be repeated sooner than the rate per second allows.
type Rates struct {
	UnassignPrivateIps float64
	UnassignIpv6       float64
	Detach             float64
	Delete             float64
	Describe           float64 // descriptions, each of up to 100 interfaces, and pages of a List
	Task               float64 // task queries, if the cloud has tasks
}

// Retry is the budget of one caller for one call. Changes that carry addresses of
// several callers use the budget of each. The caller's context also applies.
type Retry struct {
	// MaxAttempts is the maximum number of changes sent for one address, prefix,
	// detach or deletion, the first included. Zero means 12; negative means no limit.
	MaxAttempts int

	// MaxElapsed is the time after the call in which the client may send a change.
	// Zero means 5 minutes for retries, and only the context limits the first change.
	// Negative means no limit.
	MaxElapsed time.Duration

	// MaxSettle is the time after its acceptance in which a change should take
	// effect. After that, Wait and Poll return [ErrConflict]. The change can still
	// complete, and both can be called again. Zero means 5 minutes; negative means no
	// limit.
	MaxSettle time.Duration

	// Backoff makes the pauses between retries. It is called for each interface that
	// needs one, and must be safe for concurrent use. Nil means exponential pauses
	// with jitter: the first is 0.5 s, each next one 1.5 times as long, at most 30 s,
	// and at most 5 s after a throttled change, because the limiter of the API then
	// decides when to send. With the default limits the retries outlast a throttling
	// window of one minute.
	Backoff func() Backoff

	// Retryable reports whether the client retries after an error, which is an
	// [*Error] of one request. It must be safe for concurrent use. Nil means
	// [IsRetryable]. If a proxy or a firewall answers in place of the cloud, the
	// client sends the change at most twice, whatever Retryable returns.
	Retryable func(error) bool
}

// Backoff returns successive pauses. It has the methods of BackOff in
// github.com/cenkalti/backoff/v4, so any implementation of that fits. One goroutine
// uses each value.
type Backoff interface {
	// NextBackOff returns the next pause. A negative one ends the retries.
	NextBackOff() time.Duration
	// Reset restarts the sequence. The client does not call it: it makes a new
	// Backoff instead.
	Reset()
}

// Limiter limits the rate of changes. Wait blocks until the next change may be sent.
// It returns an error if ctx ends, or would end, before that.
type Limiter interface {
	Wait(ctx context.Context) error
}

// Call describes a call that begins, for [Options.OnCall].
type Call struct {
	Provider    string // "aliyun", "tencent" or "tencent-legacy"
	Region      string
	Op          string // "UnassignPrivateIps", "UnassignIpv6", "Detach", "Delete" or "Wait"
	InterfaceID string // from the request; may be invalid
	Items       int    // addresses and prefixes of the request without duplicates; 1 for a detach or a deletion
}

// CallEnd describes a call that has ended, for [Options.OnCall].
type CallEnd struct {
	Operation *Operation // the result of the call, or the Operation of the Wait; nil if the input was invalid
	Err       error      // the error of the call
	Duration  time.Duration
}

// Attempt describes one change request, for [Options.OnAttempt].
type Attempt struct {
	Provider    string // "aliyun", "tencent" or "tencent-legacy"
	Region      string
	Op          string // "UnassignPrivateIps", "UnassignIpv6", "Detach" or "Delete"
	InterfaceID string
	Items       int // addresses or prefixes in the request; 1 for a detach or a deletion
	RequestID   string
	Start       time.Time
	Duration    time.Duration
	Err         error // nil if the cloud accepted the change, else an *Error

	// QueueWait is the time that the first item of the request waited before the
	// client requested a permit: for other changes of the interface, the batch window,
	// a description, or the end of a pause. It is measured from the call, or from the
	// response to the previous attempt.
	QueueWait time.Duration

	// PermitWait is the time that the item then waited for the permit: for the rate of
	// the API ([Rates]) and for the Limiter.
	PermitWait time.Duration

	// Contexts has the context of each caller whose items are in the request, as
	// OnCall returned it, in no particular order. Some may have ended.
	Contexts []context.Context
}

// Query describes one read request, for [Options.OnQuery].
type Query struct {
	Provider   string // "aliyun", "tencent" or "tencent-legacy"
	Region     string
	Op         string // "Describe", "List" or "Task"
	Interfaces int    // number of interfaces in the request; 1 for a task, 0 for a page of a List
	Start      time.Time
	Duration   time.Duration
	Err        error // nil if the cloud answered, else an *Error

	// Context has the values of one of the calls that the request serves, as OnCall
	// returned it, or of the caller of a Describe, a Poll or a Wait. It is never nil,
	// and may have ended.
	Context context.Context //nolint:containedctx // it belongs to one call and is passed on
}

// Load is a change of the number of pending items of a client, for [Options.OnLoad].
type Load struct {
	Provider string // "aliyun", "tencent" or "tencent-legacy"
	Region   string
	Lanes    int // change of the number of interfaces with pending items
	Pending  int // change of the number of pending addresses, prefixes, detaches and deletions; one shared by several callers counts once
}
