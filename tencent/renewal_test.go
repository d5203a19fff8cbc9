// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// rotated returns its sets one after another, as a source that reads a mounted file,
// and then always the last one.
type rotated struct {
	common.CredentialIface

	mu      sync.Mutex
	sets    [][3]string
	fetches int
}

func (r *rotated) GetCredential() (id, key, token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetches++
	set := r.sets[0]
	if len(r.sets) > 1 {
		r.sets = r.sets[1:]
	}
	return set[0], set[1], set[2]
}

// wire is a server of either API that counts its requests.
type wire struct {
	cloud    *enitest.Cloud
	set      func(id, key, token string)
	client   func(common.CredentialIface) *tencent.Client
	requests atomic.Int64
}

func (w *wire) count(next http.RoundTripper) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		w.requests.Add(1)
		return next.RoundTrip(r)
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// onBothAPIs runs a test against both APIs, in virtual time.
func onBothAPIs(t *testing.T, test func(t *testing.T, w *wire)) {
	t.Helper()
	connect := func(t *testing.T, dial func(tencent.Config, *eni.Options) (*tencent.Client, error), cfg tencent.Config) *tencent.Client {
		t.Helper()
		client, err := dial(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	run := func(name string, start func(t *testing.T, w *wire)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{cloud: &enitest.Cloud{}}
				w.cloud.Put(secondary("eni-1"))
				start(t, w)
				test(t, w)
			})
		})
	}
	run("API 3.0", func(t *testing.T, w *wire) {
		s := tencenttest.NewServer(w.cloud)
		w.set = s.SetCredentials
		w.client = func(source common.CredentialIface) *tencent.Client {
			cfg := s.Config()
			cfg.Credentials, cfg.HTTPClient = source, w.count(cfg.HTTPClient.Transport)
			return connect(t, tencent.New, cfg)
		}
	})
	run("API 2.0", func(t *testing.T, w *wire) {
		s := tencenttest.NewLegacyServer(w.cloud)
		w.set = s.SetCredentials
		w.client = func(source common.CredentialIface) *tencent.Client {
			cfg := s.Config()
			cfg.Credentials, cfg.HTTPClient = source, w.count(cfg.HTTPClient.Transport)
			return connect(t, tencent.NewLegacy, cfg)
		}
	})
}

