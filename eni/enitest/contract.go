// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// NewClient makes the client under test over a cloud. The client must send its
// requests inside the process (see [Transport]) and must pass opts on.
type NewClient func(t testing.TB, cloud *Cloud, opts *eni.Options) eni.Client

// Run checks that a client keeps the contract of package eni. Each check runs in
// virtual time. What a cloud has no form for (delegated prefixes, members of a
// trunk) is checked to be ErrUnsupported with nothing sent. A client that is an
// [eni.Deleter] or an [eni.Lister] is held to what those promise too. A failed check says
// what was promised. The whole test of an adapter or of a wrapper is
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
				promise.check(b, b.client(eni.Options{}).(eni.Deleter)) //nolint:forcetypeassert,errcheck // the first one is
			})
		}
	}
	if _, ok := client.(eni.Lister); ok {
		for _, promise := range lists {
			run(t, promise.name, newClient, func(b *bench) {
				promise.check(b, b.client(eni.Options{}).(eni.Lister)) //nolint:forcetypeassert,errcheck // the first one is
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

// checkTimeout bounds each check, so that a client that waits for what never
// happens fails it instead of hanging. It is far beyond what any of them takes.
const checkTimeout = 4 * time.Hour

// promises are the contract, each with its check.
var promises = []struct {
	name  string
	check func(*bench)
}{
	{"addresses are released and nothing else", releases},
	{"an accepted release is released when it is seen gone", accepts},
	{"an address that is not assigned is absent", absent},
	{"a primary address is refused", primaryRefused},
	{"a bad address spoils no batch", mixedBatch},
	{"a bad address spoils no batch where the good part is released", mixedPartialBatch},
	{"a bad address spoils no batch where messages name nothing", mixedTerseBatch},
	{"a bad address spoils no batch where the good part is released and messages name nothing", mixedPartialTerseBatch},
	{"a stale batch is absent where messages name nothing", stalePartialTerseBatch},
	{"any number of addresses fits one call", manyAddresses},
	{"duplicates and order do not matter", duplicates},
	{"IPv6 addresses are released", ipv6},
	{"prefixes are released or unsupported", prefixes},
	{"an unknown interface is not found, and its addresses are absent", unknownInterface},
	{"addresses go with their interface", deletedWithItsAddresses},
	{"addresses go with their interface after a lost answer", lostWithItsInterface},
	{"a not-found that the description contradicts is tried again", contradictedOnce},
	{"a not-found that the description contradicts ends as a conflict", contradictedForEver},
	{"a not-found that its caller does not see confirmed is no success", unconfirmed(Fault{Delay: time.Hour})},
	{"a not-found that may not be confirmed is no success", unconfirmed(Fault{Reason: Denied})},
	{"a bad request sends nothing", badRequests},
	{"a conflict is retried", retriesOf(Conflict, eni.ErrConflict)},
	{"a throttled change is retried", retriesOf(Throttled, eni.ErrThrottled)},
	{"an unavailable cloud is retried", retriesOf(Internal, eni.ErrUnavailable)},
	{"a denied change is sent once", denied},
	{"one address and many are refused in one shape", deniedAlike},
	{"a denied change ends its call", accountEnds(Denied, eni.ErrPermission, 1)},
	{"expired credentials end the call", accountEnds(ExpiredCredentials, eni.ErrUnauthenticated, 2)},
	{"a denied change ends no other call", accountEndsOneCall},
	{"two reasons are told once each", twoReasons},
	{"attempts are bounded", attemptsBounded},
	{"elapsed time is bounded", elapsedBounded},
	{"the caller's backoff and verdict are used", ownRetry},
	{"the caller's limiter permits each change", ownLimiter},
	{"a deadline keeps the last answer", deadlineKeepsAnswer},
	{"a cancelled caller returns at once", cancelInRequest},
	{"a dead context sends nothing", deadContext},
	{"a dead context waits for nothing", deadWait},
	{"a loop of calls ends with its context", loops},
	{"a loop of waits ends with its context", loopOfWaits},
	{"a reset after the work is success", lostAnswer(Fault{Reset: true, After: true}, 1)},
	{"a reset before the work is sent again", lostAnswer(Fault{Reset: true}, 2)},
	{"an answer cut off is not sent again blindly", lostAnswer(Fault{Cut: true}, 1)},
	{"an error 500 after the work is success", lostAnswer(Fault{Reason: Internal, After: true}, 1)},
	{"an empty reply is not success", lostAnswer(Fault{Reply: &Reply{}}, 2)},
	{"an empty object is not success", lostAnswer(Fault{Reply: &Reply{Body: []byte(`{}`)}}, 2)},
	{"null is not success", lostAnswer(Fault{Reply: &Reply{Body: []byte(`null`)}}, 2)},
	{"HTML is not success", lostAnswer(Fault{Reply: &Reply{ContentType: "text/html", Body: []byte(`<html>busy</html>`)}}, 2)},
	{"HTML with status 502 is not success", lostAnswer(Fault{Reply: &Reply{Status: 502, Body: []byte(`<html>bad gateway</html>`)}}, 2)},
	{"a request that hangs is given up and sent again", lostAnswer(Fault{Delay: time.Hour}, 2)},
	{"a lost answer before a conflict is unknown", lostForLong(Fault{})},
	{"a lost answer before a refusal is unknown", lostForLong(Fault{Reason: Denied})},
	{"a batch carried out in part is not refused", partlyCarriedOut},
	{"waiting ends when the change has taken effect", waits},
	{"waiting ends with its context", waitEnds},
	{"a wait that ends changes no outcome", waitEndsAccepted},
	{"a change that fails after all is no success", failsLater},
	{"blocking calls wait", blockingWaits},
	{"an attached interface is detached", detaches},
	{"a free interface is detached already", detachFree},
	{"an interface on another instance is left alone", detachElsewhere},
	{"a primary interface is left alone", detachPrimary},
	{"an interface that does not exist cannot be detached", detachUnknown},
	{"an interface deleted while it detaches is not found", detachDeleted},
	{"a member of a trunk is detached or unsupported", detachMember},
	{"a detach whose answer is lost is sent once", detachLost},
	{"a detach whose caller leaves after a lost answer is unknown", detachLostAndLeft},
	{"an interface that is being attached is detached afterwards", detachAttaching},
	{"an interface that stays attaching is a conflict", detachAttachingForEver},
	{"an interface that is leaving another instance is waited for", detachDetachingElsewhere},
	{"addresses of an interface that is being attached are released afterwards", releaseAttaching},
	{"callers of one interface share changes", crowd},
	{"callers of one address share one release", sameAddress},
	{"one caller's bad address fails nobody else", neighbours},
	{"a caller leaves and the others stay aboard", leaves},
	{"a change goes on while one of its callers stays", stays},
	{"a detach keeps its place", detachInTurn},
	{"a late answer is told to nobody who called since", lateRelease},
	{"a detach that is answered late is told to nobody who called since", lateDetach},
	{"a late description is told to nobody who called since", lateDescription},
	{"an address that another caller's change took off is absent", behind},
	{"what another caller's change can still take off is unknown", leftInTheAir},
	{"a change that its caller left is described before another one is sent", behindAbandoned},
	{"one description that misses the interface is no success", missedOnce},
	{"one description that misses the interface ends no detach", missedBeforeDetach},
	{"a release that meets conflicts is described before it is sent again", requeuedRelease},
	{"a detach that meets conflicts is described before it is sent again", requeuedDetach},
	{"a release that waits for its permit is described before it is sent", permitOfARelease},
	{"a detach that waits for its permit is described before it is sent", permitOfADetach},
	{"nothing is sent blindly", undescribable},
	{"a stuck detach leaves a new attachment alone", stuckAndMoved(eni.StateInUse, "i-1")},
	{"a stuck detach leaves another instance alone", stuckAndMoved(eni.StateDetaching, "i-other")},
	{"what a lost change took off is released", lostAndGone},
	{"a stale address is absent after a lost answer", lostAndStale},
	{"a refusal after a lost answer is unknown", lostAndDenied},
	{"a refused batch that acts later is not refused", partLater},
	{"an interface detached by a lost change and attached elsewhere is released", lostDetachAttachedElsewhere},
	{"elapsed time bounds what waits for permits", elapsedBoundsPermits},
	{"elapsed time bounds pauses without end", elapsedBoundsHugePauses},
	{"one attempt is one change", oneAttempt},
	{"descriptions are no attempts", descriptionsAreNoAttempts},
	{"a policy that retries everything breaks nothing", yesToAll},
	{"a limiter's error is not the caller's", limiterError},
	{"a newcomer is not held by another caller's pause", newcomer},
	{"a throttled action holds no other one", otherFamily},
	{"one address does not wait behind a large call", aGiantCall},
	{"a change that does not take effect ends the wait", neverSettles},
	{"an address that is assigned again ends the wait", assignedAgain},
	{"a poll makes one request at most", onePoll},
	{"polls with dead contexts keep nobody from finding out", deadPolls},
	{"a nil operation is complete", nilOperation},
	{"interfaces are described", describes},
	{"a description keeps the last answer when its context ends", describeEnds},
	{"a dead context describes nothing", describeDeadContext},
}
