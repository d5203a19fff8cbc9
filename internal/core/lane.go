package core

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// remember is how long a lane without wishes remembers a change that nobody has
// seen settle, so that the next wish waits for it instead of meeting a conflict.
const remember = 30 * time.Second

// sweepEvery is how often lanes that are of no use any more are forgotten.
const sweepEvery = time.Second

// few is how many wishes are looked through; more have an index.
const few = 16

// changeLife is how long after its answer was lost a change may take effect.
const changeLife = time.Minute

// lookAgain is how long after another the looks are that wait for a change whose
// answer was lost.
const lookAgain = 100 * time.Millisecond

// lane reconciles the wishes for one interface, one change at a time. It exists
// while there are wishes, or a change of ours is known to be under way.
type lane struct {
	client *Client
	id     string

	mu      sync.Mutex
	running bool               // the loop runs; it does while there are wishes
	queue   []*wish            // in the order of arrival; a wish stays until it is decided
	index   map[target]*wish   // the queue's, where it is long
	sending *flight            // the change whose answer is awaited
	last    *flight            // the accepted change that must settle before the next is sent
	pause   time.Time          // nothing is sent before
	backoff eni.Backoff        // of the changes put back in a row; nil after one that went through
	before  snapshot           // what was there; the loop's own
	asked   time.Time          // when the head asked for its turn; the loop's own
	told    eni.Load           // what the hook knows of the lane's load
	company gathering          // whom to wait for before the next change
	usual   gathering          // what the last change made of that
	until   time.Time          // how long the lane is kept without wishes
	cancel  context.CancelFunc // ends what the loop is waiting for
}

// wish is one end state that callers want, and who they are.
type wish struct {
	target target
	claims []claim

	queued time.Time  // since when it waits: its call, or the answer before
	since  time.Time  // when it first asked for a turn
	sent   bool       // some change has carried it
	unsure bool       // look before it is sent (again): an answer was lost, or it is a detach
	lost   bool       // the answer to a change that carried it was lost
	lostAt time.Time  // when that was last so, also when it is there all the same
	partly bool       // a batch with it was refused, and may have been carried out in part
	alone  bool       // travels alone: a batch with it was refused for no visible reason
	word   *eni.Error // the cloud's last word on it
}

// claim is one caller's share of a wish.
type claim struct {
	call  *call
	item  int
	tries int // changes that carried it and had to be put back
}

// flight is one change on its way: first sent, then accepted, then settled.
type flight struct {
	change Change
	wishes []*wish
	room   [1]*wish // for the wishes, as long as they are one
	left   []*call  // travelled in it, and have gone before its answer

	queued   time.Duration // how long its head had waited before it asked for its turn
	asked    time.Time
	receipt  Receipt
	sent     time.Time
	accepted time.Time
	claims   []claim // who waits for it to settle
	looked   time.Time
	seen     string // what the last look saw, for the error of a wait that ends
	settled  bool
	foreign  bool          // somebody else's: none of ours was accepted
	over     chan struct{} // closed when it has settled; nil until somebody waits

	ask time.Time // when the task is asked for again

	// For a detach that is stuck.
	patience time.Duration // until it is sent again
	again    time.Time     // when it is sent again
	resent   int
}

// run is the loop: settle what went before, look where an answer is missing,
// pace, take, send, explain, and settle, put back or look.
func (l *lane) run() {
	grow(0)
	for {
		ctx, head, ok := l.head()
		l.tell()
		if !ok {
			return
		}
		if l.clear(ctx) && l.gather(ctx) && l.sure(ctx, head) && l.paced(ctx, head) {
			if f := l.take(head.target.action); f != nil {
				l.conclude(ctx, f, l.client.send(ctx, l, f, f.callers))
			}
		}
		l.cancel()
	}
}

// head returns the wish whose turn it is, and a context for its turn that ends
// when nobody waits any more. Without a wish the lane ends.
func (l *lane) head() (context.Context, *wish, bool) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.running, l.queue, l.index, l.cancel = false, nil, nil, nil
		l.leave()
		return nil, nil, false
	}
	head := l.queue[0]
	// The values of one caller's context travel along, for tracing.
	ctx, cancel := context.WithCancel(context.WithoutCancel(head.claims[0].call.ctx))
	l.cancel = cancel
	return ctx, head, true
}

