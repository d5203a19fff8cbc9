// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// question asks for a description of one interface.
type question struct {
	id       string
	ctx      context.Context   //nolint:containedctx // its values are for tracing
	runner   *runner           // whose lane gets the answer; may be nil
	onAnswer func(description) // called with the answer after the lane; may be nil. It must not block

	// The runner's lock guards the following, if there is a runner.
	begun    lane.Describe
	canceled bool // the answer is not wanted any more

	shared bool // added to another question's request, which does not wait for it
	polled bool // asked by a Poll: it does not wait for a permit

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
	shown *eni.Interface // nil if there is no such interface, or with an error
	err   *eni.Error     // the request failed, or the interface could not be read
	hints hints          // of the error
	none  bool           // no request was made, because there was no permit at once
}

// answer passes the answer to the lane and to onAnswer.
func (q *question) answer(d description) {
	if q.runner != nil {
		d = q.runner.answered(q, d)
	}
	if q.onAnswer != nil {
		q.onAnswer(d)
	}
}

// giveUp tells the lane that the question gets no answer, so that it can ask again.
func (q *question) giveUp() {
	q.runner.step(nil, func(time.Duration) { q.runner.cancelQuestion(q) })
}

// question returns a question whose answer goes to the runner's lane.
func (r *runner) question(ctx context.Context) *question {
	return &question{id: r.id, ctx: ctx, runner: r}
}

// reconcileDescribe asks for a describe or cancels the question, as the lane wants. The
// lock is held.
func (r *runner) reconcileDescribe(todo lane.Todo) {
	switch {
	case todo.Describe && r.asked == nil:
		r.asked = r.question(r.values())
		r.client.describes.ask(r.asked)
		r.later(r.client.describes.kick)
	case !todo.Describe && r.asked != nil:
		r.asked.canceled = true
		r.client.describes.cancel(r.asked)
		r.asked = nil
	}
	if r.awaitsDescribe = todo.AwaitsDescribe; !todo.AwaitsDescribe {
		r.dropDescribes()
	}
}

// dropDescribes cancels the describes and task queries that are no longer wanted. The
// lock is held.
func (r *runner) dropDescribes() {
	for _, cancel := range r.asking {
		cancel()
	}
	r.asking = nil
	for _, q := range slices.Clone(r.describing) {
		if !q.shared && !q.polled {
			r.cancelQuestion(q)
		}
	}
}

// cancelQuestion cancels a question, whether or not its request has begun. The lock is
// held.
func (r *runner) cancelQuestion(q *question) {
	q.canceled = true
	r.client.describes.cancel(q)
	if r.endDescribing(q) {
		r.lane.Dropped(q.begun)
	}
}

// ages reports whether a goal that waits for a near permit has to be described before
// it is sent.
func (r *runner) ages() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lane.Ages(r.client.alarms.now() + near)
}

// began tells the lane that the request for a question begins. The rest of the step
// runs on another goroutine, so that it does not delay the request.
func (r *runner) began(q *question) {
	o := r.record(func(now time.Duration) {
		if q.canceled {
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

// answered passes the answer to a question to the lane. It returns the answer with the
// error for this interface.
func (r *runner) answered(q *question, d description) description {
	var v lane.Verdict
	if d.err != nil {
		d.err = r.named(d.err)
		first := !r.inARow(describing)
		if v, _ = r.hinted(describing, d.err, d.hints); first && d.err.Kind == eni.ErrUnavailable {
			v.Pause = 0 // a single broken connection is no outage
		}
	}
	r.step(nil, func(now time.Duration) {
		if !r.endDescribing(q) {
			return // it was canceled meanwhile
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

// endDescribing removes a question from those in progress, and reports whether it was
// there. The lock is held.
func (r *runner) endDescribing(q *question) bool {
	n := slices.Index(r.describing, q)
	if n < 0 {
		return false
	}
	r.describing = slices.Delete(r.describing, n, n+1)
	return true
}

// fail records a failure and wakes the callers that wait for accepted changes. The
// lock is held.
func (r *runner) fail(now time.Duration, e *eni.Error, retry bool) {
	r.failure = failure{err: e, at: now, retry: retry}
	for w := range r.watchers {
		notify(w)
	}
}

// named returns a copy of a shared request's error for this interface.
func (r *runner) named(e *eni.Error) *eni.Error {
	clone := *e
	clone.InterfaceID = r.id
	return &clone
}

// missing returns the error for an interface that does not exist.
func (r *runner) missing() *eni.Error {
	return &eni.Error{
		Kind: eni.ErrNotFound, Provider: r.client.cloud.Provider, Op: Describe, InterfaceID: r.id,
		Message: "no such interface in this account and region",
	}
}
