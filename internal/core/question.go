// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// question is a question about one interface.
type question struct {
	id     string
	ctx    context.Context   //nolint:containedctx // its values travel along, for tracing
	runner *runner           // whose lane is told; nil where none is
	heard  func(description) // who else is told, when the lane was; may be nil. It takes no time

	// The runner's lock guards the following, where there is one.
	begun lane.Describe
	left  bool // nobody waits for it any more, and the lane is not told

	shared bool // nobody waits for it: it travels along
	polled bool // a Poll waits for it, and for no permit

	// The lock of the describes guards the following.
	state questionState
	req   *request
}

type questionState uint8

const (
	questionAsked questionState = iota
	questionUnderWay
	questionOver
)

// description is the answer to a question.
type description struct {
	shown *eni.Interface // nil where there is no such interface, or with an error
	err   *eni.Error     // the request failed, or the interface could not be read
	hints hints          // of the error
	none  bool           // no request was made: there was no permit at once
}

// answer tells those who asked.
func (q *question) answer(d description) {
	if q.runner != nil {
		d = q.runner.answered(q, d)
	}
	if q.heard != nil {
		q.heard(d)
	}
}

// giveUp tells the lane that a question is not answered, so that it asks again where
// it has relied on that.
func (q *question) giveUp() {
	q.runner.step(nil, func(time.Duration) { q.runner.leave(q) })
}

// question makes a question whose answer the runner's lane is told.
func (r *runner) question(ctx context.Context) *question {
	return &question{id: r.id, ctx: ctx, runner: r}
}

// reconcileDescribe asks for a description, or takes the question back. The lock
// is held.
func (r *runner) reconcileDescribe(todo lane.Todo) {
	switch {
	case todo.Describe && r.asked == nil:
		r.asked = r.question(r.values())
		r.client.describes.ask(r.asked)
		r.later(r.client.describes.kick)
	case !todo.Describe && r.asked != nil:
		r.asked.left = true
		r.client.describes.leave(r.asked)
		r.asked = nil
	}
	if r.looking = todo.AwaitsDescribe; !todo.AwaitsDescribe {
		r.stopLooking()
	}
}

// stopLooking gives up the descriptions and the questions for tasks that nobody
// waits for any more. The lock is held.
func (r *runner) stopLooking() {
	for _, cancel := range r.asking {
		cancel()
	}
	r.asking = nil
	for _, q := range slices.Clone(r.describing) {
		if !q.shared && !q.polled {
			r.leave(q)
		}
	}
}

// leave takes a question back, whether or not it has begun. The lock is held.
func (r *runner) leave(q *question) {
	q.left = true
	r.client.describes.leave(q)
	if r.endDescribing(q) {
		r.lane.Dropped(q.begun)
	}
}

// ages reports whether what waits for a permit that is near has to be described
// before it comes.
func (r *runner) ages() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lane.Ages(r.client.alarms.now() + near)
}

// began notes that the request for a question begins. What the lane wants then is
// done on another goroutine: the request waits for nobody.
func (r *runner) began(q *question) {
	o := r.tell(func(now time.Duration) {
		if q.left {
			return
		}
		if r.asked == q {
			r.asked = nil
		}
		q.begun = r.lane.Began(now)
		r.describing = append(r.describing, q)
	})
	if !o.nothing() {
		go func() { r.step(nil, r.follow(nil, o)) }()
	}
}

// answered tells the lane the answer to a question. It returns the answer as one
// about this interface.
func (r *runner) answered(q *question, d description) description {
	var v lane.Verdict
	if d.err != nil {
		d.err = r.named(d.err)
		first := !r.inARow(describing)
		if v, _ = r.hinted(describing, d.err, d.hints); first && d.err.Kind == eni.ErrUnavailable {
			v.Pause = 0 // a connection breaks now and then
		}
	}
	r.step(nil, func(now time.Duration) {
		if !r.endDescribing(q) {
			return // it was given up meanwhile
		}
		if d.err != nil {
			r.fail(now, d.err, v.Retry)
			r.lane.Failed(now, q.begun, d.err, v)
			return
		}
		r.rows[describing], r.failure = row{}, failure{}
		if d.shown == nil {
			r.lane.Missing(now, q.begun, r.missing())
		} else {
			r.lane.Described(now, q.begun, d.shown)
		}
	})
	return d
}

// endDescribing takes a question out of those under way, and reports whether it
// was there. The lock is held.
func (r *runner) endDescribing(q *question) bool {
	n := slices.Index(r.describing, q)
	if n < 0 {
		return false
	}
	r.describing = slices.Delete(r.describing, n, n+1)
	return true
}

// fail notes a failure and wakes those who wait for accepted changes. The lock is
// held.
func (r *runner) fail(now time.Duration, e *eni.Error, retry bool) {
	r.failure = failure{err: e, at: now, retry: retry}
	for w := range r.watchers {
		notify(w)
	}
}

// named is an error of a shared request, as one about this interface.
func (r *runner) named(e *eni.Error) *eni.Error {
	own := *e
	own.InterfaceID = r.id
	return &own
}

// missing is the error for an interface that does not exist.
func (r *runner) missing() *eni.Error {
	return &eni.Error{
		Kind: eni.ErrNotFound, Provider: r.client.cloud.Provider, Op: Describe, InterfaceID: r.id,
		Message: "no such interface in this account and region",
	}
}
