// SPDX-License-Identifier: Apache-2.0

package credcache_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/internal/credcache"
)

var names = credcache.Names{ID: "access key ID", Secret: "access key secret", Token: "security token", Bearer: "bearer token"}

// source returns its sets one after another, and then always the last one. It has no
// lock, like the vendors' providers, so that the race detector finds concurrent
// callers.
type source struct {
	ids     []string // empty: a new one each time
	takes   time.Duration
	err     error
	fails   atomic.Bool // for a while
	fetches int
	resets  int
}

func (s *source) load() (credcache.Set, error) {
	s.fetches++
	time.Sleep(s.takes)
	switch {
	case s.err != nil:
		return credcache.Set{}, s.err
	case s.fails.Load():
		return credcache.Set{}, errors.New("down")
	}
	id := fmt.Sprint("key-", s.fetches)
	if len(s.ids) > 0 {
		id = s.ids[min(s.fetches, len(s.ids))-1]
	}
	return credcache.Set{ID: id, Secret: "secret"}, nil
}

func (s *source) cache() *credcache.Cache {
	return credcache.New(credcache.Source{Name: "test", Load: s.load, Reset: func() { s.resets++ }}, names)
}

func get(ctx context.Context, c *credcache.Cache) string {
	set, err := c.Get(ctx)
	if err != nil {
		return err.Error()
	}
	return set.ID
}

func TestCallersShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		c := s.cache()
		var callers sync.WaitGroup
		for range 64 {
			callers.Go(func() {
				if got := get(t.Context(), c); got != "key-1" {
					t.Error(got)
				}
			})
		}
		callers.Wait()
		if s.fetches != 1 || s.resets != 0 {
			t.Errorf("%d fetches, %d resets", s.fetches, s.resets)
		}
	})
}

// A caller waits for a stuck fetch only until its context ends, and later callers
// share that fetch.
func TestAFetchDoesNotHoldItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Hour}
		c := s.cache()
		for range 3 {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := c.Get(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			cancel()
		}
		if got := get(t.Context(), c); got != "key-1" || s.fetches != 1 {
			t.Errorf("%s after %d fetches", got, s.fetches)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Get(ended); !errors.Is(err, context.Canceled) || s.fetches != 1 {
			t.Errorf("%v after %d fetches", err, s.fetches)
		}
	})
}

func TestAFailedFetchFallsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		c := s.cache()
		want := func(id string, fetches int) {
			t.Helper()
			if got := get(t.Context(), c); got != id || s.fetches != fetches {
				t.Errorf("%s after %d fetches, want %s after %d", got, s.fetches, id, fetches)
			}
		}
		want("key-1", 1)
		s.err = errors.New("down")
		for range 3 {
			want("key-1", 2)
		}
		time.Sleep(5 * time.Second)
		want("key-1", 3)
		time.Sleep(145*time.Second - time.Nanosecond)
		want("key-1", 4) // for as long as it is certainly valid
		time.Sleep(time.Nanosecond)
		want("down", 5)
		want("down", 6)
		s.err = nil
		want("key-7", 7)
	})
}

func TestStaticCredentialsCostNothing(t *testing.T) {
	c := credcache.New(credcache.Source{Static: true, Load: func() (credcache.Set, error) {
		return credcache.Set{ID: "id", Secret: "secret", Token: "token"}, nil
	}}, names)
	before := runtime.NumGoroutine()
	if allocs := testing.AllocsPerRun(100, func() {
		if set, err := c.Get(t.Context()); err != nil || set.ID != "id" {
			t.Error(set, err)
		}
	}); allocs > 0 || runtime.NumGoroutine() > before {
		t.Errorf("%v allocations", allocs)
	}
	if c.Renew(t.Context(), credcache.Set{ID: "id", Secret: "secret", Token: "token"}) {
		t.Error("static credentials have changed")
	}
	if !c.Renew(t.Context(), credcache.Set{ID: "other"}) {
		t.Error("the source has others, and nobody is told")
	}
}

func TestCallersShareOneRenewal(t *testing.T) {
	for name, ids := range map[string][]string{"others": {"a", "b", "c"}, "the same": {"a"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &source{ids: ids, takes: time.Second}
				c := s.cache()
				expired, err := c.Get(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var callers sync.WaitGroup
				for range 64 {
					callers.Go(func() {
						if got := c.Renew(t.Context(), expired); got != (len(ids) > 1) {
							t.Errorf("renewed: %t", got)
						}
					})
				}
				callers.Wait()
				if s.fetches != 2 || s.resets != 1 {
					t.Errorf("%d fetches, %d resets", s.fetches, s.resets)
				}
				// A later caller finds the others there.
				if len(ids) > 1 && (!c.Renew(t.Context(), expired) || s.fetches != 2) {
					t.Errorf("a later caller made it %d fetches", s.fetches)
				}
			})
		})
	}
}

