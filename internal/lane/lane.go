// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Config is what a lane has to know of its cloud and of its client's options.
type Config struct {
	PerChange int  // addresses or prefixes in one change
	Tasks     bool // an accepted change goes on as a task, and the cloud refuses another one meanwhile

	// StuckAfter is how long an interface may be detaching before the detach is
	// sent again, after that at doubled intervals. Zero means never.
	StuckAfter time.Duration

	// MaxAttempts bounds the changes sent for one claim; zero means no bound.
	MaxAttempts int

	// MaxElapsed bounds the time after the call in which a change is sent again;
	// zero means no bound. BoundsFirst makes it bound the first sending too.
	MaxElapsed  time.Duration
	BoundsFirst bool
}

// Lane reconciles the goals for one interface, one change at a time. It is a
// plain state machine: methods are events, each with its time, and [Lane.Next]
// says what to do next. It is not safe for concurrent use.
type Lane struct {
	cfg    *Config
	timing *timing
	events event         // so many so far
	now    time.Duration // of the latest

	goals     []*goal          // with claims, or in doubt; nil where there are many
	index     map[Target]*goal // the same, where there are many
	queues    [len(Actions)]queue
	wanted    int // goals with claims in the queue
	deletions int // those of them that are deletions
	calls     calls

	current   *Change       // whose answer is awaited
	changes   []*Change     // accepted, with claims that were not seen gone
	awaits    *Change       // the accepted change that must complete before the next is sent
	awaitAll  bool          // the cloud refuses a change while one of ours goes on
	lostUntil time.Duration // until then a change whose answer was lost may go on

	permits     [len(Actions)]permit
	snapshot    snapshot
	verifying   []*goal // that wait for a description; those that wait elsewhere now are skipped
	verifySince event   // when the latest of them began to
	verifyAt    time.Duration
	twins       []*goal       // that wait for the change of the same goal; likewise
	twinsAt     time.Duration // when one of them goes on, perhaps

	verifyCount, twinCount int32 // how many wait in these two

	refusals   []*refusal  // that a description has to explain
	objections []objection // that the runner has to give a verdict on, in turn
	stuck      *Change     // the detach that is to be sent again

	describes     []Describe    // under way, oldest first
	lastDescribed event         // the latest description that came
	describeAt    time.Duration // none is asked for before: one failed
	failed        event         // the latest failure of a description
	failedErr     *eni.Error
	pollAt        time.Duration // when accepted changes are described again
	pollSince     event         // when the latest of them was accepted
	waiters       int           // who waits for accepted changes
	missedAt      time.Duration // when the first description began that missed the interface
	notFoundAt    time.Duration // when a change was last answered with "no such interface"

	busyUntil time.Duration // the end of the pause after the latest conflict

	window  window
	effect  time.Duration   // how long after its answer the latest release was seen complete; forever before one was
	batch   []*goal         // room for the next one
	doubts  []doubt         // in the order of their end
	overdue []*goal         // whose doubt has run out, and that were not described since
	news    []*Call         // that were answered or completed
	took    []time.Duration // how long changes took that have completed
}

// New makes a lane that knows nothing of its interface.
func New(cfg *Config) *Lane {
	// What a lone call needs comes in one piece.
	room := new(struct {
		lane    Lane
		goals   [1]*goal
		batch   [1]*goal
		changes [1]*Change
		doubts  [1]doubt
	})
	l := &room.lane
	// One by one: a Lane assigned as a whole is first made on the stack.
	l.cfg, l.timing = cfg, &defaultTiming
	l.notFoundAt, l.missedAt, l.snapshot.at = longAgo, longAgo, longAgo
	l.twinsAt, l.pollAt, l.verifyAt, l.effect = forever, forever, forever, forever
	l.goals, l.batch, l.changes, l.doubts = room.goals[:0], room.batch[:0], room.changes[:0], room.doubts[:0]
	return l
}

// few is how many goals are looked through; more have an index.
const few = 16

// find returns the goal for a target, or nil.
func (l *Lane) find(t Target) *goal {
	if l.index != nil {
		return l.index[t]
	}
	for _, g := range l.goals {
		if g.target == t {
			return g
		}
	}
	return nil
}

// goal returns the goal for a target, a new one where there is none.
func (l *Lane) goal(t Target) *goal {
	if g := l.find(t); g != nil {
		return g
	}
	g := &goal{target: t, asked: longAgo}
	g.queued = g.room[:0]
	switch {
	case l.index != nil:
		l.index[t] = g
	case len(l.goals) == few:
		l.index = make(map[Target]*goal, 2*few)
		for _, known := range l.goals {
			l.index[known.target] = known
		}
		l.index[t], l.goals = g, nil
	default:
		l.goals = append(l.goals, g)
	}
	return g
}

// forget drops a goal that nobody wants and that no change of ours can act on.
func (l *Lane) forget(g *goal, now time.Duration) {
	if g.used() || now < l.doubtEnd(g) {
		return
	}
	switch {
	case l.index == nil:
		l.goals = slices.DeleteFunc(l.goals, func(x *goal) bool { return x == g })
	case l.index[g.target] == g:
		if delete(l.index, g.target); len(l.index) == 0 {
			l.index = nil
		}
	}
}

// Pending is how many goals are wanted or in the air.
func (l *Lane) Pending() int {
	if l.current != nil {
		return l.wanted + l.current.pending()
	}
	return l.wanted
}

// countWanted counts a goal that is wanted from now on, or no longer.
func (l *Lane) countWanted(g *goal, n int) {
	l.wanted += n
	if g.target.Action == Delete {
		l.deletions += n
	}
}

// Incomplete is how many accepted changes were not seen complete.
func (l *Lane) Incomplete() int { return len(l.changes) }

// each calls f for each goal.
func (l *Lane) each(f func(*goal)) {
	for _, g := range l.goals {
		f(g)
	}
	for _, g := range l.index {
		f(g)
	}
}

// Idle reports whether the lane has nothing to tell the next caller, and nobody
// waits for it: it may be forgotten.
func (l *Lane) Idle(now time.Duration) bool {
	if l.current != nil || l.waiters > 0 || l.wanted > 0 || len(l.describes) > 0 || now < l.window.until {
		return false
	}
	if n := len(l.doubts); n > 0 && now < l.doubts[n-1].until {
		return false
	}
	for _, ch := range l.changes {
		if now < after(ch.answered, l.timing.keepAccepted) {
			return false
		}
	}
	return true
}