// leave takes the lane off the map when a lane without wishes has nothing to tell
// the next one: whom to wait for, or which change is still under way. Otherwise it
// leaves that to the sweep. Both locks are held.
func (l *lane) leave() {
	if l.running || l.client.lanes[l.id] != l {
		return
	}
	now := time.Now()
	switch {
	case l.last == nil:
	case l.last.settled:
		// Those who waited for that come back now.
		l.last, l.until = nil, now.Add(l.usual.patience)
	default:
		l.until = l.last.accepted.Add(remember)
	}
	if now.Before(l.until) {
		l.client.sweepLater()
		return
	}
	delete(l.client.lanes, l.id)
}

// sweepLater sees to it that lanes that are of no use any more are forgotten. The
// client's lock is held.
func (c *Client) sweepLater() {
	if !c.sweeping {
		c.sweeping = true
		time.AfterFunc(sweepEvery, c.sweep)
	}
}

// sweep forgets the lanes that are of no use any more.
func (c *Client) sweep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sweeping = false
	for _, l := range c.lanes {
		l.mu.Lock()
		l.leave()
		l.mu.Unlock()
	}
}

// add queues the call's wishes, each behind the same wish of an earlier caller
// where there is one.
func (l *lane) add(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.lane = l
	for i, it := range c.items {
		w := l.find(it.target)
		if w == nil {
			// A detach is looked at first: it must not touch an interface that
			// has moved on, and what is so already costs no change.
			w = &wish{target: it.target, queued: c.began, unsure: it.target.action == Detach}
			l.push(w)
		} else if l.sending != nil && slices.Contains(l.sending.wishes, w) {
			c.attempts++
		}
		w.claims = append(w.claims, claim{call: c, item: i})
	}
	if l.running {
		l.counted()
		return
	}
	l.running = true
	if l.usual.wishes > 1 {
		l.company = l.usual // they were many the last time
	}
	go l.run()
}

// find returns the wish for a target, or nil. The lane is locked.
func (l *lane) find(t target) *wish {
	if l.index != nil {
		return l.index[t]
	}
	for _, w := range l.queue {
		if w.target == t {
			return w
		}
	}
	return nil
}

// push puts a wish at the end of the queue. The lane is locked.
func (l *lane) push(w *wish) {
	l.queue = append(l.queue, w)
	switch {
	case l.index != nil:
		l.index[w.target] = w
	case len(l.queue) > few:
		l.index = make(map[target]*wish)
		for _, w := range l.queue {
			l.index[w.target] = w
		}
	}
}

// withdraw takes a call out whose context has ended, and ends what the loop
// waits for when nobody else waits for it.
func (l *lane) withdraw(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sending != nil && slices.Contains(l.sending.callers(), c) {
		l.sending.left = append(l.sending.left, c)
	}
	words := make(map[*eni.Error]*eni.Error)
	for _, w := range slices.Clone(l.queue) {
		for _, cl := range w.claims {
			if cl.call != c {
				continue
			}
			if words[w.word] == nil {
				words[w.word] = ended(c.ctx, w.word)
			}
			c.decide(cl.item, l.outcome(w), words[w.word])
		}
		w.claims = slices.DeleteFunc(w.claims, func(cl claim) bool { return cl.call == c })
		if len(w.claims) == 0 {
			l.drop(w)
		}
	}
	waiting := l.queue
	if l.sending != nil {
		waiting = l.sending.wishes
	}
	if l.cancel != nil && !slices.ContainsFunc(waiting, func(w *wish) bool { return len(w.claims) > 0 }) {
		l.cancel()
	}
}

// outcome is what is known of a wish that is given up now. The lane is locked.
func (l *lane) outcome(w *wish) eni.Outcome {
	switch {
	case w.lost, w.partly, l.sending != nil && slices.Contains(l.sending.wishes, w):
		return eni.OutcomeUnknown
	case !w.lostAt.IsZero() && time.Since(w.lostAt) < changeLife:
		return eni.OutcomeUnknown // it may take effect yet
	case w.sent:
		return eni.OutcomeRefused
	default:
		return eni.OutcomeNotTried
	}
}

// gone is the outcome of a wish that is seen gone: a change whose answer was lost
// may have done that.
func (w *wish) gone() eni.Outcome {
	if w.lostAt.IsZero() {
		return eni.OutcomeAbsent
	}
	return eni.OutcomeReleased
}

