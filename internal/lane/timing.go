// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// timing has the durations that the lane uses. The explorer uses a few ticks instead
// of minutes.
type timing struct {
	// changeLife is how long a change can act after its answer, or after its response
	// was lost. Only a clean refusal or the end of its task ends it earlier, not a
	// describe without the target, which another party may have removed.
	changeLife time.Duration

	// fresh is how long a call, or a describe that shows the target, is evidence for
	// sending a change. Later the target may be something else: an address that was
	// released and assigned again, an interface that was attached elsewhere.
	fresh time.Duration

	// surveyed is how long a describe is recent enough to sort the addresses of a batch.
	surveyed time.Duration

	// An interface is missing if two describes that begin witnessesApart apart do not
	// show it, because one describe may miss it by mistake. The first is kept for
	// witnessLife, so that callers with short deadlines get the result too.
	witnessesApart time.Duration
	witnessLife    time.Duration

	// twinPatience is how long a goal waits for the accepted change of an earlier
	// caller for the same target.
	twinPatience time.Duration

	// awaitPatience is how long the next change waits for an accepted one. After that
	// it is sent, and the cloud may answer with a conflict.
	awaitPatience time.Duration

	// shortPause is the longest pause after a conflict that a new goal waits for.
	shortPause time.Duration

	// verifyAgain is the least interval between describes for a change whose response
	// was lost.
	verifyAgain time.Duration

	// An accepted change with a task is first described after firstTaskPoll, and later
	// at intervals between minPoll and maxPoll. The least interval of detaches is a
	// little more than a fifth of witnessesApart: the fifth describe is a second witness.
	firstTaskPoll time.Duration
	minPoll       time.Duration
	minDetachPoll time.Duration
	maxPoll       time.Duration

	// firstAsk is how long after the answer the task of a change is first asked for. One
	// describe shows the effect for a hundred interfaces; only a task that runs longer is
	// asked for its own state, which shows a failure.
	firstAsk time.Duration

	// firstDeletionAsk is firstAsk for a deletion, of which a describe shows less.
	firstDeletionAsk time.Duration

	// behindDeadlines is how long a goal without a deadline waits behind goals with one.
	behindDeadlines time.Duration

	// minReturn and maxReturn bound how long the lane waits for the next calls from the
	// callers of its last change.
	minReturn time.Duration
	maxReturn time.Duration

	// soonEffect bounds the time from a change's answer to its completion within which
	// the batch window also waits for the callers that wait for completion. Without that
	// the other callers would need a change of their own in each round.
	soonEffect time.Duration

	// keepAccepted is how long a lane is kept for callers who may still poll an accepted
	// change.
	keepAccepted time.Duration
}

var defaultTiming = timing{
	changeLife:       60 * time.Second,
	fresh:            5 * time.Second,
	surveyed:         30 * time.Second,
	witnessesApart:   time.Second,
	witnessLife:      time.Minute,
	twinPatience:     10 * time.Second,
	awaitPatience:    30 * time.Second,
	shortPause:       time.Second,
	verifyAgain:      100 * time.Millisecond,
	firstTaskPoll:    200 * time.Millisecond,
	minPoll:          50 * time.Millisecond,
	minDetachPoll:    205 * time.Millisecond,
	maxPoll:          5 * time.Second,
	firstAsk:         2 * time.Second,
	firstDeletionAsk: 400 * time.Millisecond,
	behindDeadlines:  2 * time.Minute,
	minReturn:        time.Millisecond,
	maxReturn:        50 * time.Millisecond,
	soonEffect:       100 * time.Millisecond,
	keepAccepted:     5 * time.Minute,
}
