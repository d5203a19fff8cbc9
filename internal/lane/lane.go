// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Config holds the properties of the cloud and the client's options that a lane needs.
type Config struct {
	PerChange int  // addresses or prefixes in one change
	Tasks     bool // an accepted change runs as a task, and the cloud refuses another change until it ends

	// StuckAfter is how long an interface may be detaching before the detach is
	// sent again. The interval doubles each time. Zero means never.
	StuckAfter time.Duration

	// MaxAttempts bounds the changes sent for one claim; zero means no bound.
	MaxAttempts int

	// MaxElapsed bounds the time after the call in which a change is sent again;
	// zero means no bound. With BoundsFirst it also bounds the first sending.
	MaxElapsed  time.Duration
	BoundsFirst bool
}

// Lane reconciles the goals for one interface, one change at a time. It is a
// plain state machine: its methods are events, each with its time, and
// [Lane.Next] returns what to do next. It is not safe for concurrent use.
type Lane struct {
	cfg    *Config
	timing *timing
	events event         // how many there were
	now    time.Duration // the time of the latest event

	goals     []*goal          // goals with claims or in doubt; nil when index is used
	index     map[Target]*goal // the same, for many goals
	queues    [len(Actions)]queue
	wanted    int // goals with claims in the queue
	deletions int // how many of them are deletions
	calls     calls

	current   *Change       // the change in progress: sent and not answered
	changes   []*Change     // accepted and not complete
	awaits    *Change       // the accepted change that must complete before the next is sent
	awaitAll  bool          // the cloud refuses a change while another one is not complete
	lostAt    time.Duration // when a response to a change was last lost
	lostUntil time.Duration // until then a change whose response was lost may still run

	permits     [len(Actions)]permit
	snapshot    snapshot
	verifying   []*goal // goals that wait for a describe; goals that have moved to another place are skipped
	verifySince event   // when the latest of them began to wait
	verifyAt    time.Duration
	twins       []*goal       // goals that wait for their twin's change; goals that have moved are skipped
	twinsAt     time.Duration // when to check them next

	verifyCount, twinCount int32 // how many goals wait in these two lists

	refusals   []*refusal  // refusals that a describe has to explain
	objections []objection // conflicts that need the runner's verdict, in this order
	stuck      *Change     // the stuck change to send again

	describes     []Describe    // describes in progress, oldest first
	lastDescribed event         // when the latest result of a describe arrived
	describeAt    time.Duration // no describe before this time: one failed
	failed        event         // when a describe last failed
	failedErr     *eni.Error
	pollAt        time.Duration // when to describe accepted changes again
	pollSince     event         // a describe for accepted changes must begin after this event
	waiters       int           // how many callers wait for accepted changes
	missedAt      time.Duration // when the first describe began that did not show the interface
	notFoundAt    time.Duration // when a change was last answered with "no such interface"

	busyUntil time.Duration // end of the pause after the latest conflict

	window  window
	effect  time.Duration   // how long after its answer the latest release was complete; forever before the first
	batch   []*goal         // reused by nextBatch
	doubts  []doubt         // ordered by their end
	overdue []*goal         // goals whose doubt has expired and that were not described since
	news    []*Call         // calls to return from News
	took    []time.Duration // durations to return from Took
}

// New returns a lane that knows nothing about its interface.
func New(cfg *Config) *Lane {
	// One allocation for everything that a lone call needs.
	room := new(struct {
		lane    Lane
		goals   [1]*goal
		batch   [1]*goal
		changes [1]*Change
		doubts  [1]doubt
	})
	l := &room.lane
	// Field by field: a Lane assigned as a whole is first built on the stack.
	l.cfg, l.timing = cfg, &defaultTiming
	l.notFoundAt, l.missedAt, l.snapshot.at, l.lostAt = longAgo, longAgo, longAgo, longAgo
	l.twinsAt, l.pollAt, l.verifyAt, l.effect = forever, forever, forever, forever
	l.goals, l.batch, l.changes, l.doubts = room.goals[:0], room.batch[:0], room.changes[:0], room.doubts[:0]
	return l
}

// few is how many goals are searched linearly; more goals get an index.
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

// goal returns the goal for a target, and creates it if there is none.
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

// forget removes a goal that no caller wants and no change of this client can act on.
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

// Pending returns how many goals are queued or in progress.
func (l *Lane) Pending() int {
	if l.current != nil {
		return l.wanted + l.current.pending()
	}
	return l.wanted
}

// countWanted adds n, 1 or -1, to the numbers of wanted goals.
func (l *Lane) countWanted(g *goal, n int) {
	l.wanted += n
	if g.target.Action == Delete {
		l.deletions += n
	}
}

// Incomplete returns how many accepted changes are not complete.
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

// Idle reports whether the lane may be removed: no caller waits for it, and it
// holds no doubt or accepted change that matters to the next caller.
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
