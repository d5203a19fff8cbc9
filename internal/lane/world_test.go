// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// The explorer's world: one interface of a cloud that does whatever a cloud may
// do, other people who use it, two or three callers, and a runner without rules.
// Each of its moves is one thing that happens; then the runner does all that the
// lane asks for. Time moves in ticks.

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

// targetsOf returns a list with the same targets that nobody changes.
func targetsOf(list []Target) []Target {
	if len(list) == 2 && slot(list[0]) == 1 {
		return listedBackw
	}
	return listed[maskOf(list)]
}

// coarse is what the lane reckons with here: the same order of lengths in a few
// ticks.
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

// hasty sends the next change while an accepted one can act for long.
var hasty = func() timing {
	t := coarse
	t.awaitPatience = tick
	return t
}()

// crowded waits a tick for the callers of the last change.
var crowded = func() timing {
	t := coarse
	t.minReturn, t.maxReturn, t.soonEffect = tick, tick, tick
	return t
}()

const (
	life  = 3 // ticks: coarse.changeLife
	fresh = 1

	twinPatience = 1
	surveyed     = 2
	// behindDeadlines is how long those without a deadline wait behind those with one.
	behindDeadlines = 2 * tick
	maxSettle       = 4 // the runner stops to wait for an accepted change
	slowest         = 1 // a describe that takes longer is given up by the runner
)

// What a world allows so many times.
const (
	others   = iota // something that another actor does
	losses          // a request or an answer that is lost
	partials        // half a batch that is carried out although it is refused
	lates           // a change that is accepted, or carried out, later
	conflicts
	throttles
	denials    // permission, on a change or on a describe
	lies       // not assigned, though all is there
	hiccups    // an interface that is there is missed
	leaves     // a caller that leaves
	opinions   // the user's Retryable says the opposite
	stucks     // a detach or a deletion that gets stuck
	forgotten  // a task that the cloud forgets
	taskFails  // a task that fails
	polls      // a Poll
	asks       // a call with a dead context
	unsent     // a change that does not leave for the cloud
	replies    // a describe that shows what was so when it began
	budgetSize // how many there are
)

// scene is a world's setting.
type scene struct {
	name    string
	wants   []uint8           // of each caller
	mishaps uint8             // how much may happen in all that need not
	budget  [budgetSize]uint8 // and of each kind
	config  Config
	slow    bool // permits are waited for
	primary bool // a is the primary address
	// missedTwice allows a second miss of the interface while a task runs, which is
	// asked before the interface is believed to be missing.
	missedTwice bool
	keeps       uint8          // callers whose terms protect the interface from being deleted
	polling     bool           // callers poll, and do not wait
	hurry       bool           // no pause before something is sent again
	crowd       bool           // the lane waits a tick for more callers
	deadlines   [callers]uint8 // ticks from each call until its context ends; 0 for never
	hasty       bool           // an accepted change is awaited no longer than its twin waits
	acts        uint8          // what the other actor does; 0 for all that concerns the callers
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

	net     request
	pends   [3]pending
	tasks   [5]taskState // by number from 1
	air     [flights]flight
	flying  int
	permits [len(Actions)]uint8 // 1 asked, 2 held
	budget  [budgetSize]uint8
	mishaps uint8 // of all kinds that may come yet
	haze    uint8 // ticks since the beginning of a describe that missed the interface
	flip    bool  // the next verdict is the opposite
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
	leaver int              // the caller that leaves in this move, from 1
	broken string           // the first promise that was broken
	story  *strings.Builder // where a story is told
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

// renew gives the world a lane that knows nothing.
func (w *world) renew() {
	w.lane = New(&w.scene.config)
	w.lane.timing = &coarse
	switch {
	case w.scene.hasty:
		w.lane.timing = &hasty
	case w.scene.crowd:
		w.lane.timing = &crowded
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
