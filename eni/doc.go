// SPDX-License-Identifier: Apache-2.0

// Package eni is the contract of cloudeni: take addresses off elastic network
// interfaces (ENIs), and ENIs off instances, on any cloud, through one interface.
//
// A [Client] states what should no longer be there. When a call and the wait
// for its [Operation] both end without an error, it is so. When either says
// anything else, [Operation.Results] tells which address is in which state and
// [IsRetryable] whether trying again can help.
//
//	op, err := eni.Blocking(client).UnassignPrivateIps(ctx, eni.UnassignRequest{
//		InterfaceID: "eni-bp67acfmxazb4ph",
//		Addresses:   []netip.Addr{netip.MustParseAddr("192.168.0.7")},
//	})
//	for _, r := range op.Results() { … } // also with an error, and with a nil op
//
// Package eni knows no cloud and imports only the standard library. Clients come
// from the packages aliyun and tencent beside it; package enitest has an
// in-memory cloud to test against and the suite that every Client passes.
//
// # Retries
//
// A client sends again, after an exponential, jittered pause, what a cloud
// refused with [ErrConflict], [ErrThrottled] or [ErrUnavailable]; nothing else.
// If an answer is lost, the client describes the interface before it sends again.
// Each caller has its own budget ([Retry]) and its own context, also when a change
// carries addresses of several callers.
//
// # Errors
//
// Every failure is an [*Error] with a [Kind], or an [Errors] where a call has
// several reasons. Kinds are errors themselves:
//
//	switch eni.KindOf(err) {
//	case eni.ErrNotFound:
//	case eni.ErrThrottled, eni.ErrConflict, eni.ErrUnavailable:
//	}
//	if errors.Is(err, eni.ErrConflict) { … }
//
// When the context ends during a call, the error matches ctx.Err() and still has
// the kind of the cloud's last answer, or [ErrUnavailable]. What is true of the
// account (unauthenticated, permission, quota) ends the call: nothing more is sent.
package eni
