package tencent

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// slow refreshes itself as the SDK's roles do, for as long as it takes.
type slow struct {
	common.Credential

	fetch func()
}

func (s *slow) GetCredential() (id, key, token string) {
	s.fetch()
	return s.Credential.GetCredential()
}

// A goroutine, and what it answers through, could not be had without an allocation.
func TestStaticCredentialsCostNoGoroutine(t *testing.T) {
	c := newCredentialCache(testCredentials)
	allocs := testing.AllocsPerRun(100, func() {
		if k, err := c.get(t.Context()); err != nil || k != (credentialSet{testID, testKey, testToken}) {
			t.Fatal(k, err)
		}
	})
	if allocs != 0 || c.fetching != nil {
		t.Errorf("%v allocations, fetch %v", allocs, c.fetching)
	}
}

// A caller does not wait for a stuck refresh longer than its context, and whoever
// comes later joins the one under way.
func TestStuckRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetches atomic.Int64
		release := make(chan struct{})
		c := newCredentialCache(&slow{*testCredentials, func() { fetches.Add(1); <-release }})
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			start := time.Now()
			if _, err := c.get(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			cancel()
		}
		if n := fetches.Load(); n != 1 {
			t.Errorf("%d refreshes at a time", n)
		}
		close(release)
		synctest.Wait()
		if k, err := c.get(t.Context()); err != nil || k.id != testID {
			t.Error(k, err)
		}
		if n := fetches.Load(); n != 2 {
			t.Errorf("%d refreshes", n)
		}
	})
}

func TestChainIsResolvedOnceAndRetriedUntilThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var found atomic.Bool
		lookups := 0
		c := newCredentialCache(nil)
		c.find = func() (common.CredentialIface, error) {
			lookups++
			time.Sleep(time.Second)
			if !found.Load() {
				return nil, errors.New("no metadata service")
			}
			return testCredentials, nil
		}
		ask := func() (failed int64) {
			var wg sync.WaitGroup
			var count atomic.Int64
			for range 8 {
				wg.Go(func() {
					if _, err := c.get(t.Context()); err != nil {
						count.Add(1)
					}
				})
			}
			wg.Wait()
			return count.Load()
		}
		if failed := ask(); failed != 8 || lookups != 1 {
			t.Errorf("%d failed, %d lookups", failed, lookups)
		}
		found.Store(true)
		for range 2 {
			if failed := ask(); failed != 0 || lookups != 2 {
				t.Errorf("%d failed, %d lookups", failed, lookups)
			}
		}
	})
}

// What the chain finds is kept only once it has keys.
func TestChainThatFindsNoKeysIsAskedAgain(t *testing.T) {
	c := newCredentialCache(nil)
	c.find = func() (common.CredentialIface, error) { return common.NewCredential("", ""), nil }
	if _, err := c.get(t.Context()); !errors.Is(err, errNoCredentials) {
		t.Error(err)
	}
	c.find = func() (common.CredentialIface, error) { return testCredentials, nil }
	if k, err := c.get(t.Context()); err != nil || k.id != testID {
		t.Error(k, err)
	}
}

func TestWithoutCredentials(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return reply(http.StatusOK, accepted), nil
	})
	chainEmpty := newCredentialCache(nil)
	chainEmpty.find = common.NewProviderChain(nil).GetCredential
	chainBroken := newCredentialCache(nil)
	chainBroken.find = func() (common.CredentialIface, error) { return nil, errors.New("connection refused") }
	for name, c := range map[string]*credentialCache{
		"no id":        newCredentialCache(common.NewCredential("", testKey)),
		"no key":       newCredentialCache(common.NewCredential(testID, "")),
		"empty chain":  chainEmpty,
		"broken chain": chainBroken,
	} {
		d.credentials = c
		receipt, err := d.Send(t.Context(), testChange)
		if !receipt.NotSent || d.Renew(t.Context(), err) {
			t.Errorf("%s: %+v", name, receipt)
		}
		if e := d.Explain("", err); e.Kind != eni.ErrUnauthenticated || e.Code != "ClientError.CredentialError" || e.Message == "" || e.HTTPStatus != 0 {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestStuckCredentialsAndAnEndedContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDriver(t, nil)
		release := make(chan struct{})
		defer close(release)
		d.credentials = newCredentialCache(&slow{*testCredentials, func() { <-release }})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		receipt, err := d.Send(ctx, testChange)
		if !receipt.NotSent {
			t.Errorf("%+v", receipt)
		}
		if e := d.Explain("", err); e.Kind != eni.ErrUnavailable || !errors.Is(e, context.DeadlineExceeded) {
			t.Errorf("%+v", e)
		}
	})
}