// The server accepts only the second set.
func TestExpiredCredentialsAreRenewedOnce(t *testing.T) {
	first := [3]string{"id-of-old", "key-of-old", "token-of-old"}
	for what, next := range map[string][3]string{
		"token":     {"id-of-old", "key-of-old", "token-of-new"},
		"secret id": {"id-of-new", "key-of-new", ""},
	} {
		t.Run(what, func(t *testing.T) {
			onBothAPIs(t, func(t *testing.T, w *wire) {
				w.set(next[0], next[1], next[2])
				op, err := w.client(&rotated{sets: [][3]string{next}}).UnassignPrivateIps(t.Context(), release(second))
				want(t, op, err, 0, map[eni.Outcome]int{eni.OutcomeAccepted: 1})
				baseline := w.requests.Swap(0)

				op, err = w.client(&rotated{sets: [][3]string{first, next}}).UnassignPrivateIps(t.Context(), release(third))
				want(t, op, err, 0, map[eni.Outcome]int{eni.OutcomeAccepted: 1})
				if n := w.requests.Load(); n != baseline+1 {
					t.Errorf("%d requests instead of %d and one more", n, baseline)
				}
				if err := op.Wait(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestExpiredCredentialsWithoutOthers(t *testing.T) {
	onBothAPIs(t, func(t *testing.T, w *wire) {
		w.set("id-of-old", "key-of-old", "token-of-new")
		stale := [3]string{"id-of-old", "key-of-old", "token-of-old"}
		for _, source := range []common.CredentialIface{
			&rotated{sets: [][3]string{stale}},
			common.NewTokenCredential(stale[0], stale[1], stale[2]),
		} {
			_, err := w.client(source).UnassignPrivateIps(t.Context(), release(second))
			if n := w.requests.Swap(0); !errors.Is(err, eni.ErrUnauthenticated) || n != 1 {
				t.Errorf("%v after %d requests", err, n)
			}
		}
	})
}

// The client does not fetch a third time if the new keys are refused too.
func TestExpiredCredentialsTwice(t *testing.T) {
	onBothAPIs(t, func(t *testing.T, w *wire) {
		w.set("id-of-old", "key-of-old", "token-of-new")
		source := &rotated{sets: [][3]string{{"id-of-old", "key-of-old", "1111"}, {"id-of-old", "key-of-old", "2222"}, {"id-of-old", "key-of-old", "3333"}}}
		_, err := w.client(source).UnassignPrivateIps(t.Context(), release(second))
		if n := w.requests.Load(); !errors.Is(err, eni.ErrUnauthenticated) || n != 2 {
			t.Errorf("%v after %d requests", err, n)
		}
	})
}

// An error that is not about expired credentials starts no renewal.
func TestWrongSignatureIsNotRenewed(t *testing.T) {
	onBothAPIs(t, func(t *testing.T, w *wire) {
		w.set("id-of-old", "key-of-new", "")
		source := &rotated{sets: [][3]string{{"id-of-old", "key-of-old", ""}, {"id-of-old", "key-of-new", ""}}}
		_, err := w.client(source).UnassignPrivateIps(t.Context(), release(second))
		if n := w.requests.Load(); !errors.Is(err, eni.ErrUnauthenticated) || n != 1 || source.fetches != 1 {
			t.Errorf("%v after %d requests with %d sets", err, n, source.fetches)
		}
	})
}

// securityTokens is the vendor's token service for roles. It is slow, counts its
// requests, and issues tokens that expire at once.
type securityTokens struct {
	calls, busy atomic.Int64
	together    atomic.Bool
	fails       atomic.Bool
}

func (s *securityTokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	if s.busy.Add(1) > 1 {
		s.together.Store(true)
	}
	defer s.busy.Add(-1)
	select {
	case <-time.After(2 * time.Second):
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
	if s.fails.Load() {
		io.WriteString(w, `{"Response":{"Error":{"Code":"InternalError","Message":"no"},"RequestId":"r"}}`)
		return
	}
	io.WriteString(w,
		`{"Response":{"Credentials":{"Token":"session-token","TmpSecretId":"session-id","TmpSecretKey":"session-key"},"ExpiredTime":1,"RequestId":"r"}}`)
}

// 64 callers share one refresh of the SDK's role at a time. If it fails, the earlier
// credentials are used, and a caller with a short deadline does not wait.
func TestRoleUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sts := &securityTokens{}
		// The SDK has no other way to say how the token service is reached. It
		// writes to this client with each refresh, so the race detector sees to it
		// as well that there is one refresh at a time.
		saved := common.DefaultHttpClient
		defer func() { common.DefaultHttpClient = saved }()
		log.SetOutput(io.Discard) // it prints why a refresh failed
		defer log.SetOutput(os.Stderr)
		common.DefaultHttpClient = &http.Client{Transport: enitest.Transport(sts)}
		role, err := common.NewRoleArnProvider("long-lived-id", "long-lived-key", "qcs::cam::uin/1:roleName/x", "test", 7200).GetCredential()
		if err != nil {
			t.Fatal(err)
		}
		sts.calls.Store(0)

		server := tencenttest.NewServer(&enitest.Cloud{})
		server.SetCredentials("session-id", "session-key", "session-token")
		server.Cloud.Put(secondary("eni-1"))
		cfg := server.Config()
		cfg.Credentials = role
		d := newDriver(t, cfg)

		describe := func(ctx context.Context) error {
			_, err := d.Describe(ctx, []string{"eni-1"})
			return err
		}
		describeTogether := func(refreshes int64) {
			t.Helper()
			var callers sync.WaitGroup
			for range 64 {
				callers.Go(func() {
					if err := describe(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			callers.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				if err := describe(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("%v after %s", err, time.Since(start))
				}
			})
			callers.Wait()
			if n := sts.calls.Swap(0); n != refreshes {
				t.Errorf("%d refreshes", n)
			}
		}
		describeTogether(1)
		describeTogether(1)
		sts.fails.Store(true)
		describeTogether(1) // the session that there is still serves
		if sts.together.Load() {
			t.Error("two refreshes at a time")
		}
	})
}
