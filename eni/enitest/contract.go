// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// NewClient makes the client under test for a cloud. The client must send its requests
// in the process (see [Transport]) and must use opts.
type NewClient func(t testing.TB, cloud *Cloud, opts *eni.Options) eni.Client

// Run tests the contract of package eni: each promise is a subtest in virtual time. If a
// cloud has no delegated prefixes or no member interfaces, Run checks that a request with
// one is ErrUnsupported and sends nothing. If the client is an [eni.Deleter] or an
// [eni.Lister], Run also tests those promises. The whole test of an adapter or of a
// wrapper is
//
//	func TestContract(t *testing.T) {
//		enitest.Run(t, func(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
//			return wrap(aliyuntest.NewClient(t, cloud, opts))
//		})
//	}
func Run(t *testing.T, newClient NewClient) {
	for _, promise := range promises {
		run(t, promise.name, newClient, promise.check)
	}
	client := newClient(t, new(Cloud), nil)
	if _, ok := client.(eni.Deleter); ok {
		for _, promise := range deletions {
			run(t, promise.name, newClient, func(b *bench) {
				b.cloud.Put(eni.Interface{ID: "eni-2", Type: eni.TypeSecondary, State: eni.StateAvailable})
				promise.check(b, b.client(eni.Options{}).(eni.Deleter)) //nolint:forcetypeassert,errcheck // checked above
			})
		}
	}
	if _, ok := client.(eni.Lister); ok {
		for _, promise := range lists {
			run(t, promise.name, newClient, func(b *bench) {
				promise.check(b, b.client(eni.Options{}).(eni.Lister)) //nolint:forcetypeassert,errcheck // checked above
			})
		}
	}
}

// run makes one check.
func run(t *testing.T, name string, newClient NewClient, check func(*bench)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), checkTimeout)
			defer cancel()
			b := &bench{T: t, ctx: ctx, cloud: new(Cloud), newClient: newClient}
			b.cloud.Put(attached("i-1"))
			check(b)
			b.ended()
		})
	})
}

// checkTimeout limits each check, so that a client that waits forever fails. It is much
// longer than any check takes.
const checkTimeout = 4 * time.Hour