// drop takes a wish out of the queue. The lane is locked.
func (l *lane) drop(w *wish) {
	l.queue = slices.DeleteFunc(l.queue, func(x *wish) bool { return x == w })
	if l.index[w.target] == w {
		delete(l.index, w.target)
	}
}

// close decides a wish for all its callers. The lane is locked.
func (l *lane) close(w *wish, outcome eni.Outcome, err *eni.Error) {
	for _, cl := range w.claims {
		cl.call.decide(cl.item, outcome, err)
	}
	w.claims = nil
	if err == nil {
		delete(l.before.there, w.target.prefix)
	}
	l.drop(w)
}

// clear waits out the pause after a change that was put back, and until an
// accepted change has settled, where the cloud would refuse another one before.
func (l *lane) clear(ctx context.Context) bool {
	l.mu.Lock()
	pause, last := time.Until(l.pause), l.last
	l.mu.Unlock()
	if sleep(ctx, pause) != nil {
		return false
	}
	if last == nil {
		return true
	}
	// After that time, or where looking is not possible, the cloud's own conflict
	// has to tell; the callers' budgets bound how often it is asked.
	bounded, cancel := context.WithDeadline(ctx, last.accepted.Add(remember))
	defer cancel()
	_ = l.client.await(bounded, l, []*flight{last}) //nolint:errcheck // see above
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() == nil {
		l.last = nil
	}
	return ctx.Err() == nil
}

// sure looks at the interface where the wish at the head must not be sent
// blindly, and decides what the look decides.
func (l *lane) sure(ctx context.Context, head *wish) bool {
	l.mu.Lock()
	unsure, several := head.unsure, len(l.queue) > 1 && head.target.action != Detach
	l.mu.Unlock()
	if !unsure {
		if several && time.Since(l.before.at) > trusted {
			l.before = l.client.snapshot(ctx, l.id)
		}
		return ctx.Err() == nil
	}
	i, err := l.client.looks.one(ctx, l.id)
	if ctx.Err() != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.unseen(err)
		return false
	}
	for _, w := range slices.Clone(l.queue) {
		if !w.unsure {
			continue
		}
		switch verdict, reason := judge(w.target, i); verdict {
		case gone:
			outcome := w.gone()
			if w.partly && l.before.there[w.target.prefix] {
				outcome = eni.OutcomeReleased
			}
			l.close(w, outcome, nil)
		case never:
			l.close(w, eni.OutcomeRefused, reason)
		case passing:
			l.waitOut([]*wish{w}, reason)
		default:
			l.resolve(w, i)
		}
	}
	return false // the head may have changed
}

// waitOut puts wishes back for a conflict that a look has shown. The lane is
// locked.
func (l *lane) waitOut(wishes []*wish, e *eni.Error) {
	for _, w := range wishes {
		w.unsure = w.unsure || w.target.action == Detach
	}
	if l.client.opts.Retry.Retryable(e) {
		l.retry(wishes, e)
		return
	}
	for _, w := range wishes {
		l.close(w, l.outcome(w), e)
	}
}

// vanish closes wishes whose interface does not exist. The lane is locked.
func (l *lane) vanish(wishes []*wish, e *eni.Error) {
	for _, w := range slices.Clone(wishes) {
		l.close(w, w.gone(), e)
	}
}

// resolve decides what becomes of a wish that a look has found open. The lane is
// locked.
func (l *lane) resolve(w *wish, i *eni.Interface) {
	_, tasks := l.client.cloud.Driver.(Tasks)
	switch {
	case w.lost && w.target.action == Detach && i.State == eni.StateDetaching:
		// It was accepted: only the answer was lost.
		l.settle(l.carrying(w))
	case w.lost && w.target.action != Detach && tasks && time.Since(w.lostAt) < l.client.usual.atMost():
		// It may be under way: sent again too soon, it would meet itself.
		l.pause = time.Now().Add(lookAgain)
	default:
		w.unsure, w.lost, w.partly = false, false, false
	}
}

// unseen deals with a look that failed. The lane is locked.
func (l *lane) unseen(err *eni.Error) {
	var unsure []*wish
	for _, w := range l.queue {
		if w.unsure {
			unsure = append(unsure, w)
		}
	}
	switch {
	case l.client.opts.Retry.Retryable(err):
		l.retry(unsure, err)
	case err.Kind == eni.ErrNotFound:
		l.vanish(l.queue, err)
	default:
		for _, w := range unsure {
			l.close(w, l.outcome(w), err)
		}
	}
}

