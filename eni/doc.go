// SPDX-License-Identifier: Apache-2.0

// Package eni is the contract of cloudeni: one interface to release addresses from
// elastic network interfaces (ENIs), to detach ENIs from instances and to delete
// them, on any cloud.
//
// A [Client] call states what must no longer exist. If the call and the wait for
// its [Operation] return no error, it is gone. Otherwise [Operation.Results] has
// the state of each address, and [IsRetryable] reports whether a retry can help.
//
//	op, err := eni.Blocking(client).UnassignPrivateIps(ctx, eni.UnassignRequest{
//		InterfaceID: "eni-bp67acfmxazb4ph",
//		Addresses:   []netip.Addr{netip.MustParseAddr("192.168.0.7")},
//	})
//	for _, r := range op.Results() { … } // also with an error, and with a nil op
//
// Package eni knows no cloud and imports only the standard library. The packages
// aliyun and tencent make clients. Package enitest has an in-memory cloud for tests
// and the suite that every Client passes.
//
// # Retries
//
// A client retries a change only if the cloud refused it with [ErrConflict],
// [ErrThrottled] or [ErrUnavailable], after an exponential pause with jitter. If a
// response is lost, the client describes the interface before it retries. Each
// caller has its own budget ([Retry]) and its own context, also if one change
// carries addresses of several callers.
//
// # Errors
//
// Every failure is an [*Error] with a [Kind], or an [Errors] if a call failed for
// several reasons. A Kind is itself an error:
//
//	switch eni.KindOf(err) {
//	case eni.ErrNotFound:
//	case eni.ErrThrottled, eni.ErrConflict, eni.ErrUnavailable:
//	}
//	if errors.Is(err, eni.ErrConflict) { … }
//
// If the context ends during a call, the error matches ctx.Err() and keeps the kind
// of the cloud's last response, or [ErrUnavailable] if there was none. An error about
// the account (unauthenticated, permission, quota) ends the call: the client sends
// nothing more for it.
package eni