// A fetch that began before the rotation may return the old credentials.
func TestARenewalDoesNotTrustAnEarlierFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{ids: []string{"a", "a", "b"}, takes: time.Second}
		c := s.cache()
		expired, err := c.Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = c.Get(t.Context()) }()
		synctest.Wait()
		if !c.Renew(t.Context(), expired) || s.fetches != 3 {
			t.Errorf("no others after %d fetches", s.fetches)
		}
	})
}

// Renew fetches again after a fetch in progress that fails, but not after one that
// returned new credentials.
func TestARenewalOutlivesAnEarlierFetch(t *testing.T) {
	for name, test := range map[string]struct {
		ids     []string
		err     error
		fetches int
	}{
		"fails":           {[]string{"a", "-", "b"}, errors.New("down"), 3},
		"returned others": {[]string{"a", "b", "c"}, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &source{ids: test.ids, takes: time.Second}
				c := s.cache()
				expired, err := c.Get(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				s.fails.Store(test.err != nil)
				go func() { _, _ = c.Get(t.Context()) }()
				time.AfterFunc(1500*time.Millisecond, func() { s.fails.Store(false) })
				synctest.Wait()
				if !c.Renew(t.Context(), expired) || s.fetches != test.fetches {
					t.Errorf("no others after %d fetches", s.fetches)
				}
			})
		})
	}
}

// Reset is optional.
func TestARenewalWithoutReset(t *testing.T) {
	s := &source{}
	c := credcache.New(credcache.Source{Name: "test", Load: s.load}, names)
	expired, err := c.Get(t.Context())
	if err != nil || !c.Renew(t.Context(), expired) || get(t.Context(), c) != "key-3" {
		t.Errorf("%v after %d fetches", err, s.fetches)
	}
}

// Expired credentials are not used again after a failed fetch.
func TestExpiredCredentialsAreNotUsedAgain(t *testing.T) {
	s := &source{ids: []string{"a"}}
	c := s.cache()
	expired, err := c.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.err = errors.New("down")
	if c.Renew(t.Context(), expired) {
		t.Error("others out of nowhere")
	}
	if got := get(t.Context(), c); got != "down" {
		t.Error(got)
	}
}

// A key with the line end of its file is malformed.
func TestMalformedCredentials(t *testing.T) {
	good := credcache.Set{ID: "id", Secret: "se/c+ret==", Token: "to_ken-~"}
	for _, test := range []struct {
		change func(*credcache.Set)
		want   string
	}{
		{func(*credcache.Set) {}, "id"},
		{func(s *credcache.Set) { s.ID += "\n" }, "access key ID ends with white space"},
		{func(s *credcache.Set) { s.ID = "\ufeff" + s.ID }, "access key ID begins with white space"},
		{func(s *credcache.Set) { s.Secret += "\r\n" }, "access key secret ends with white space"},
		{func(s *credcache.Set) { s.Secret = " " + s.Secret }, "access key secret begins with white space"},
		{func(s *credcache.Set) { s.Token += " " }, "security token ends with white space"},
		{func(s *credcache.Set) { s.Token = "to\nken" }, "security token has a character that is not printable ASCII"},
		{func(s *credcache.Set) { s.Token = "to ken" }, "security token has a character that is not printable ASCII"},
		{func(s *credcache.Set) { s.Token = "tokén" }, "security token has a character that is not printable ASCII"},
		{func(s *credcache.Set) { s.Bearer = "bearer\t" }, "bearer token ends with white space"},
		{func(s *credcache.Set) { s.ID = "" }, credcache.ErrNone.Error()},
		{func(s *credcache.Set) { s.Secret = "" }, credcache.ErrNone.Error()},
		{func(s *credcache.Set) { *s = credcache.Set{Token: "only"} }, credcache.ErrNone.Error()},
		{func(s *credcache.Set) { *s = credcache.Set{Bearer: "only"} }, ""},
	} {
		set := good
		test.change(&set)
		c := credcache.New(credcache.Source{Static: true, Load: func() (credcache.Set, error) { return set, nil }}, names)
		if got := get(t.Context(), c); got != test.want {
			t.Errorf("%+q: %q, want %q", set, got, test.want)
		} else if strings.Contains(got, "\n") {
			t.Errorf("%q has more than one line", got)
		}
	}
}

// A panic in the user's provider is passed to the waiting callers, and later fetches
// work.
func TestAProviderThatPanics(t *testing.T) {
	calls := 0
	c := credcache.New(credcache.Source{Load: func() (credcache.Set, error) {
		switch calls++; calls {
		case 1:
			panic("at the provider's")
		case 2:
			runtime.Goexit()
		}
		return credcache.Set{ID: "id", Secret: "secret"}, nil
	}}, names)
	func() {
		defer func() {
			if value := recover(); value != "at the provider's" {
				t.Errorf("panicked with %v", value)
			}
		}()
		set, err := c.Get(t.Context())
		t.Errorf("%v, %v", set, err)
	}()
	if set, err := c.Get(t.Context()); err == nil || !strings.Contains(err.Error(), "runtime.Goexit") {
		t.Errorf("%v, %v", set, err)
	}
	if got := get(t.Context(), c); got != "id" {
		t.Error(got)
	}
}
