// SPDX-License-Identifier: Apache-2.0

package eni

import "context"

// JoinHooks returns a copy of opts that also calls the hooks of others. It ignores
// all other fields of others. For each event the hooks run one after another: first
// those of opts, then those of others in their order. Each OnCall gets the context
// that the previous one returned, and the functions that they return run in reverse
// order. Nil options have no hooks.
func JoinHooks(opts *Options, others ...*Options) *Options {
	joined := new(Options)
	if opts != nil {
		*joined = *opts
	}
	for _, o := range others {
		if o == nil {
			continue
		}
		joined.OnCall = joinOnCall(joined.OnCall, o.OnCall)
		joined.OnAttempt = inOrder(joined.OnAttempt, o.OnAttempt)
		joined.OnQuery = inOrder(joined.OnQuery, o.OnQuery)
		joined.OnLoad = inOrder(joined.OnLoad, o.OnLoad)
	}
	return joined
}

type onCall = func(context.Context, Call) (context.Context, func(CallEnd))

func joinOnCall(first, then onCall) onCall {
	switch {
	case first == nil:
		return then
	case then == nil:
		return first
	}
	return func(ctx context.Context, call Call) (context.Context, func(CallEnd)) {
		ctx, endFirst := first(ctx, call)
		ctx, endThen := then(ctx, call)
		return ctx, inOrder(endThen, endFirst)
	}
}

// inOrder calls both, the second one also if the first one panics, because every span
// that began has to end.
func inOrder[T any](first, then func(T)) func(T) {
	switch {
	case first == nil:
		return then
	case then == nil:
		return first
	}
	return func(event T) {
		defer then(event)
		first(event)
	}
}