// paced waits for the turn to send a change for the wish at the head. Callers
// whose context would end before are told at once.
func (l *lane) paced(ctx context.Context, head *wish) bool {
	l.asked = time.Now()
	pace := l.client.paces[string(head.target.action)]
	if !l.reached(pace.delay()) {
		return false
	}
	if head.since.IsZero() {
		head.since = l.asked
	}
	if pace.wait(ctx, head.since) != nil {
		return false
	}
	limiter := l.client.opts.Limiter
	if limiter == nil {
		return true
	}
	err := limiter.Wait(ctx)
	if err == nil || ctx.Err() != nil {
		return err == nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retry(slices.Clone(l.queue), &eni.Error{
		Kind: eni.ErrThrottled, Message: "Options.Limiter gave no permit: " + err.Error(), Err: err,
	})
	return false
}

// reached tells the callers whose context would end within the delay that there
// will be no turn for them, and reports whether any others are left.
func (l *lane) reached(delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	turn := time.Now().Add(delay)
	words := make(map[*eni.Error]*eni.Error) // one error for all wishes with the same last word
	for _, w := range slices.Clone(l.queue) {
		w.claims = slices.DeleteFunc(w.claims, func(cl claim) bool {
			deadline, ok := cl.call.ctx.Deadline()
			if !ok || deadline.After(turn) {
				return false
			}
			if words[w.word] == nil {
				words[w.word] = tooLate(delay, w.word)
			}
			cl.call.decide(cl.item, l.outcome(w), words[w.word])
			return true
		})
		if len(w.claims) == 0 {
			l.drop(w)
		}
	}
	return len(l.queue) > 0
}

// take decides, at the last moment, what goes into the next change: the wish at
// the head and all that can travel with it. It returns nil when the head is not
// of the action that the turn is for, or has to be looked at first, or all have left.
func (l *lane) take(action Action) *flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 || l.queue[0].unsure || l.queue[0].target.action != action {
		return nil
	}
	head := l.queue[0]
	f := l.carrying(head)
	f.asked, f.queued = l.asked, max(l.asked.Sub(head.queued), 0)
	for _, w := range l.queue[1:] {
		if head.alone || len(f.wishes) == l.client.cloud.PerChange {
			break
		}
		if w.target.travelsWith(head.target) && !w.alone && !w.unsure {
			f.wishes = append(f.wishes, w)
		}
	}
	for _, w := range f.wishes {
		switch p := w.target.prefix; {
		case w.target.action == Detach:
		case p.IsSingleIP():
			f.change.Addresses = append(f.change.Addresses, p.Addr())
		default:
			f.change.Prefixes = append(f.change.Prefixes, p)
		}
	}
	l.sending = f
	return f
}

// carrying is a flight for a wish.
func (l *lane) carrying(w *wish) *flight {
	f := &flight{change: Change{
		Action: w.target.action, InterfaceID: l.id,
		InstanceID: w.target.instance, TrunkInterfaceID: w.target.trunk,
	}}
	f.wishes = append(f.room[:0], w)
	return f
}

// callers lists the calls that have something in a flight that is being sent,
// each once.
func (f *flight) callers() []*call {
	var calls []*call
	for _, w := range f.wishes {
		calls = callsOf(calls, w.claims)
	}
	return calls
}

// crew lists the calls that wait for a flight to settle, each once.
func (f *flight) crew() []*call { return callsOf(nil, f.claims) }

func callsOf(calls []*call, claims []claim) []*call {
	for _, cl := range claims {
		if !slices.Contains(calls, cl.call) {
			calls = append(calls, cl.call)
		}
	}
	return calls
}

