// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// timing has the lengths of time that the lane reckons with. The explorer reckons
// with a few ticks instead of minutes.
type timing struct {
	// changeLife is how long a change can act after its answer, or after its
	// answer was lost. Only a clean refusal or the end of its task ends it before:
	// what took the target off may have been somebody else.
	changeLife time.Duration

	// fresh is how long the caller's word, or a description that shows the target,
	// is good for sending a change. Later the target may be about something else:
	// an address that was released and assigned anew, an interface that has moved.
	fresh time.Duration

	// surveyed is how long a description tells which of many addresses are there.
	surveyed time.Duration

	// An interface is missing on two witnesses that are so far apart, because a
	// description misses an interface now and then. The first is kept for a while,
	// so that callers with short deadlines learn it too.
	witnessesApart time.Duration
	witnessLife    time.Duration

	// twinPatience is how long a goal waits for the accepted change of an earlier
	// caller for the same target.
	twinPatience time.Duration

	// awaitPatience is how long the next change waits for an accepted one. After
	// that the cloud's own conflict has to tell.
	awaitPatience time.Duration

	// shortPause is the longest pause after a conflict that a newcomer waits for.
	shortPause time.Duration

	// verifyAgain is the least time between descriptions for a change whose answer
	// was lost.
	verifyAgain time.Duration

	// Accepted changes are described first when they have hardly begun, and later
	// at intervals between least and most. That of detaches is a little more than a
	// fifth of witnessesApart: the fifth stroke of their clock is a second witness.
	firstTaskPoll time.Duration
	minPoll       time.Duration
	minDetachPoll time.Duration
	maxPoll       time.Duration

	// firstAsk is from when on the task of a change is asked for. The interface
	// shows what has taken effect, for a hundred interfaces in one request: only a
	// task that goes on for longer is asked for its own state, which tells of a
	// failure.
	firstAsk time.Duration

	// firstDeletionAsk is the same for a deletion, of which the interface shows less.
	firstDeletionAsk time.Duration

	// behindDeadlines is how long a goal without a deadline waits behind those with
	// one.
	behindDeadlines time.Duration

	// leastReturn and mostReturn bound how long the lane waits for the callers of
	// its last change to come back.
	minReturn time.Duration
	maxReturn time.Duration

	// soonEffect is how soon after its answer a change has to be seen complete for
	// those who wait for that to be expected at the answer already: others do not
	// travel alone then, which would cost a change more in each round.
	soonEffect time.Duration

	// keepAccepted is how long a lane is kept for those who may come back to ask
	// for a change that was accepted.
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
