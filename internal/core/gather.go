package core

import (
	"context"
	"time"
)

// Callers come in crowds: all at once when a node goes away, or back one after
// another, each with its next address, when a change is done. A lane that took
// its queue at once would send a small change and then a large one in turn, and
// twice as many as need be.
const (
	// crowded is how close behind another that is still under way a call must come
	// for its new lane to wait, for as long, for those who come at the same time. A
	// call that comes alone waits for nobody.
	crowded = time.Millisecond

	// A lane waits for the callers of its last change to come back for a part of
	// the time that the change took.
	patiencePart = 8
	leastWait    = time.Millisecond
	mostWait     = 50 * time.Millisecond
)

// gathering is what a lane waits for before it takes its queue.
type gathering struct {
	wishes   int           // enough to go on
	patience time.Duration // the longest wait
	complete chan struct{} // closed when there are enough; nil while nobody waits
}

// expect makes the lane wait for the callers of an accepted change to come back,
// beside those who are there. The lane is locked.
func (l *lane) expect(f *flight) {
	took := f.accepted.Sub(f.sent)
	l.usual = gathering{
		wishes:   min(len(l.queue)+len(f.wishes), l.client.cloud.PerChange),
		patience: min(max(took/patiencePart, leastWait), mostWait),
	}
	if f.receipt.TaskID != "" {
		l.usual.patience = mostWait // the change has only begun
	}
	l.company = l.usual
	l.until = f.accepted.Add(l.usual.patience)
}

// gather waits for the company that the lane expects, if it does, and reports
// whether anybody is left. It has wishes of its own meanwhile: without any, the
// loop has ended and only the expectation is left, for the patience's length.
func (l *lane) gather(ctx context.Context) bool {
	l.mu.Lock()
	g := l.company
	l.company = gathering{}
	if len(l.queue) == 0 || len(l.queue) >= g.wishes {
		l.mu.Unlock()
		return ctx.Err() == nil
	}
	g.complete = make(chan struct{})
	l.company = g
	l.mu.Unlock()
	timer := time.NewTimer(g.patience)
	defer timer.Stop()
	select {
	case <-g.complete:
	case <-timer.C:
	case <-ctx.Done():
	}
	l.mu.Lock()
	l.company = gathering{}
	l.mu.Unlock()
	return ctx.Err() == nil
}

// counted lets the loop go on when enough have come. The lane is locked.
func (l *lane) counted() {
	g := &l.company
	if g.complete != nil && len(l.queue) >= g.wishes {
		close(g.complete)
		g.complete = nil
	}
}