// send sends the change and returns the explained error. The calls are those that
// have something in it, asked for under the lock, because callers join and leave.
func (c *Client) send(ctx context.Context, l *lane, f *flight, calls func() []*call) *eni.Error {
	f.sent = time.Now()
	action := string(f.change.Action)
	e := c.request(ctx, c.paces[action], action, l.id, func(request context.Context) (err error) {
		l.count(calls, +1)
		f.receipt, err = c.cloud.Driver.Send(request, f.change)
		if f.receipt.NotSent {
			l.count(calls, -1)
		}
		return err
	})
	if e != nil && f.receipt.RequestID == "" {
		f.receipt.RequestID = e.RequestID
	}
	l.mu.Lock()
	aboard := calls()
	for _, call := range aboard {
		if f.receipt.RequestID != "" {
			call.requestIDs = append(call.requestIDs, f.receipt.RequestID)
		}
	}
	aboard = append(aboard, f.left...)
	l.mu.Unlock()
	c.report(ctx, f, aboard, e)
	return e
}

// count adds to the attempts of the calls.
func (l *lane) count(calls func() []*call, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, call := range calls() {
		call.attempts += n
	}
}

// conclude deals with the answer to a change.
func (l *lane) conclude(ctx context.Context, f *flight, e *eni.Error) {
	l.mu.Lock()
	l.sending = nil
	for _, w := range f.wishes {
		if len(w.claims) == 0 { // nobody is left to learn whether this took it off
			delete(l.before.there, w.target.prefix)
		}
	}
	if ctx.Err() != nil {
		// All its callers have left, and took the wishes with them.
		l.mu.Unlock()
		return
	}
	if e == nil {
		l.settle(f)
		l.mu.Unlock()
		return
	}
	answered := time.Now()
	for _, w := range f.wishes {
		w.word, w.queued = e, answered
		w.sent = w.sent || !f.receipt.NotSent
	}
	next := l.client.after(e)
	if next == resend && f.receipt.NotSent {
		next = putBack
	}
	switch next {
	case putBack:
		l.retry(f.wishes, e)
	case resend:
		for _, w := range f.wishes {
			w.unsure, w.lost, w.lostAt = true, true, time.Now()
		}
		first := l.backoff == nil
		if l.retry(f.wishes, e); first {
			// A connection breaks now and then: one look, and on with it.
			l.pause = time.Time{}
		}
	case examine:
		unconfirmed := unconfirmed(e)
		for _, w := range f.wishes {
			w.word, w.partly = unconfirmed, len(f.wishes) > 1 && partial[e.Kind]
		}
		l.mu.Unlock()
		l.examine(ctx, f, e)
		return
	case fail:
		calls := f.callers()
		for _, w := range f.wishes {
			if !f.receipt.NotSent && e.Kind == eni.ErrUnavailable {
				w.lost, w.lostAt = true, answered
			}
			l.close(w, l.outcome(w), e)
		}
		if account[e.Kind] {
			l.abandon(calls, e, func(target) bool { return true })
		}
	}
	l.mu.Unlock()
}

// settle closes the wishes of an accepted change and lets their callers wait for
// it to take effect. The lane is locked.
func (l *lane) settle(f *flight) {
	l.backoff = nil
	f.accepted = time.Now()
	f.patience = l.client.cloud.StuckAfter
	f.again = f.accepted.Add(f.patience)
	for _, c := range f.callers() {
		c.flights = append(c.flights, f)
	}
	for _, w := range f.wishes {
		if f.claims == nil {
			f.claims = w.claims // the wish gives them up
		} else {
			f.claims = append(f.claims, w.claims...)
		}
		l.close(w, eni.OutcomeAccepted, nil)
	}
	if f.change.Action != Detach {
		l.expect(f)
	}
	if _, tasks := l.client.cloud.Driver.(Tasks); tasks || f.change.Action == Detach {
		l.last = f
	}
}

// retry puts wishes back and sets the pause before the next change. Callers
// whose budget does not reach that far are told now. The lane is locked.
func (l *lane) retry(wishes []*wish, e *eni.Error) {
	if l.backoff == nil {
		l.backoff = l.client.opts.Retry.Backoff()
	}
	pause := l.backoff.NextBackOff()
	if pause >= 0 && e.Kind != eni.ErrConflict && len(wishes) > 0 {
		// In an outage the API's stock of retries has the last word.
		pause = max(pause, l.client.paces[string(wishes[0].target.action)].retry())
	}
	var spent []*call
	for _, w := range slices.Clone(wishes) {
		w.word = e
		outcome := l.outcome(w)
		w.claims = slices.DeleteFunc(w.claims, func(cl claim) bool {
			if pause >= 0 && !l.client.spent(cl.tries+1, cl.call.began, pause) {
				return false
			}
			cl.call.decide(cl.item, outcome, e)
			spent = append(spent, cl.call)
			return true
		})
		for i := range w.claims {
			w.claims[i].tries++
		}
		if len(w.claims) == 0 {
			l.drop(w)
		}
	}
	l.pause = time.Now().Add(max(pause, 0))
	if account[e.Kind] {
		l.abandon(spent, e, func(target) bool { return true })
	}
}

