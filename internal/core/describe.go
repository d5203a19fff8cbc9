package core

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
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
	permit waiter
}

// spacing is the least time between the beginnings of two requests, in which those
// who ask gather. A question that comes when nothing has been asked for so long is
// carried out at once, or, where there are others who may ask at the same time,
// when these have had a moment to do so.
const spacing = 50 * time.Millisecond

// question is a question about one interface. Its functions are called without a
// lock.
type question struct {
	id    string
	ctx   context.Context   //nolint:containedctx // its values travel along, for tracing
	began func()            // its request begins
	done  func(description) // its answer is there

	// Of a lane's question; the lane's lock guards what it is told with.
	begun  lane.Describe
	shared bool // nobody waits for it: it travels along
	polled bool // a Poll waits for it

	state questionState
	req   *request
}

type questionState int

const (
	questionAsked questionState = iota
	questionUnderWay
	questionOver
)

// description is the answer to a question.
type description struct {
	shown *eni.Interface // nil where there is no such interface, or with an error
	err   *eni.Error     // the request failed
}

// request is one request for those who asked.
type request struct {
	questions map[string][]*question
	ctx       context.Context //nolint:containedctx // it ends when the last asker has left
	cancel    context.CancelFunc
	open      int
}

// ask adds a question. [describes.kick] begins what is due.
func (d *describes) ask(q *question) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q.state = questionAsked
	d.asked = append(d.asked, q)
	d.open++
}

// leave takes a question back. A request that nobody waits for any more is ended.
func (d *describes) leave(q *question) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch q.state {
	case questionAsked:
		d.open--
		if d.open == 0 {
			d.asked = nil
		}
	case questionUnderWay:
		q.req.leave(q)
	case questionOver:
	}
	q.state = questionOver
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
	go d.due()
}

// due takes a permit for the next request, or waits for one.
func (d *describes) due() {
	d.permit = waiter{since: d.client.alarms.now(), granted: d.begin}
	if d.client.limiters[Describe].take(&d.permit) {
		d.begin()
	}
}

// begin begins the next request with all that was asked, and with the interfaces
// whose permits are near: they would ask soon.
func (d *describes) begin() {
	d.mu.Lock()
	r := d.gather()
	d.waits = false
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
			q.began()
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
			d.take(r, q)
		}
	}
	clear(d.asked[len(rest):])
	d.asked = rest
	if r.open == 0 {
		return nil
	}
	return r
}

// take moves a question into a request. The lock is held.
func (*describes) take(r *request, q *question) {
	if r.ctx == nil {
		r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(q.ctx))
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
			run := d.client.waiterOf(w)
			if run == nil || !run.ages() {
				return true
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			if len(r.questions) >= d.client.cloud.PerDescribe {
				return false
			}
			if r.questions[run.id] == nil {
				q := run.question()
				q.shared = true
				d.take(r, q)
			}
			return true
		})
	}
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

// carryOut makes the request, and answers its questions.
func (c *Client) carryOut(r *request) {
	defer r.cancel()
	ids := make([]string, 0, len(r.questions))
	for id := range r.questions {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	c.describe(r.ctx, ids, func(ids []string, found map[string]*eni.Interface, e *eni.Error) {
		heard := false
		for _, id := range ids {
			for _, q := range r.questions[id] {
				if c.describes.over(q) {
					heard = true
					q.done(description{shown: found[id], err: e})
				}
			}
		}
		if !heard {
			c.unheard(e)
		}
	})
}

// persist asks until the cloud describes the interfaces or refuses for good, the
// budget is used up, or ctx ends.
func (c *Client) persist(ctx context.Context, ids []string) ([]eni.Interface, *eni.Error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	began := c.alarms.now()
	var found []eni.Interface
	var backoff eni.Backoff
	var last *eni.Error
	for tries := 1; ; tries++ {
		answers := c.askAll(ctx, ids)
		var again []string
		for n, id := range ids {
			switch a := answers[n]; {
			case a.err != nil && ctx.Err() != nil && errors.Is(a.err, ctx.Err()):
				return nil, ended(ctx, last)
			case a.err != nil:
				own := *a.err
				last = &own
				last.Attempts = tries
				again = append(again, id)
			case a.shown != nil:
				found = append(found, copied(a.shown))
			}
		}
		if len(again) == 0 {
			return found, nil
		}
		pause := time.Duration(-1)
		if err := guarded(func() error {
			if !c.opts.Retry.Retryable(last) {
				return nil
			}
			if backoff == nil {
				backoff = c.opts.Retry.Backoff()
			}
			pause = backoff.NextBackOff()
			return nil
		}); err != nil {
			last.Err = err
		}
		if pause < 0 || c.lane.MaxAttempts > 0 && tries >= c.lane.MaxAttempts ||
			c.lane.MaxElapsed > 0 && saturate(c.alarms.now()-began, pause) > c.lane.MaxElapsed {
			return nil, last
		}
		if sleep(ctx, pause) != nil {
			return nil, ended(ctx, last)
		}
		ids = again
	}
}

// askAll asks about interfaces and waits for all answers, or until ctx ends.
func (c *Client) askAll(ctx context.Context, ids []string) []description {
	type numbered struct {
		n int
		description
	}
	heard := make(chan numbered, len(ids))
	questions := make([]*question, len(ids))
	for n, id := range ids {
		questions[n] = &question{
			id: id, ctx: ctx, began: func() {},
			done: func(d description) { heard <- numbered{n, d} },
		}
		c.describes.ask(questions[n])
	}
	c.describes.kick()
	answers := make([]description, len(ids))
	for range ids {
		select {
		case d := <-heard:
			answers[d.n] = d.description
			questions[d.n] = nil
		case <-ctx.Done():
			for n, q := range questions {
				if q != nil {
					c.describes.leave(q)
					answers[n].err = ended(ctx, nil)
				}
			}
			return answers
		}
	}
	return answers
}

// copied is the caller's own copy of a description that others have too.
func copied(i *eni.Interface) eni.Interface {
	own := *i
	own.Addresses, own.Prefixes = slices.Clone(i.Addresses), slices.Clone(i.Prefixes)
	return own
}
