// SPDX-License-Identifier: Apache-2.0

package eni

import "context"

// JoinHooks returns a copy of opts with the hooks of others beside its own; of
// others nothing but the hooks is taken. For each event all hooks are called one
// after another: those of opts first, then those of others in their order. A later
// OnCall gets the context that the one before returned, and the functions for the
// end are called in reverse. Nil options have no hooks.
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

// inOrder calls both, the second one also when the first one panics: what began has
// to end.
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