// promises are the promises of the contract with their checks.
var promises = []struct {
	name  string
	check func(*bench)
}{
	{"addresses are released and nothing else", releases},
	{"an accepted release is released when a description no longer shows it", accepts},
	{"an address that is not assigned is absent", absent},
	{"a primary address is refused", primaryRefused},
	{"a bad address does not fail the others of its batch", mixedBatch},
	{"a bad address does not fail the others if the cloud releases them", mixedPartialBatch},
	{"a bad address does not fail the others if messages name no address", mixedTerseBatch},
	{"a bad address does not fail the others if the cloud releases them and messages name no address", mixedPartialTerseBatch},
	{"a stale batch is absent if messages name no address", stalePartialTerseBatch},
	{"any number of addresses fits one call", manyAddresses},
	{"duplicates and order do not matter", duplicates},
	{"IPv6 addresses are released", ipv6},
	{"prefixes are released or unsupported", prefixes},
	{"an unknown interface is not found, and its addresses are absent", unknownInterface},
	{"addresses of a deleted interface are released", deletedWithItsAddresses},
	{"addresses of a deleted interface are released after a lost response", lostWithItsInterface},
	{"a not-found that a description contradicts is retried", contradictedOnce},
	{"a not-found that descriptions always contradict is a conflict", contradictedForEver},
	{"a not-found that is not confirmed in time is no success", unconfirmed(Fault{Delay: time.Hour})},
	{"a not-found without the permission to describe is no success", unconfirmed(Fault{Reason: Denied})},
	{"a bad request sends nothing", badRequests},
	{"a conflict is retried", retriesOf(Conflict, eni.ErrConflict)},
	{"a throttled change is retried", retriesOf(Throttled, eni.ErrThrottled)},
	{"an unavailable cloud is retried", retriesOf(Internal, eni.ErrUnavailable)},
	{"a denied change is sent once", denied},
	{"errors of one address and of many have the same form", deniedAlike},
	{"a denied change ends its call", accountEnds(Denied, eni.ErrPermission, 1)},
	{"expired credentials end the call", accountEnds(ExpiredCredentials, eni.ErrUnauthenticated, 2)},
	{"a denied change ends no other call", accountEndsOneCall},
	{"each of two reasons is reported once", twoReasons},
	{"attempts are bounded", attemptsBounded},
	{"elapsed time is bounded", elapsedBounded},
	{"the caller's Backoff and Retryable are used", ownRetry},
	{"each change waits for the caller's Limiter", ownLimiter},
	{"the error of a deadline keeps the last response", deadlineKeepsAnswer},
	{"a cancelled caller returns at once", cancelInRequest},
	{"a call with an ended context sends nothing", deadContext},
	{"a Wait with an ended context sends nothing", deadWait},
	{"a loop of calls ends with its context", loops},
	{"a loop of waits ends with its context", loopOfWaits},
	{"a reset after the change is success", lostAnswer(Fault{Reset: true, After: true}, 1)},
	{"a reset before the change is retried", lostAnswer(Fault{Reset: true}, 2)},
	{"an incomplete response is not retried without a description", lostAnswer(Fault{Cut: true}, 1)},
	{"an error 500 after the change is success", lostAnswer(Fault{Reason: Internal, After: true}, 1)},
	{"an empty response is not success", lostAnswer(Fault{Reply: &Reply{}}, 2)},
	{"an empty object is not success", lostAnswer(Fault{Reply: &Reply{Body: []byte(`{}`)}}, 2)},
	{"null is not success", lostAnswer(Fault{Reply: &Reply{Body: []byte(`null`)}}, 2)},
	{"HTML is not success", lostAnswer(Fault{Reply: &Reply{ContentType: "text/html", Body: []byte(`<html>busy</html>`)}}, 2)},
	{"HTML with status 502 is not success", lostAnswer(Fault{Reply: &Reply{Status: 502, Body: []byte(`<html>bad gateway</html>`)}}, 2)},
	{"a request that hangs is cancelled and retried", lostAnswer(Fault{Delay: time.Hour}, 2)},
	{"a lost response before a conflict is unknown", lostForLong(Fault{})},
	{"a lost response before a refusal is unknown", lostForLong(Fault{Reason: Denied})},
	{"a batch carried out in part is not refused", partlyCarriedOut},
	{"waiting ends when the change has taken effect", waits},
	{"waiting ends with its context", waitEnds},
	{"a wait that ends early changes no outcome", waitEndsAccepted},
	{"an accepted change that fails is no success", failsLater},
	{"blocking calls wait", blockingWaits},
	{"an attached interface is detached", detaches},
	{"the detach of a free interface succeeds", detachFree},
	{"an interface on another instance is not changed", detachElsewhere},
	{"a primary interface is not changed", detachPrimary},
	{"an interface that does not exist cannot be detached", detachUnknown},
	{"an interface deleted while it detaches is not found", detachDeleted},
	{"a member of a trunk is detached or unsupported", detachMember},
	{"a detach with a lost response is sent once", detachLost},
	{"a detach is unknown if the context ends after a lost response", detachLostAndCancelled},
	{"an interface that is being attached is detached afterwards", detachAttaching},
	{"an interface that stays attaching is a conflict", detachAttachingForEver},
	{"an interface that detaches from another instance is a conflict until it is free", detachDetachingElsewhere},
	{"addresses of an interface that is being attached are released afterwards", releaseAttaching},
	{"callers of one interface share changes", crowd},
	{"callers of one address share one release", sameAddress},
	{"one caller's bad address fails no other caller", neighbours},
	{"the others succeed if one caller's context ends", cancelled},
	{"a change continues while one of its callers waits", remains},
	{"a detach keeps its place in the queue", detachInTurn},
	{"a late response to a release counts only for earlier callers", lateRelease},
	{"a late response to a detach counts only for earlier callers", lateDetach},
	{"a late description counts only for earlier callers", lateDescription},
	{"an address that another caller's change released is absent", behind},
	{"an address that another caller's change can still release is unknown", unknownWhileInProgress},
	{"a cancelled change is described before another one is sent", behindCancelled},
	{"one description without the interface is no success", missedOnce},
	{"one description without the interface ends no detach", missedBeforeDetach},
	{"a release is described before it is retried after conflicts", requeuedRelease},
	{"a detach is described before it is retried after conflicts", requeuedDetach},
	{"a release that waits for its permit is described before it is sent", permitOfARelease},
	{"a detach that waits for its permit is described before it is sent", permitOfADetach},
	{"nothing is sent if a required description fails", undescribable},
	{"a stuck detach does not end a new attachment", stuckAndMoved(eni.StateInUse, "i-1")},
	{"a stuck detach does not change another instance", stuckAndMoved(eni.StateDetaching, "i-other")},
	{"an address that a lost change released is released", lostAndGone},
	{"a lost change that takes long is met by one conflict at most", lostAndLong},
	{"a stale address is absent after a lost response", lostAndStale},
	{"a refusal after a lost response is unknown", lostAndDenied},
	{"a refused batch that acts later is not refused", partLater},
	{"an interface detached by a lost change and attached elsewhere is released", lostDetachAttachedElsewhere},
	{"elapsed time bounds the wait for permits", elapsedBoundsPermits},
	{"elapsed time bounds very long pauses", elapsedBoundsHugePauses},
	{"one attempt is one change", oneAttempt},
	{"descriptions do not count as attempts", descriptionsAreNoAttempts},
	{"a Retryable that retries everything changes no success", retriesEverything},
	{"the error of a Limiter does not match the caller's context", limiterError},
	{"a new caller does not wait for another caller's pause", newcomer},
	{"a throttled action does not delay the others", otherFamily},
	{"one address does not wait behind a large call", largeCall},
	{"a change that does not take effect ends the wait", neverSettles},
	{"an address that is assigned again ends the wait", assignedAgain},
	{"a poll makes one request at most", onePoll},
	{"polls with ended contexts do not delay other callers", deadPolls},
	{"a nil operation is done", nilOperation},
	{"interfaces are described", describes},
	{"the error of an ended description keeps the last response", describeEnds},
	{"a Describe with an ended context sends nothing", describeDeadContext},
}