// rotating returns sets whose parts can be distinguished.
type rotating struct {
	common.Credential

	n atomic.Int64
}

func (r *rotating) GetCredential() (id, key, token string) {
	if r.n.Add(1)%2 == 0 {
		return "id-even", "key-even", "token-even"
	}
	return "id-odd", "key-odd", "token-odd"
}

// One request is signed with one set, whatever the other requests are signed with.
func TestSetsAreNotMixed(t *testing.T) {
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		id := r.Header.Get("Authorization")
		token := r.Header.Get("X-TC-Token")
		const prefix = "TC3-HMAC-SHA256 Credential=id-"
		if len(id) < len(prefix)+4 || id[len(prefix):len(prefix)+3] != token[len("token-"):len("token-")+3] {
			t.Errorf("%s with %s", id, token)
		}
		return reply(http.StatusOK, accepted), nil
	})
	d.credentials = newCredentialCache(&rotating{})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 4 {
				if _, err := d.Send(t.Context(), testChange); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// A fetch that was under way when the request failed had perhaps begun before the
// keys were changed.
func TestRenewWaitsForAFetchThatBeganAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetches atomic.Int64
		expired := credentialSet{testID, testKey, testToken}
		source := &slow{*testCredentials, func() {}}
		source.fetch = func() {
			time.Sleep(time.Second)
			if fetches.Add(1) == 2 {
				source.Token = "the next token"
			}
		}
		c := newCredentialCache(source)
		go func() { _, _ = c.get(t.Context()) }()
		synctest.Wait()
		if !c.renew(t.Context(), expired.fingerprint()) || fetches.Load() != 2 {
			t.Errorf("no others after %d fetches", fetches.Load())
		}
		next := credentialSet{testID, testKey, "the next token"}
		if c.renew(t.Context(), next.fingerprint()) || fetches.Load() != 3 {
			t.Errorf("others after %d fetches", fetches.Load())
		}
	})
}

func TestNotSent(t *testing.T) {
	dead, cancel := context.WithCancel(t.Context())
	cancel()
	alive := t.Context()
	broken := errors.New("connection reset")
	for name, test := range map[string]struct {
		ended   bool
		answer  func() (*http.Response, error)
		notSent bool
	}{
		"ended before": {true, nil, true},
		"broken":       {false, func() (*http.Response, error) { return nil, broken }, false},
		"refused": {false, func() (*http.Response, error) {
			return reply(http.StatusOK, `{"Response":{"Error":{"Code":"X"},"RequestId":"r"},"code":4000}`), nil
		}, false},
		"not an answer": {false, func() (*http.Response, error) { return reply(http.StatusOK, `{}`), nil }, false},
	} {
		ctx := alive
		if test.ended {
			ctx = dead
		}
		answer := func(*http.Request) (*http.Response, error) { return test.answer() }
		receipt, err := newTestDriver(t, answer).Send(ctx, testChange)
		legacy, legacyErr := newTestLegacyDriver(t, answer).Send(ctx, testChange)
		if err == nil || receipt.NotSent != test.notSent || legacyErr == nil || legacy.NotSent != test.notSent {
			t.Errorf("%s: %+v, %v, and of API 2.0 %+v, %v", name, receipt, err, legacy, legacyErr)
		}
	}
	receipt, err := newTestDriver(t, nil).Send(t.Context(), core.Change{Action: "Attach"})
	if err == nil || !receipt.NotSent {
		t.Errorf("%+v, %v", receipt, err)
	}
	// The description that API 2.0 needs is no change.
	describing := newBareLegacyDriver(t, func(*http.Request) (*http.Response, error) { return nil, broken })
	if receipt, err := describing.Send(t.Context(), testChange); err == nil || !receipt.NotSent {
		t.Errorf("%+v, %v", receipt, err)
	}
}
