// SPDX-License-Identifier: Apache-2.0

// Package credcache fetches credentials for the drivers of all clouds. Concurrent callers
// share one fetch, and each waits only until its own context ends, because the vendors'
// interfaces take no context.
package credcache

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// reuseAfterFailure is the time for which credentials are used if the source fails
	// later. The vendors' providers return credentials that are valid for at least 180
	// seconds; the difference is for the request itself.
	reuseAfterFailure = 150 * time.Second

	// failureInterval is the minimum time between two fetches from a failing source
	// while earlier credentials are still usable.
	failureInterval = 5 * time.Second
)

// ErrNone is the error of a source that returned no credentials.
var ErrNone = errors.New("the provider returned no credentials")

var errGoexit = errors.New("the provider ended its goroutine with runtime.Goexit")

// Source is a source of credentials.
type Source struct {
	Name string // for errors

	// Load returns the current credentials. It need not be safe for concurrent use,
	// unless Static is set.
	Load func() (Set, error)

	// Static says that Load returns at once. Each caller then calls it, concurrently.
	Static bool

	// Reset, if set, is called before a Load after expired credentials, so that a source
	// that keeps its result searches again.
	Reset func()
}

// Cache fetches credentials from a source. It is safe for concurrent use.
type Cache struct {
	source Source
	names  Names

	mu       sync.Mutex
	fetching *fetch    // nil if none is in progress
	last     Set       // zero until the first success, and after it has expired
	lastAt   time.Time // of the latest success
	failedAt time.Time // of the latest failure; zero after a success
}

// New makes a cache. The names are those of the fields, for errors.
func New(source Source, names Names) *Cache { return &Cache{source: source, names: names} }

// SourceName returns the name of the source.
func (c *Cache) SourceName() string { return c.source.Name }

// Get returns the credentials for a request. The error is that of ctx, a
// [*MalformedError], [ErrNone] or that of the source. A fetch continues after the
// contexts of its callers have ended; later callers share its result.
func (c *Cache) Get(ctx context.Context) (Set, error) {
	if err := ctx.Err(); err != nil {
		return Set{}, err
	}
	if c.source.Static {
		return c.load()
	}
	return c.join(nil).wait(ctx)
}

// Renew fetches credentials again and reports whether they differ from the expired ones.
func (c *Cache) Renew(ctx context.Context, expired Set) bool {
	f := c.join(&expired)
	set, err := f.wait(ctx)
	if !f.renewal {
		// That fetch began before the call, perhaps before there were new credentials. If
		// it returned none, fetch again.
		set, err = c.join(&expired).wait(ctx)
	}
	return err == nil && set != expired
}

// fetch is one Load. Its results are set before done is closed, and only read after
// that.
type fetch struct {
	renewal  bool // started because credentials had expired
	done     chan struct{}
	set      Set
	err      error
	panicked any // what the source panicked with
}

func (f *fetch) wait(ctx context.Context) (Set, error) {
	select {
	case <-f.done:
		if f.panicked != nil {
			panic(f.panicked) // it belongs to the callers that wait
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

// join returns the fetch in progress, or starts one. It first drops the expired
// credentials, if any; if the cache already has different ones, it returns those.
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

// run carries out a fetch. The fetch ends also if the source panics or calls
// runtime.Goexit.
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
