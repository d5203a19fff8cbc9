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

// runner runs the lane of one interface. It tells the lane what happened, and does
// what the lane wants: it asks limiters for permits, sends changes, describes the
// interface, asks for tasks and sets the alarm. It knows no rule.
//
// Every event is one step: under the runner's lock the lane is told, and what it
// wants is compared with what is under way; then, without the lock, what may take
// long or runs code of the user's is done. An interface that waits holds no
// goroutine.
type runner struct {
	client *Client
	id     string
	users  int // who uses it without its lock; the client's lock guards it
	place  int // in the client's list; likewise

	mu         sync.Mutex
	lane       *lane.Lane
	alarm      alarm
	permits    [len(lane.Actions)]*permit
	asked      *question            // the description that has not begun
	describing []*question          // those that have
	asking     []context.CancelFunc // end the questions for tasks
	air        *sending             // the change in the air
	judging    bool
	looking    bool                   // somebody waits for a description, as the lane last said
	unsent     string                 // what the latest request for a change waited for, where it did not leave
	failure    failure                // the latest of a description or a task query
	watchers   map[chan struct{}]bool // who waits for accepted changes
	rows       [exchanges]row         // of requests that fail; see policy.go
	reported   int                    // what the hook knows to be pending
	asker      context.Context        //nolint:containedctx // of the latest call or Wait; its values travel along with descriptions, for tracing
	todo       []func()               // what this step does without the lock
	inline     *sending               // what the caller whose step it is can do itself
}

// failure is why a description, or a question for a task, failed.
type failure struct {
	err   *eni.Error
	at    time.Duration
	retry bool // it is worth another one
}

func newRunner(c *Client, id string) *runner {
	r := &runner{client: c, id: id, lane: lane.New(&c.lane)}
	r.alarm.rings = r
	return r
}

// ring lets the lane go on with what waits for a time.
func (r *runner) ring() { r.step(nil, r.lane.Tick) }

// idle reports whether the runner can be forgotten.
func (r *runner) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lane.Idle(r.client.alarms.now()) && r.asked == nil
}

// step tells the lane one thing and does what it wants then. With an operation,
// the step runs on the goroutine of its caller, who then also sends those changes
// that nobody else has anything aboard of.
func (r *runner) step(op *operation, tell func(now time.Duration)) {
	for tell != nil {
		tell = r.follow(op, r.tell(tell))
	}
}

// outcome is what is left to do of a step when its lock is released.
type outcome struct {
	news []*lane.Call
	took []time.Duration
	load eni.Load
	todo []func()
	own  *sending
}

// nothing reports whether nothing is left to do.
func (o *outcome) nothing() bool {
	return len(o.news)+len(o.took)+len(o.todo) == 0 && o.load == (eni.Load{}) && o.own == nil
}

// tell is the first half of a step: it tells the lane, under the lock.
func (r *runner) tell(event func(now time.Duration)) outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.client.alarms.now()
	event(now)
	r.reconcile(now)
	if r.lane.Pending() == 0 {
		r.rows[changing] = row{} // nobody is left whose pauses grow
		if len(r.watchers) == 0 {
			r.asker = nil
			if !r.looking {
				r.rows[describing] = row{}
			}
		}
	}
	o := outcome{news: r.lane.News(), took: r.lane.Took(), load: r.load(), todo: r.todo, own: r.inline}
	r.todo, r.inline = nil, nil
	return o
}

// follow is the second half of a step. It returns what the lane is to be told
// next, if anything.
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

// finish does what is left to do of a step when the hook has been told.
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
	case o.own == nil:
		return nil
	case op != nil && len(o.own.change.Calls) == 1 && o.own.change.Calls[0] == op.call:
		return r.send(op, o.own)
	default:
		go r.sendAway(o.own)
		return nil
	}
}

// wake tells those who wait for calls that there is news.
func (r *runner) wake(news []*lane.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, call := range news {
		operationOf(call).wake()
	}
}

// blame makes those callers meet what the load hook threw whose coming or whose
// answer it was told of.
func (r *runner) blame(op *operation, news []*lane.Call, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case op != nil:
		op.thrown = err
	case len(news) == 0:
		go r.client.unheard(err)
	}
	for _, call := range news {
		operationOf(call).thrown = err
	}
}

// sendAway sends a change on a goroutine of its own.
func (r *runner) sendAway(s *sending) {
	grow(0)
	r.step(nil, r.send(nil, s))
}

// later has something done without the lock, at the end of the step. It must not
// take long.
func (r *runner) later(do func()) { r.todo = append(r.todo, do) }

// reconcile compares what the lane wants with what is under way, until they agree.
// The lock is held.
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

// askForTask begins to ask for the task of a change. The lock is held.
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

// values is a context that never ends, with the values of a caller's. The lock is
// held.
func (r *runner) values() context.Context {
	if r.asker == nil {
		return context.Background()
	}
	return context.WithoutCancel(r.asker)
}

// judge asks the user's policy about a conflict that the lane has found.
func (r *runner) judge(e *eni.Error) {
	own := *e
	own.Provider, own.InterfaceID = r.client.cloud.Provider, r.id
	v := r.verdict(changing, &own)
	r.step(nil, func(now time.Duration) {
		if r.judging = false; thrown(&own) {
			e.Err = own.Err // whoever is told of the conflict meets the panic
		}
		r.lane.Judged(now, v)
	})
}