// abandon ends what else these calls want, as far as it matches, for a reason that
// holds for all of it. Nothing more is sent for it. The lane is locked.
func (l *lane) abandon(calls []*call, e *eni.Error, matches func(target) bool) {
	for _, w := range slices.Clone(l.queue) {
		if !matches(w.target) {
			continue
		}
		outcome := l.outcome(w)
		w.claims = slices.DeleteFunc(w.claims, func(cl claim) bool {
			if !slices.Contains(calls, cl.call) {
				return false
			}
			cl.call.decide(cl.item, outcome, e)
			return true
		})
		if len(w.claims) == 0 {
			l.drop(w)
		}
	}
}

// examine looks at the interface after a refusal that may depend on it: what is
// so already is settled, what can never be is refused, and the rest is sent
// again, one by one when nothing explains the refusal of a batch.
func (l *lane) examine(ctx context.Context, f *flight, e *eni.Error) {
	i, unseen := l.client.looks.one(ctx, l.id)
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	if unseen != nil {
		l.unexamined(f, e, unseen)
		return
	}
	for _, w := range f.wishes {
		w.partly = false
	}
	calls := f.callers()
	open := l.sift(f, i, e)
	switch {
	case len(open) == 0:
	case f.change.Action == Detach && i.State == eni.StateDetaching:
		// Somebody's detach is under way: it serves as well as ours.
		f.wishes, f.foreign = open, open[0].lostAt.IsZero()
		l.settle(f)
	case len(open) < len(f.wishes):
		// The others explain the refusal.
	case len(f.wishes) > 1 && spoils[e.Kind]:
		for _, w := range open {
			w.alone = true
		}
	case e.Kind == eni.ErrNotAssigned, e.Kind == eni.ErrNotFound:
		l.waitOut(open, contradiction(e))
	case e.Kind == eni.ErrState && passes(i.State):
		passing := *e
		passing.Kind = eni.ErrConflict
		l.waitOut(open, &passing)
	default:
		for _, w := range open {
			l.close(w, l.outcome(w), e)
		}
		if e.Kind == eni.ErrUnsupported {
			l.abandon(calls, e, f.sameForm)
		}
	}
}

// sameForm reports whether a target would be sent in the same form as the change.
func (f *flight) sameForm(t target) bool {
	return t.action == f.change.Action && t.prefix.IsSingleIP() == (len(f.change.Addresses) > 0)
}

// unexamined deals with a refusal after which the look failed too. The lane is
// locked.
func (l *lane) unexamined(f *flight, e, unseen *eni.Error) {
	switch {
	case unseen.Kind == eni.ErrNotFound:
		if e.Kind == eni.ErrNotFound || e.Kind == eni.ErrInvalid || e.Kind == eni.ErrUnknown {
			named := *e // the cloud's own words say more
			named.Kind, unseen = eni.ErrNotFound, &named
		}
		l.vanish(l.queue, unseen)
	case l.client.opts.Retry.Retryable(unseen):
		for _, w := range f.wishes {
			w.unsure = true
		}
		l.retry(f.wishes, unseen)
	default:
		if e.Kind == eni.ErrNotFound || e.Kind == eni.ErrNotAssigned {
			e = unseen // nobody has seen that it is so
		}
		for _, w := range f.wishes {
			l.close(w, l.outcome(w), e)
		}
	}
}

// sift closes those wishes of a refused change that the look decides, and
// returns the others. The lane is locked.
func (l *lane) sift(f *flight, i *eni.Interface, e *eni.Error) []*wish {
	var open, away []*wish
	for _, w := range f.wishes {
		switch verdict, reason := judge(w.target, i); verdict {
		case gone:
			away = append(away, w)
		case never:
			l.close(w, eni.OutcomeRefused, reason)
		default:
			open = append(open, w)
		}
	}
	for _, w := range away {
		l.close(w, leftBy(w, f, e, l.before, len(open) == 0), nil)
	}
	return open
}
