// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// The explorer's world: one interface of a cloud with every allowed behaviour, another
// actor, two or three callers, and a simple runner. Each move is one event; after it the
// runner does everything that the lane wants. Time moves in ticks.

const (
	callers = 3
	targets = 4 // addresses a and b, the attachment to the instance i-1, and the interface itself
	tick    = time.Second

	a        = uint8(1) // bits of the targets
	b        = uint8(2)
	detach   = uint8(4)
	del      = uint8(8)
	isFree   = uint8(16) // attached to nothing, where detach means not to i-1
	allGoals = a | b | detach | del
)

var targetList = [targets]Target{
	{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.0.0.2/32")},
	{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.0.0.3/32")},
	{Action: Detach, InstanceID: "i-1"},
	{Action: Delete},
}

func slot(t Target) int {
	switch {
	case t.Action == Detach:
		return 2
	case t.Action == Delete:
		return 3
	case t.Prefix == targetList[1].Prefix:
		return 1
	default:
		return 0
	}
}

func maskOf(list []Target) (m uint8) {
	for _, t := range list {
		m |= 1 << slot(t)
	}
	return m
}

var (
	listed      = [16][]Target{del: targetList[3:], detach | del: targetList[2:], a: {targetList[0]}, b: {targetList[1]}, a | b: targetList[:2], detach: {targetList[2]}, a | detach: {targetList[0], targetList[2]}}
	listedBackw = []Target{targetList[1], targetList[0]}
)

// targetsOf returns a shared list of targets, which must not be changed.
func targetsOf(list []Target) []Target {
	if len(list) == 2 && slot(list[0]) == 1 {
		return listedBackw
	}
	return listed[maskOf(list)]
}

// coarse is the timing of the lane here: the same order of durations in a few ticks.
var coarse = timing{
	changeLife:       3 * tick,
	fresh:            tick,
	surveyed:         2 * tick,
	witnessesApart:   tick,
	witnessLife:      3 * tick,
	twinPatience:     tick,
	awaitPatience:    2 * tick,
	verifyAgain:      tick,
	minPoll:          tick,
	minDetachPoll:    tick,
	maxPoll:          tick,
	firstAsk:         tick,
	firstDeletionAsk: tick,
	shortPause:       tick,
	behindDeadlines:  behindDeadlines,
	keepAccepted:     4 * tick,
}

// hasty sends the next change while an accepted one can still act for long.
var hasty = func() timing {
	t := coarse
	t.awaitPatience = tick
	return t
}()

// longWindow waits a tick for the callers of the last change.
var longWindow = func() timing {
	t := coarse
	t.minReturn, t.maxReturn, t.soonEffect = tick, tick, tick
	return t
}()

const (
	life  = 3 // ticks: coarse.changeLife
	fresh = 1

	twinPatience = 1
	surveyed     = 2
	// behindDeadlines is how long goals without a deadline wait behind goals with one.
	behindDeadlines = 2 * tick
	maxSettle       = 4 // the runner stops to wait for an accepted change
	slowest         = 1 // a describe that takes longer is given up by the runner
)

// The events that a world allows a limited number of times.
const (
	others   = iota // something that another actor does
	losses          // a request or an answer that is lost
	partials        // half a batch that is done although it is refused
	lates           // a change that is accepted, or done, later
	conflicts
	throttles
	denials    // permission, on a change or on a describe
	lies       // not assigned, although everything is there
	hiccups    // a describe that does not show an existing interface
	leaves     // a caller that departs
	opinions   // the user's Retryable says the opposite
	stucks     // a detach or a deletion that gets stuck
	forgotten  // a task that the cloud forgets
	taskFails  // a task that fails
	polls      // a Poll
	asks       // a call with an ended context
	unsent     // a change that is not sent
	replies    // a describe with the state at its beginning
	budgetSize // how many there are
)

// scene is a world's setting.
type scene struct {
	name    string
	wants   []uint8           // of each caller
	mishaps uint8             // total number of mishaps
	budget  [budgetSize]uint8 // and of each kind
	config  Config
	slow    bool // permits are not granted at once
	primary bool // a is the primary address
	// missedTwice allows a second describe without the interface while a task runs, which
	// must confirm that it is missing.
	missedTwice bool
	keeps       uint8          // callers whose terms protect the interface from being deleted
	polling     bool           // callers poll, and do not wait
	hurry       bool           // no pause before a retry
	crowd       bool           // the lane waits a tick for more callers
	deadlines   [callers]uint8 // ticks from each call until its context ends; 0 for never
	hasty       bool           // awaitPatience is not longer than twinPatience
	acts        uint8          // moves of the other actor; 0 for all on the callers' targets
}

const (
	noTask taskState = iota
	taskRuns
	taskDone
	taskFailed
)

// cloud is the state of a world without its lane. It is copied with =.
type cloud struct {
	witness // what the oracle knows; see oracle_test.go

	has    uint8 // a, b
	exists bool
	att    uint8          // the instance it is attached to: 0 for none
	det    bool           // detaching from it
	doomed bool           // being deleted
	detFor [callers]uint8 // for whom

	net        request
	pends      [3]pending
	tasks      [5]taskState // by number from 1
	describes  [maxDescribes]sentDescribe
	describing int
	permits    [len(Actions)]uint8 // 1 asked, 2 held
	budget     [budgetSize]uint8
	mishaps    uint8 // of all kinds that may come yet
	haze       uint8 // ticks since the beginning of a describe that missed the interface
	flip       bool  // the next verdict is the opposite
}

type world struct {
	cloud
	scene  *scene
	single bool // all goals are of one action
	lane   *Lane
	now    time.Duration
	calls  [callers]*Call
	asking []*Change // whose task is asked for

	memory memory
	living int              // ticks of a well-behaved cloud, from 1
	denied uint8            // while a describe is not permitted: who had called when it began
	leaver int              // the caller that departs in this move, from 1
	broken string           // the first violation of the contract
	story  *strings.Builder // the text of a story
}

func (w *world) say(format string, args ...any) {
	if w.story != nil {
		fmt.Fprintf(w.story, "; "+format, args...)
	}
}

func (w *world) fail(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
	}
	w.say("!!! "+format, args...)
}

func newWorld(s *scene) *world {
	w := &world{scene: s}
	w.has, w.exists, w.budget, w.mishaps = a|b, true, s.budget, s.mishaps
	all := uint8(0)
	for _, m := range s.wants {
		all |= m
		if m&detach != 0 {
			w.att = 1
		}
	}
	w.haze = unset
	w.agreedAge = [targets]uint8{unset, unset, unset, unset}
	w.doubtAge = w.agreedAge
	w.single = all == detach || all == del || all&(detach|del) == 0
	w.renew()
	return w
}

// renew gives the world a new lane.
func (w *world) renew() {
	w.lane = New(&w.scene.config)
	w.lane.timing = &coarse
	switch {
	case w.scene.hasty:
		w.lane.timing = &hasty
	case w.scene.crowd:
		w.lane.timing = &longWindow
	}
	w.memory = memory{}
}

const unset = 255

// become makes the world a copy of another one.
func (w *world) become(from *world, k *cloner) {
	w.cloud, w.scene, w.single, w.now, w.broken, w.story = from.cloud, from.scene, from.single, from.now, "", nil
	w.leaver, w.living = 0, 0
	w.copyLane(from, k)
}
