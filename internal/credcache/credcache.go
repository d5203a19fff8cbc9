// SPDX-License-Identifier: Apache-2.0

// Package credcache fetches credentials for the drivers of all clouds: one fetch at
// a time, shared by all who wait for it, under each caller's context, which the
// vendors' interfaces do not take.
package credcache

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// reuseAfterFailure is how long credentials are used after the source last
	// returned them, where it then fails. The vendors' providers return only what is
	// valid for another 180 seconds or more; the difference is for the request itself.
	reuseAfterFailure = 150 * time.Second

	// failureInterval keeps a failing source from being asked for each request while
	// earlier credentials can still be used.
	failureInterval = 5 * time.Second
)

// ErrNone is the error of a source that returned no credentials.
var ErrNone = errors.New("the provider returned no credentials")

var errGoexit = errors.New("the provider ended its goroutine with runtime.Goexit")

// Source is where credentials come from.
type Source struct {
	Name string // for errors

	// Load returns the credentials of now. It need not be safe for concurrent use.
	Load func() (Set, error)

	// Static says that Load answers at once, so that each caller calls it by itself.
	// It is then called concurrently.
	Static bool

	// Reset, where set, is called before a Load that follows expired credentials: a
	// source that keeps what it once found is to search again.
	Reset func()
}

// Cache fetches credentials from a source. It is safe for concurrent use.
type Cache struct {
	source Source
	names  Names

	mu       sync.Mutex
	fetching *fetch    // nil where none is in progress
	last     Set       // zero until the first success, and after it has expired
	lastAt   time.Time // when the source returned last
	failedAt time.Time // of the latest failure; zero after a success
}

// New makes a cache. The names are those of the fields, for errors.
func New(source Source, names Names) *Cache { return &Cache{source: source, names: names} }

// SourceName is the name of the source.
func (c *Cache) SourceName() string { return c.source.Name }

// Get returns the credentials to sign a request with. Its error is that of ctx, a
// [*MalformedError], [ErrNone] or the source's. A fetch may go on after its callers
// have departed; later callers share its result.
func (c *Cache) Get(ctx context.Context) (Set, error) {
	if err := ctx.Err(); err != nil {
		return Set{}, err
	}
	if c.source.Static {
		return c.load()
	}
	return c.join(nil).wait(ctx)
}

// Renew reports whether there are other credentials than those that have expired.
func (c *Cache) Renew(ctx context.Context, expired Set) bool {
	f := c.join(&expired)
	set, err := f.wait(ctx)
	if !f.renewal {
		// That fetch was in progress already, perhaps since before there were other
		// credentials. Where it brought none, the next one may.
		set, err = c.join(&expired).wait(ctx)
	}
	return err == nil && set != expired
}

// fetch is one Load. Its results are set before done is closed, and only read after
// that.
type fetch struct {
	renewal  bool // started because the credentials before it had expired
	done     chan struct{}
	set      Set
	err      error
	panicked any // what the source panicked with
}

func (f *fetch) wait(ctx context.Context) (Set, error) {
	select {
	case <-f.done:
		if f.panicked != nil {
			panic(f.panicked) // it belongs to those who wait for it
		}
		return f.set, f.err
	case <-ctx.Done():
		return Set{}, ctx.Err()
	}
}

// completed is a fetch with a known result.
func completed(set Set) *fetch {
	f := &fetch{done: make(chan struct{}), set: set}
	close(f.done)
	return f
}

// join returns the fetch in progress, or starts one. Credentials that are known to
// have expired, if any, are dropped first; where others came in meanwhile, those
// are the result.
func (c *Cache) join(expired *Set) *fetch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if expired != nil && c.last != (Set{}) {
		if c.last != *expired {
			return completed(c.last)
		}
		c.last = Set{}
	}
	if c.fetching != nil {
		return c.fetching
	}
	if time.Since(c.failedAt) < failureInterval && c.lastIsValid() {
		return completed(c.last)
	}
	c.fetching = &fetch{renewal: expired != nil, done: make(chan struct{})}
	go c.run(c.fetching)
	return c.fetching
}

// run carries out a fetch. It ends however the source ends.
func (c *Cache) run(f *fetch) {
	f.err = errGoexit
	defer func() {
		f.panicked = recover()
		c.end(f)
	}()
	if c.source.Reset != nil && f.renewal {
		c.source.Reset()
	}
	f.set, f.err = c.load()
}

func (c *Cache) end(f *fetch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.err == nil {
		c.last, c.lastAt, c.failedAt = f.set, time.Now(), time.Time{}
	} else {
		c.failedAt = time.Now()
		if c.lastIsValid() {
			f.set, f.err = c.last, nil
		}
	}
	c.fetching = nil
	close(f.done)
}

func (c *Cache) lastIsValid() bool {
	return c.last != (Set{}) && time.Since(c.lastAt) < reuseAfterFailure
}

func (c *Cache) load() (Set, error) {
	set, err := c.source.Load()
	if err != nil {
		return Set{}, err
	}
	if err := set.check(c.names); err != nil {
		return Set{}, err
	}
	return set, nil
}
