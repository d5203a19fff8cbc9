// SPDX-License-Identifier: Apache-2.0

package aliyun_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// rotating is a provider whose credentials a test changes.
type rotating struct {
	takes time.Duration

	mu    sync.Mutex
	creds credentials.Credentials
	asked int
}

func (p *rotating) GetCredentials() (*credentials.Credentials, error) {
	time.Sleep(p.takes)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	copied := p.creds
	return &copied, nil
}

func (*rotating) GetProviderName() string { return "rotating" }

func (p *rotating) set(id, secret, token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.creds = credentials.Credentials{AccessKeyId: id, AccessKeySecret: secret, SecurityToken: token}
}

// rotation is a client with rotating credentials and its requests.
type rotation struct {
	*aliyun.Client

	server   *aliyuntest.Server
	provider *rotating

	mu     sync.Mutex
	sent   map[string]int // by action
	before func(action string, n int)
}

func (r *rotation) RoundTrip(req *http.Request) (*http.Response, error) {
	action := req.URL.Query().Get("Action")
	r.mu.Lock()
	r.sent[action]++
	n := r.sent[action]
	r.mu.Unlock()
	if r.before != nil {
		r.before(action, n)
	}
	return enitest.Transport(r.server).RoundTrip(req)
}

func (r *rotation) count(action string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[action]
}

// newRotation starts with the temporary credentials number 1.
func newRotation(t *testing.T) *rotation {
	t.Helper()
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1",
		Addresses: []eni.Address{
			{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true},
			{Addr: netip.MustParseAddr("10.0.0.2")},
		},
	})
	r := &rotation{server: aliyuntest.NewServer(cloud), provider: new(rotating), sent: make(map[string]int)}
	r.server.SetCredentials("STS.1", "secret-1", "token-1")
	r.provider.set("STS.1", "secret-1", "token-1")
	cfg := r.server.Config()
	cfg.Credentials = r.provider
	cfg.HTTPClient = &http.Client{Transport: r}
	var err error
	if r.Client, err = aliyun.New(cfg, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rotation) release(ctx context.Context) (*eni.Operation, error) {
	return r.UnassignPrivateIps(ctx, eni.UnassignRequest{
		InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.2")},
	})
}

const unassign, describe = "UnassignPrivateIpAddresses", "DescribeNetworkInterfaces"

// The provider returns credentials that have just expired, and new ones the next time.
func TestExpiredCredentialsAreRenewed(t *testing.T) {
	for _, test := range []struct {
		name              string
		id, secret, token string
	}{
		{"a new temporary key", "STS.2", "secret-2", "token-2"},
		{"a new token of the same key", "STS.1", "secret-1", "token-2"},
		{"a lasting key", "LTAI5tSecondSecondSecond", "secret-2", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRotation(t)
				r.before = func(action string, n int) {
					if action == unassign && n == 1 {
						r.server.SetCredentials(test.id, test.secret, test.token)
						r.provider.set(test.id, test.secret, test.token)
					}
				}
				op, err := r.release(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if n := r.count(unassign); n != 2 {
					t.Errorf("%d changes; want 2", n)
				}
				if err := op.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				if i, _ := r.server.Cloud.Get("eni-1"); len(i.Addresses) != 1 {
					t.Errorf("the address is still there: %+v", i)
				}
			})
		})
	}
}

func TestALastingKeyThatWasDeletedIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRotation(t)
		r.server.SetCredentials("first", "secret", "")
		r.provider.set("first", "secret", "")
		r.before = func(_ string, n int) {
			if n == 1 {
				r.server.SetCredentials("second", "secret", "")
				r.provider.set("second", "secret", "")
			}
		}
		if found, err := r.Describe(t.Context(), "eni-1"); err != nil || len(found) != 1 || r.count(describe) != 2 {
			t.Errorf("found %v, %v with %d requests; want the interface with 2", found, err, r.count(describe))
		}
	})
}

func TestADescribeRenewsCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRotation(t)
		r.before = func(_ string, n int) {
			if n == 1 {
				r.server.SetCredentials("STS.2", "secret-2", "token-2")
				r.provider.set("STS.2", "secret-2", "token-2")
			}
		}
		found, err := r.Describe(t.Context(), "eni-1")
		if err != nil || len(found) != 1 {
			t.Errorf("found %v, %v", found, err)
		}
		if n := r.count(describe); n != 2 {
			t.Errorf("%d descriptions; want 2", n)
		}
	})
}

func TestExpiredCredentialsWithoutOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRotation(t)
		r.server.SetCredentials("STS.2", "secret-2", "token-2")
		_, err := r.release(t.Context())
		if !errors.Is(err, eni.ErrUnauthenticated) || r.count(unassign) != 1 {
			t.Errorf("error = %v after %d changes; want ErrUnauthenticated after 1", err, r.count(unassign))
		}
		if _, err := r.Describe(t.Context(), "eni-1"); !errors.Is(err, eni.ErrUnauthenticated) || r.count(describe) != 1 {
			t.Errorf("error = %v after %d descriptions; want ErrUnauthenticated after 1", err, r.count(describe))
		}
	})
}

// A provider that always returns expired credentials does not make a call endless.
func TestCredentialsAreRenewedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRotation(t)
		r.server.SetCredentials("STS.9", "secret-9", "token-9")
		r.before = func(_ string, n int) { r.provider.set("STS.1", "secret-1", "token-"+string(rune('a'+n))) }
		_, err := r.release(t.Context())
		if !errors.Is(err, eni.ErrUnauthenticated) || r.count(unassign) != 2 {
			t.Errorf("error = %v after %d changes; want ErrUnauthenticated after 2", err, r.count(unassign))
		}
	})
}

// A renewal ends with the caller's context.
func TestARenewalDoesNotOutliveItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRotation(t)
		r.before = func(string, int) {
			r.server.SetCredentials("STS.2", "secret-2", "token-2")
			r.provider.takes = time.Hour
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := r.release(ctx)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("error = %v after %v; want the context's after 1s", err, took)
		}
		time.Sleep(time.Hour) // the provider cannot be interrupted
	})
}
