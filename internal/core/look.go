package core

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// looks gathers questions about interfaces: while one look is under way, further
// questions queue, and the next look carries them together. A question never
// joins a look that has begun, which might show the time before it was asked.
type looks struct {
	client *Client

	mu      sync.Mutex
	began   time.Time   // the latest look
	waiting []*gathered // not begun, each with room except perhaps those before the last
	busy    bool        // a goroutine carries out looks

	deserted chan struct{} // holds one when nobody may be waiting any more
}

// spacing is the least time between the beginnings of two looks, in which those
// who ask gather. A question that comes when nothing has been asked for so long
// is carried out at once, or, where there are others who may ask at the same
// time, when these have had a moment to do so.
const spacing = 50 * time.Millisecond

// gathered is one look for all who ask.
type gathered struct {
	ids    []string
	askers int

	ctx    context.Context //nolint:containedctx // it ends when the last asker has left
	cancel context.CancelFunc

	done  chan struct{} // closed once the following are set
	found []eni.Interface
	err   *eni.Error
}

// one asks about one interface. One that does not exist is ErrNotFound.
func (l *looks) one(ctx context.Context, id string) (*eni.Interface, *eni.Error) {
	found, err := l.ask(ctx, []string{id})
	if err != nil {
		err.InterfaceID = id
		return nil, err
	}
	if len(found) == 0 {
		return nil, &eni.Error{
			Kind: eni.ErrNotFound, Provider: l.client.cloud.Provider, Op: Describe, InterfaceID: id,
			Message: "no such interface in this account and region",
		}
	}
	return &found[0], nil
}

// ask returns those of the interfaces that exist. The error is the caller's own.
func (l *looks) ask(ctx context.Context, ids []string) ([]eni.Interface, *eni.Error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var all []eni.Interface
	for chunk := range slices.Chunk(slices.Compact(ids), l.client.cloud.PerDescribe) {
		found, err := l.share(ctx, chunk)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (l *looks) share(ctx context.Context, ids []string) ([]eni.Interface, *eni.Error) {
	look := l.join(ctx, ids)
	select {
	case <-look.done:
	case <-ctx.Done():
		l.leave(look)
		e := ended(ctx, nil)
		e.Provider, e.Op = l.client.cloud.Provider, Describe
		return nil, e
	}
	if look.err != nil {
		e := *look.err
		return nil, &e
	}
	var found []eni.Interface
	for _, i := range look.found {
		if slices.Contains(ids, i.ID) {
			i.Addresses, i.Prefixes = slices.Clone(i.Addresses), slices.Clone(i.Prefixes)
			found = append(found, i)
		}
	}
	return found, nil
}

// join adds the question to a look that has not begun and has room for it.
func (l *looks) join(ctx context.Context, ids []string) *gathered {
	l.mu.Lock()
	defer l.mu.Unlock()
	var next *gathered
	if n := len(l.waiting); n > 0 {
		next = l.waiting[n-1]
	}
	if next == nil || len(next.ids)+len(ids) > l.client.cloud.PerDescribe {
		next = &gathered{done: make(chan struct{})}
		next.ctx, next.cancel = context.WithCancel(context.WithoutCancel(ctx))
		l.waiting = append(l.waiting, next)
	}
	next.askers++
	for _, id := range ids {
		if !slices.Contains(next.ids, id) {
			next.ids = append(next.ids, id)
		}
	}
	if !l.busy {
		l.busy = true
		go l.run()
	}
	return next
}

// leave takes an asker out, and ends a look that nobody waits for any more.
func (l *looks) leave(look *gathered) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if look.askers--; look.askers == 0 {
		look.cancel()
		l.waiting = slices.DeleteFunc(l.waiting, func(w *gathered) bool { return w == look })
		if len(l.waiting) == 0 {
			select {
			case l.deserted <- struct{}{}:
			default:
			}
		}
	}
}

// run carries out look after look until nobody asks.
func (l *looks) run() {
	for l.spaced() {
		l.mu.Lock()
		if len(l.waiting) == 0 {
			l.mu.Unlock()
			continue
		}
		look := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.began = time.Now()
		l.mu.Unlock()

		look.found, look.err = l.client.describe(look.ctx, look.ids)
		look.cancel()
		close(look.done)
	}
}

// spaced waits until the next look may begin, and reports whether anybody waits
// for it. The goroutine ends where nobody does.
func (l *looks) spaced() bool {
	l.mu.Lock()
	if l.busy = len(l.waiting) > 0; !l.busy {
		l.mu.Unlock()
		return false
	}
	early := spacing - time.Since(l.began)
	l.mu.Unlock()
	if early <= 0 && l.client.several() {
		early = crowded
	}
	if early > 0 {
		timer := time.NewTimer(early)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-l.deserted: // look again who is there
		}
	}
	return true
}

// describe sends one look. Where the cloud refuses a whole request for one id
// that does not exist, it takes the request apart until the others are known.
func (c *Client) describe(ctx context.Context, ids []string) ([]eni.Interface, *eni.Error) {
	var found []eni.Interface
	if err := c.paces[Describe].wait(ctx, time.Now()); err != nil {
		return nil, ended(ctx, nil)
	}
	e := c.request(ctx, c.paces[Describe], Describe, "", func(request context.Context) (err error) {
		found, err = c.cloud.Driver.Describe(request, ids)
		return err
	})
	if e == nil || e.Kind != eni.ErrNotFound {
		return found, e
	}
	if len(ids) == 1 {
		return nil, nil
	}
	half := len(ids) / 2
	found, e = c.describe(ctx, ids[:half])
	if e != nil {
		return nil, e
	}
	rest, e := c.describe(ctx, ids[half:])
	return append(found, rest...), e
}
