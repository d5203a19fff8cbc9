// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"slices"
	"sync"
	"time"
)

// describes combines questions about interfaces into requests. A question never joins
// a request that has begun, because its answer may be older than the question.
// Requests run concurrently, bounded only by the API's limiter.
type describes struct {
	client *Client
	alarm  alarm

	mu     sync.Mutex
	asked  []*question // not begun, oldest first; canceled questions are skipped
	open   int         // how many of them are not canceled
	began  time.Duration
	waits  bool // for the alarm or a permit
	inLine bool // for a permit
	permit waiter
}

// spacing is the least time between the beginnings of two requests: the batch window
// of describes. After a longer time without a request, a question begins one at once,
// or after burstSpan if other callers are active.
const spacing = 50 * time.Millisecond

// request is one describe request.
type request struct {
	questions map[string][]*question
	ctx       context.Context //nolint:containedctx // it ends when every question is canceled
	cancel    context.CancelFunc
	awaits    awaits // its context for the driver
	open      int    // questions that wait for it, without shared ones
}

// ask adds a question; [describes.kick] begins the requests that are due. It returns
// false, and adds nothing, for a polled question if there is no permit at once.
func (d *describes) ask(q *question) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.polled && !d.client.limiters[Describe].free() {
		return false
	}
	d.asked = append(d.asked, q)
	d.open++
	return true
}

// cancel removes a question, and cancels its request if no other question waits for
// it. It returns what the driver waits for in the request, or "".
func (d *describes) cancel(q *question) (awaited string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.req != nil {
		awaited = q.req.awaits.noted()
	}
	was := q.state
	q.state = questionOver
	switch was {
	case questionAsked:
		d.open--
		if len(d.asked) > 2*d.open+d.client.cloud.PerDescribe {
			d.asked = slices.DeleteFunc(d.asked, func(x *question) bool { return x.state != questionAsked })
		}
	case questionUnderWay:
		q.req.remove(q)
	case questionOver:
	}
	return awaited
}

// remove removes a question from the request, which is canceled after the last one.
// The lock is held.
func (r *request) remove(q *question) {
	if q.shared {
		return
	}
	if r.open--; r.open == 0 {
		r.cancel()
	}
}

// kick begins the next request when it is due.
func (d *describes) kick() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waits || d.open == 0 {
		return
	}
	now := d.client.alarms.now()
	at := now
	if d.began >= 0 {
		at = max(at, d.began+spacing)
	}
	if at == now && d.client.busy() {
		at += burstSpan
	}
	d.waits = true
	if at > now {
		d.client.alarms.put(&d.alarm, at)
		return
	}
	go d.ring()
}

// ring takes a permit for the next request, or waits for one. Polled questions do not
// wait: they get no description.
func (d *describes) ring() {
	d.mu.Lock()
	d.permit = waiter{since: d.client.alarms.now(), granted: d.begin}
	d.inLine = !d.client.limiters[Describe].take(&d.permit)
	var without []*question
	if d.inLine {
		without = d.polls()
	}
	begins := !d.inLine
	d.mu.Unlock()
	for _, q := range without {
		q.onAnswer(description{none: true})
	}
	if begins {
		d.begin()
	}
}

// polls removes and returns the polled questions. The lock is held.
func (d *describes) polls() (polls []*question) {
	d.asked = slices.DeleteFunc(d.asked, func(q *question) bool {
		if q.state == questionAsked && q.polled {
			q.state = questionOver
			polls = append(polls, q)
		}
		return q.state != questionAsked
	})
	d.open -= len(polls)
	return polls
}

// begin begins the next request. It has all questions, and the interfaces whose permits
// are near, because they would ask soon.
func (d *describes) begin() {
	d.mu.Lock()
	r := d.makeRequest()
	d.waits, d.inLine = false, false
	if r != nil {
		d.began = d.client.alarms.now()
	}
	d.mu.Unlock()
	if r == nil {
		d.client.limiters[Describe].giveBack()
		return
	}
	d.shareNear(r)
	d.kick() // for the questions that had no room
	for _, asked := range r.questions {
		for _, q := range asked {
			if q.runner != nil {
				q.runner.began(q)
			}
		}
	}
	d.client.carryOut(r)
}

// makeRequest returns a request with as many questions as it has room for; nil if there
// are none. The lock is held.
func (d *describes) makeRequest() *request {
	r := &request{questions: make(map[string][]*question)}
	rest := d.asked[:0]
	for _, q := range d.asked {
		switch {
		case q.state != questionAsked:
		case r.questions[q.id] == nil && len(r.questions) == d.client.cloud.PerDescribe:
			rest = append(rest, q)
		default:
			d.open--
			r.take(q)
		}
	}
	clear(d.asked[len(rest):])
	d.asked = rest
	if r.open == 0 {
		return nil
	}
	return r
}

// take adds a question to the request. The lock is held.
func (r *request) take(q *question) {
	if r.ctx == nil {
		r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(q.ctx))
		r.awaits.Context = r.ctx
	}
	q.state, q.req = questionUnderWay, r
	r.questions[q.id] = append(r.questions[q.id], q)
	if !q.shared {
		r.open++
	}
}

// shareNear adds the interfaces whose permits are near, as far as there is room.
// Without it, many lanes would need one describe for each change.
func (d *describes) shareNear(r *request) {
	for _, a := range changeAPIs {
		d.client.limiters[a].near(near, func(w *waiter) bool {
			run := w.runner()
			if run == nil || !run.ages() {
				return true
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			if len(r.questions) >= d.client.cloud.PerDescribe {
				return false
			}
			if r.questions[run.id] == nil {
				q := run.question(context.Background())
				q.shared = true
				r.take(q)
			}
			return true
		})
	}
}

// carryOut sends the request, and answers its questions.
func (c *Client) carryOut(r *request) {
	defer r.cancel()
	ids := make([]string, 0, len(r.questions))
	for id := range r.questions {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	c.describe(&r.awaits, ids, func(ids []string, of func(id string) description) {
		var answers []func()
		for _, id := range ids {
			for _, q := range r.questions[id] {
				if c.describes.over(q) {
					d := of(id)
					if d.err != nil && q.shared && r.ctx.Err() != nil {
						answers = append(answers, q.giveUp) // the request was canceled because its callers have departed: it has not failed
						continue
					}
					answers = append(answers, func() { q.answer(d) })
				}
			}
		}
		if e := of(ids[0]).err; len(answers) == 0 && e != nil {
			c.logPanic(e)
		}
		sideBySide(answers)
	})
}

// over marks a question as answered, and reports whether it still waited for that.
func (d *describes) over(q *question) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.state != questionUnderWay {
		return false
	}
	q.state = questionOver
	q.req.remove(q)
	return true
}
