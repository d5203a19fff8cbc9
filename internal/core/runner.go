// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// runner runs the lane of one interface. It passes events to the lane and does what
// the lane wants: it asks limiters for permits, sends changes, describes the interface,
// asks for tasks and sets the alarm. It makes no decisions.
//
// Every event is one step. Under the runner's lock the step passes the event to the
// lane and compares what the lane wants with what is in progress. After that, without
// the lock, it does what may take long or runs the user's code. A waiting interface
// holds no goroutine.
type runner struct {
	client *Client
	id     string
	users  int // uses without its lock; guarded by the client's lock
	place  int // index in the client's list; guarded by the client's lock

	mu             sync.Mutex
	lane           *lane.Lane
	alarm          alarm
	permits        [len(lane.Actions)]*permit
	asked          *question            // the question whose request has not begun
	describing     []*question          // the questions whose request has begun
	asking         []context.CancelFunc // cancel the task queries
	current        *sending             // the change in progress
	judging        bool
	awaitsDescribe bool                   // as in the lane's latest Todo
	unsent         string                 // what the latest change waited for if it was not sent
	failure        failure                // of the latest describe or task query
	watchers       map[chan struct{}]bool // the callers that wait for accepted changes
	rows           [exchanges]row         // consecutive failures; see policy.go
	reported       int                    // pending goals as last reported to the hook
	asker          context.Context        //nolint:containedctx // of the latest call or Wait; describes use its values, for tracing
	todo           []func()               // what this step does after it releases the lock
	inline         *sending               // the change to send at the end of this step
}

// failure is the error of a describe or task query.
type failure struct {
	err   *eni.Error
	at    time.Duration
	retry bool // another request may succeed
}

func newRunner(c *Client, id string) *runner {
	r := &runner{client: c, id: id, lane: lane.New(&c.lane)}
	r.alarm.rings = r
	return r
}

// ring passes the time to the lane.
func (r *runner) ring() { r.step(nil, r.lane.Tick) }

// idle reports whether the runner can be removed.
func (r *runner) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lane.Idle(r.client.alarms.now()) && r.asked == nil
}

// step passes an event to the lane and does what the lane then wants. With an
// operation it runs on the goroutine of its caller, and also sends the changes there
// that carry claims of this operation only.
func (r *runner) step(op *operation, tell func(now time.Duration)) {
	for tell != nil {
		tell = r.follow(op, r.record(tell))
	}
}

// outcome is the second half of a step, which runs without the lock.
type outcome struct {
	news   []*lane.Call
	took   []time.Duration
	load   eni.Load
	todo   []func()
	inline *sending
}

// nothing reports whether nothing is left to do.
func (o *outcome) nothing() bool {
	return len(o.news)+len(o.took)+len(o.todo) == 0 && o.load == (eni.Load{}) && o.inline == nil
}

// record is the first half of a step: it passes the event to the lane, under the lock.
func (r *runner) record(event func(now time.Duration)) outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.client.alarms.now()
	event(now)
	r.reconcile(now)
	if r.lane.Pending() == 0 {
		r.rows[changing] = row{} // no claim is left that the backoff is for
		if len(r.watchers) == 0 {
			r.asker = nil
			if !r.awaitsDescribe {
				r.rows[describing] = row{}
			}
		}
	}
	o := outcome{news: r.lane.News(), took: r.lane.Took(), load: r.load(), todo: r.todo, inline: r.inline}
	r.todo, r.inline = nil, nil
	return o
}

// follow is the second half of a step. It returns the next event for the lane, or nil.
func (r *runner) follow(op *operation, o outcome) (next func(now time.Duration)) {
	if o.load == (eni.Load{}) {
		return r.finish(op, o)
	}
	finally(func() error { r.client.opts.OnLoad(o.load); return nil }, func(err error) {
		if err != nil {
			r.blame(op, o.news, err)
		}
		if errors.Is(err, errGoexit) {
			go func() { r.step(nil, r.finish(nil, o)) }()
			return
		}
		next = r.finish(op, o)
	})
	return next
}

// finish is the part of the second half after the load hook.
func (r *runner) finish(op *operation, o outcome) (next func(now time.Duration)) {
	for _, d := range o.took {
		r.client.effect.took(d)
	}
	if len(o.news) > 0 {
		r.wake(o.news)
	}
	for _, do := range o.todo {
		do()
	}
	switch {
	case o.inline == nil:
		return nil
	case op != nil && len(o.inline.change.Calls) == 1 && o.inline.change.Calls[0] == op.call:
		return r.send(op, o.inline)
	default:
		go r.sendAway(o.inline)
		return nil
	}
}

// wake wakes the callers that wait for these calls.
func (r *runner) wake(news []*lane.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, call := range news {
		operationOf(call).wake()
	}
}

// blame gives a panic of the load hook to the callers whose call or answer changed the
// load. If there are none it is logged.
func (r *runner) blame(op *operation, news []*lane.Call, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case op != nil:
		op.thrown = err
	case len(news) == 0:
		go r.client.logPanic(err)
	}
	for _, call := range news {
		operationOf(call).thrown = err
	}
}

// sendAway sends a change on its own goroutine.
func (r *runner) sendAway(s *sending) {
	grow(0)
	r.step(nil, r.send(nil, s))
}

// later registers a function to call at the end of the step, without the lock. It must
// not take long.
func (r *runner) later(do func()) { r.todo = append(r.todo, do) }

// reconcile starts what the lane wants and ends what it no longer wants, until both
// agree. The lock is held.
func (r *runner) reconcile(now time.Duration) {
	for {
		todo := r.lane.Next(now)
		if r.reconcilePermits(now, todo) {
			continue
		}
		if todo.Send != "" {
			r.take(now, todo.Send)
			continue
		}
		if todo.Abort {
			r.abort()
		}
		r.reconcileDescribe(todo)
		if todo.Task != nil {
			r.askForTask(now, todo.Task)
			continue
		}
		if todo.Judge != nil && !r.judging {
			r.askForVerdict(todo.Judge)
		}
		if todo.Wake < forever {
			r.client.alarms.put(&r.alarm, todo.Wake)
		} else {
			r.client.alarms.cancel(&r.alarm)
		}
		return
	}
}

// askForTask begins a task query for a change. The lock is held.
func (r *runner) askForTask(now time.Duration, ch *lane.Change) {
	r.lane.TaskAsked(now, ch)
	ctx, cancel := context.WithCancel(r.values())
	r.asking = append(r.asking, cancel)
	r.later(func() { go r.waitTask(ctx, ch) })
}

// askForVerdict begins to ask the user's policy about a conflict. The lock is held.
func (r *runner) askForVerdict(e *eni.Error) {
	r.judging = true
	r.later(func() { go r.judge(e) })
}

// values returns a context that never ends, with the values of a caller's context. The
// lock is held.
func (r *runner) values() context.Context {
	if r.asker == nil {
		return context.Background()
	}
	return context.WithoutCancel(r.asker)
}

// judge asks the user's policy about a conflict that the lane has found.
func (r *runner) judge(e *eni.Error) {
	clone := *e
	clone.Provider, clone.InterfaceID = r.client.cloud.Provider, r.id
	v := r.verdict(changing, &clone)
	r.step(nil, func(now time.Duration) {
		if r.judging = false; thrown(&clone) {
			e.Err = clone.Err // the callers that get the conflict also get the panic
		}
		r.lane.Judged(now, v)
	})
}
