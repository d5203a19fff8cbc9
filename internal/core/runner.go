package core

import (
	"context"
	"slices"
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

	mu         sync.Mutex
	lane       *lane.Lane
	alarm      alarm
	permits    [len(lane.Actions)]*permit
	asked      *question            // the description that has not begun
	describing []*question          // those that have
	asking     []context.CancelFunc // end the questions for tasks
	air        *sending             // the change in the air
	judging    bool
	failure    failure         // the latest of a description or a task query
	watchers   []chan struct{} // who waits for accepted changes
	backoff    eni.Backoff     // of the changes requeued in a row; nil after one that went through
	reported   eni.Load        // what the hook knows
	todo       []func()        // what this step does without the lock
	inline     *sending        // what the caller whose step it is can do itself
}

// failure is why a description, or a question for a task, failed.
type failure struct {
	err   *eni.Error
	at    time.Duration
	retry bool // it is worth another one
}

func newRunner(c *Client, id string) *runner {
	r := &runner{client: c, id: id, lane: lane.New(&c.lane)}
	r.alarm.run = func() { r.step(nil, r.lane.Tick) }
	return r
}

// idle reports whether the runner can be forgotten.
func (r *runner) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lane.Idle(r.client.alarms.now()) && r.asked == nil
}

// ages reports whether what waits for a permit that is near has to be described
// before it comes.
func (r *runner) ages() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lane.Ages(r.client.alarms.now() + near)
}

// step tells the lane one thing and does what it wants then. With an operation,
// the step runs on the goroutine of its caller, who then also sends those changes
// that nobody else has anything aboard of.
func (r *runner) step(op *operation, tell func(now time.Duration)) {
	for tell != nil {
		r.mu.Lock()
		now := r.client.alarms.now()
		tell(now)
		r.reconcile(now)
		news, took := r.lane.News(), r.lane.Took()
		todo, own := r.todo, r.inline
		r.todo, r.inline = nil, nil
		r.mu.Unlock()

		for _, d := range took {
			r.client.effect.took(d)
		}
		for _, call := range news {
			call.Owner.(*operation).tell() //nolint:forcetypeassert,errcheck // every call has its operation
		}
		r.load()
		for _, do := range todo {
			do()
		}
		switch {
		case own == nil:
			return
		case op != nil && len(own.change.Calls) == 1 && own.change.Calls[0] == op.call:
			tell = r.send(op, own)
		default:
			go r.sendAway(own)
			return
		}
	}
}

// sendAway sends a change on a goroutine of its own.
func (r *runner) sendAway(s *sending) {
	grow(0)
	r.step(nil, r.send(nil, s))
}

// later has something done without the lock, at the end of the step.
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
			r.lane.TaskAsked(now, todo.Task)
			ctx, cancel := context.WithCancel(context.Background())
			r.asking = append(r.asking, cancel)
			r.later(func() { go r.askTask(ctx, todo.Task) })
			continue
		}
		if todo.Judge != nil && !r.judging {
			r.judging = true
			r.later(func() { r.judge(todo.Judge) })
		}
		if todo.Wake < forever {
			r.client.alarms.put(&r.alarm, todo.Wake)
		} else {
			r.client.alarms.cancel(&r.alarm)
		}
		return
	}
}

// reconcileDescribe asks for a description, or takes the question back. The lock
// is held.
func (r *runner) reconcileDescribe(todo lane.Todo) {
	switch {
	case todo.Describe && r.asked == nil:
		r.asked = r.question()
		r.client.describes.ask(r.asked)
		r.later(r.client.describes.kick)
	case !todo.Describe && r.asked != nil:
		r.client.describes.leave(r.asked)
		r.asked = nil
	}
	if !todo.Looking {
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
	r.describing = slices.DeleteFunc(r.describing, func(q *question) bool {
		if q.shared || q.polled {
			return false
		}
		r.client.describes.leave(q)
		r.lane.Dropped(q.begun)
		return true
	})
}

// question is a question about the interface whose answer the lane is told.
func (r *runner) question() *question {
	q := &question{id: r.id, ctx: context.Background()}
	q.began = func() {
		r.step(nil, func(now time.Duration) {
			if r.asked == q {
				r.asked = nil
			}
			q.begun = r.lane.Began(now)
			r.describing = append(r.describing, q)
		})
	}
	q.done = func(answer description) {
		var v lane.Verdict
		if answer.err != nil {
			answer.err = r.named(answer.err)
			first := r.first()
			if v = r.verdict(answer.err); first && v.Retry && answer.err.Kind == eni.ErrUnavailable {
				v.Pause = min(v.Pause, 0) // a connection breaks now and then
			}
		}
		r.step(nil, func(now time.Duration) {
			if !r.endDescribing(q) {
				return // it was given up meanwhile
			}
			switch {
			case answer.err != nil:
				r.fail(now, answer.err, v)
				r.lane.Failed(now, q.begun, answer.err, v)
			case answer.shown == nil:
				r.lane.Missing(now, q.begun, r.missing())
			default:
				r.lane.Described(now, q.begun, answer.shown)
			}
		})
	}
	return q
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
func (r *runner) fail(now time.Duration, e *eni.Error, v lane.Verdict) {
	r.failure = failure{err: e, at: now, retry: v.Retry}
	for _, w := range r.watchers {
		select {
		case w <- struct{}{}:
		default: // it has not heard of the last news yet
		}
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

// verdict asks the user's policy about an error: whether another change is worth
// it, and after which pause.
func (r *runner) verdict(e *eni.Error) lane.Verdict {
	var v lane.Verdict
	err := guarded(func() error {
		if v.Retry = r.client.opts.Retry.Retryable(e); !v.Retry {
			return nil
		}
		// Each Backoff is used by one goroutine: whoever uses it takes it out.
		r.mu.Lock()
		b := r.backoff
		r.backoff = nil
		r.mu.Unlock()
		if b == nil {
			b = r.client.opts.Retry.Backoff()
		}
		v.Pause = b.NextBackOff()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.backoff = b
		return nil
	})
	if err != nil {
		v = lane.Verdict{}
		e.Err = err // whoever is told e meets the panic
	}
	return v
}

// judge asks the user's policy about a conflict that the lane has found.
func (r *runner) judge(e *eni.Error) {
	own := *e
	own.Provider, own.InterfaceID = r.client.cloud.Provider, r.id
	v := r.verdict(&own)
	if own.Err != e.Err {
		e.Err = own.Err
	}
	r.step(nil, func(now time.Duration) {
		r.judging = false
		r.lane.Judged(now, v)
	})
}
