// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"slices"
	"sync"
	"time"
)

// describes gathers questions about interfaces into requests. A request carries
// what was asked before it began, and only that: a question never joins a request
// under way, which might show the time before it was asked. Requests run side by
// side, bounded by the rate of the API alone.
type describes struct {
	client *Client
	alarm  alarm

	mu     sync.Mutex
	asked  []*question // not begun, the oldest first; those that were left are skipped
	open   int         // how many of them were not left
	began  time.Duration
	waits  bool // for the alarm, or for a permit
	inLine bool // for a permit
	permit waiter
}

// spacing is the least time between the beginnings of two requests, in which those
// who ask gather. A question that comes when nothing has been asked for so long is
// carried out at once, or, where there are others who may ask at the same time,
// when these have had a moment to do so.
const spacing = 50 * time.Millisecond

// request is one request for those who asked.
type request struct {
	questions map[string][]*question
	ctx       context.Context //nolint:containedctx // it ends when the last asker has left
	cancel    context.CancelFunc
	awaits    awaits // its context as the driver is told it
	open      int    // who waits for it
}

// ask adds a question. [describes.kick] begins what is due. It reports false for a
// question that waits for no permit where there is none.
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

// leave takes a question back. A request that nobody waits for any more is ended. It
// returns what the driver waits for in the request, if it has said so.
func (d *describes) leave(q *question) (awaited string) {
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
		q.req.leave(q)
	case questionOver:
	}
	return awaited
}

// leave ends the request when nobody waits for it any more. The lock is held.
func (r *request) leave(q *question) {
	if q.shared {
		return
	}
	if r.open--; r.open == 0 {
		r.cancel()
	}
}

// kick sees to it that what was asked begins when it is due.
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
	if at == now && d.client.crowded() {
		at += crowdSpan
	}
	d.waits = true
	if at > now {
		d.client.alarms.put(&d.alarm, at)
		return
	}
	go d.ring()
}

// ring takes a permit for the next request, or waits for one. Those who wait for
// none go without.
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
		q.heard(description{none: true})
	}
	if begins {
		d.begin()
	}
}

// polls takes the questions out that wait for no permit. The lock is held.
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

// begin begins the next request with all that was asked, and with the interfaces
// whose permits are near: they would ask soon.
func (d *describes) begin() {
	d.mu.Lock()
	r := d.gather()
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
	d.kick() // where there was no room for all
	for _, asked := range r.questions {
		for _, q := range asked {
			if q.runner != nil {
				q.runner.began(q)
			}
		}
	}
	d.client.carryOut(r)
}

// gather moves questions into a request as long as it has room, or returns nil
// where nobody asks. The lock is held.
func (d *describes) gather() *request {
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

// take takes a question aboard. The lock is held.
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
// Otherwise a storm would pay a description for each change.
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

// carryOut makes the request, and answers its questions.
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
						answers = append(answers, q.giveUp) // those who asked have left: nothing failed
						continue
					}
					answers = append(answers, func() { q.answer(d) })
				}
			}
		}
		if e := of(ids[0]).err; len(answers) == 0 && e != nil {
			c.unheard(e)
		}
		sideBySide(answers)
	})
}

// over marks a question as answered, and reports whether anybody still waits.
func (d *describes) over(q *question) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.state != questionUnderWay {
		return false
	}
	q.state = questionOver
	q.req.leave(q)
	return true
}
