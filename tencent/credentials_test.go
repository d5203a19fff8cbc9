// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/credcache"
)

func newChainCache(find func() (common.CredentialIface, error)) *credcache.Cache {
	return credcache.New(credcache.Source{Name: "default", Load: (&defaultChain{find: find}).load}, fields)
}

func TestStaticCredentialsCostNoGoroutine(t *testing.T) {
	c := newCredentialCache(testCredentials)
	allocs := testing.AllocsPerRun(100, func() {
		if k, err := c.Get(t.Context()); err != nil || k != (credcache.Set{ID: testID, Secret: testKey, Token: testToken}) {
			t.Fatal(k, err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// refreshing is a credential that refreshes itself, as those of the SDK's roles.
type refreshing struct {
	common.Credential

	fetch func()
}

func (r *refreshing) GetCredential() (id, key, token string) {
	r.fetch()
	return r.Credential.GetCredential()
}

func TestChainIsSearchedUntilItHasFoundKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lookups, fetches := 0, 0
		var found common.CredentialIface
		c := newChainCache(func() (common.CredentialIface, error) {
			lookups++
			time.Sleep(time.Second)
			if found == nil {
				return nil, errors.New("no metadata service")
			}
			return found, nil
		})
		ask := func() (failed int64) {
			var wg sync.WaitGroup
			var count atomic.Int64
			for range 8 {
				wg.Go(func() {
					if _, err := c.Get(t.Context()); err != nil {
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
		for n, part := range []*common.Credential{{}, common.NewCredential(testID, ""), common.NewCredential("", testKey)} {
			found = &refreshing{*part, func() { fetches++ }} // it has no keys yet
			if failed := ask(); failed != 8 || lookups != n+2 {
				t.Errorf("%d failed, %d lookups", failed, lookups)
			}
		}
		found = &refreshing{*testCredentials, func() { fetches++ }}
		for range 3 {
			if failed := ask(); failed != 0 || lookups != 5 {
				t.Errorf("%d failed, %d lookups", failed, lookups)
			}
		}
	})
}

// Without Config.Credentials the client reads the environment, including the session
// token.
func TestEnvironment(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("TENCENTCLOUD_SECRET_ID", "env-id")
	t.Setenv("TENCENTCLOUD_SECRET_KEY", "env-key")
	for _, name := range tokenVariables {
		t.Setenv(name, "")
	}
	var sent string
	d, err := newDriver(Config{Region: "ap-guangzhou", HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		sent = r.Header.Get("X-TC-Token")
		if !strings.Contains(r.Header.Get("Authorization"), "Credential=env-id/") {
			t.Errorf("signed by another: %s", r.Header.Get("Authorization"))
		}
		return respond(http.StatusOK, accepted), nil
	})}})
	if err != nil {
		t.Fatal(err)
	}
	send := func(want string) {
		t.Helper()
		if _, err := d.Send(t.Context(), testChange); err != nil || sent != want {
			t.Errorf("token %q, %v; want %q", sent, err, want)
		}
	}
	send("")
	for _, name := range []string{"TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_TOKEN"} {
		t.Setenv(name, "of-"+name)
		send("of-" + name)
	}
}

// Without keys in the environment the chain continues.
func TestEnvironmentWithoutKeys(t *testing.T) {
	t.Setenv("TENCENTCLOUD_SECRET_ID", "")
	t.Setenv("TENCENTCLOUD_SECRET_KEY", "")
	t.Setenv("TENCENTCLOUD_TOKEN", "token")
	if found, err := (environment{}).GetCredential(); err == nil || found != nil {
		t.Errorf("%v, %v", found, err)
	}
}

func TestWithoutCredentials(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return respond(http.StatusOK, accepted), nil
	})
	failing := func(err error) *credcache.Cache {
		return newChainCache(func() (common.CredentialIface, error) { return nil, err })
	}
	for name, test := range map[string]struct {
		cache *credcache.Cache
		kind  eni.Kind
		said  string
	}{
		"no id":        {newCredentialCache(common.NewCredential("", testKey)), eni.ErrUnauthenticated, "no credentials from provider static"},
		"no key":       {newCredentialCache(common.NewCredential(testID, "")), eni.ErrUnauthenticated, "no credentials from provider static"},
		"empty chain":  {newChainCache(common.NewProviderChain(nil).GetCredential), eni.ErrUnauthenticated, "set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or Config.Credentials"},
		"broken chain": {failing(errors.New("profile has no section")), eni.ErrUnauthenticated, "profile has no section"},
		"half a body":  {failing(tcerrors.NewTencentCloudSDKError(localCode, "unexpected end of JSON input", "")), eni.ErrUnavailable, "unexpected end of JSON input"},
		"a page":       {failing(tcerrors.NewTencentCloudSDKError(localCode, "invalid character '<' looking for beginning of value", "")), eni.ErrUnavailable, "provider default"},
		"the token service throttles": {
			failing(tcerrors.NewTencentCloudSDKError("RequestLimitExceeded", "slowly", "r-1")), eni.ErrUnavailable, "RequestLimitExceeded: slowly",
		},
		"the token service refuses": {
			failing(tcerrors.NewTencentCloudSDKError("AuthFailure.SecretIdNotFound", "gone", "r-1")), eni.ErrUnauthenticated, "AuthFailure.SecretIdNotFound",
		},
		"a status": {failing(errors.New("metadata: http status 503")), eni.ErrUnavailable, "503"},
	} {
		d.credentials = test.cache
		receipt, err := d.Send(t.Context(), testChange)
		if !receipt.NotSent || d.Renew(t.Context(), err) {
			t.Errorf("%s: %+v", name, receipt)
		}
		if e := d.Explain("", err); e.Kind != test.kind || !strings.Contains(e.Message, test.said) || e.HTTPStatus != 0 {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// If a key has the line end of its file, the error names the field and nothing is
// sent.
func TestPaddedKeys(t *testing.T) {
	for _, end := range []string{"\n", " ", "\r\n"} {
		for field, provider := range map[string]common.CredentialIface{
			"access key ID (SecretId)":      common.NewCredential(testID+end, testKey),
			"access key secret (SecretKey)": common.NewCredential(testID, testKey+end),
			"security token (Token)":        common.NewTokenCredential(testID, testKey, "token"+end),
		} {
			d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
				t.Error("sent")
				return nil, errors.ErrUnsupported
			})
			d.credentials = newCredentialCache(provider)
			receipt, err := d.Send(t.Context(), testChange)
			e := d.Explain("Detach", err)
			if e.Kind != eni.ErrUnauthenticated || !receipt.NotSent || !strings.Contains(e.Message, field+" ends with white space") {
				t.Errorf("%s with %q: %+v, %v", field, end, receipt, e)
			}
		}
	}
}

// A call does not wait for a provider that hangs after its context has ended, and the
// error names the provider.
func TestAProviderThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDriver(t, nil)
		release := make(chan struct{})
		defer close(release)
		d.credentials = newCredentialCache(&refreshing{*testCredentials, func() { <-release }})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		receipt, err := d.Send(ctx, testChange)
		e := d.Explain("", err)
		if !receipt.NotSent || e.Kind != eni.ErrUnavailable || !errors.Is(e, context.DeadlineExceeded) || !strings.Contains(e.Message, "provider tencent.refreshing yet") {
			t.Errorf("%+v, %v", receipt, e)
		}
	})
}

// rotating returns a different set each time.
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

// Each request is signed with the parts of one set.
func TestSetsAreNotMixed(t *testing.T) {
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		id := r.Header.Get("Authorization")
		token := r.Header.Get("X-TC-Token")
		const prefix = "TC3-HMAC-SHA256 Credential=id-"
		if len(id) < len(prefix)+4 || id[len(prefix):len(prefix)+3] != token[len("token-"):len("token-")+3] {
			t.Errorf("%s with %s", id, token)
		}
		return respond(http.StatusOK, accepted), nil
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
			return respond(http.StatusOK, `{"Response":{"Error":{"Code":"X"},"RequestId":"r"},"code":4000}`), nil
		}, false},
		"not an answer": {false, func() (*http.Response, error) { return respond(http.StatusOK, `{}`), nil }, false},
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
