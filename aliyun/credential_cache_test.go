package aliyun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/eni"
)

// slowProvider is one as the SDK makes them: without a lock, so that the race
// detector sees two callers at a time.
type slowProvider struct {
	takes   time.Duration
	err     error
	fetches int
}

func (p *slowProvider) GetCredentials() (*credentials.Credentials, error) {
	p.fetches++
	time.Sleep(p.takes)
	if p.err != nil {
		return nil, p.err
	}
	return &credentials.Credentials{AccessKeyId: fmt.Sprint("key-", p.fetches), AccessKeySecret: "secret"}, nil
}

func (*slowProvider) GetProviderName() string { return "slow" }

func TestCallersShareOneRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slowProvider{takes: time.Second}
		c := newCredentialCache(p)
		var callers sync.WaitGroup
		for range 64 {
			callers.Go(func() {
				creds, err := c.get(t.Context())
				if err != nil || creds.AccessKeyId != "key-1" {
					t.Errorf("credentials = %v, %v", creds, err)
				}
			})
		}
		callers.Wait()
		if p.fetches != 1 {
			t.Errorf("%d fetches; want 1", p.fetches)
		}
	})
}

func TestARefreshDoesNotOutliveItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slowProvider{takes: time.Hour}
		c := newCredentialCache(p)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v; want the context's", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v; want 1s", took)
		}
		// The fetch goes on, and later callers share it.
		creds, err := c.get(t.Context())
		if err != nil || creds.AccessKeyId != "key-1" || p.fetches != 1 {
			t.Errorf("credentials = %v, %v after %d fetches", creds, err, p.fetches)
		}
	})
}

func TestAFailedRefreshFallsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slowProvider{}
		c := newCredentialCache(p)
		get := func() string {
			creds, err := c.get(t.Context())
			if err != nil {
				return err.Error()
			}
			return creds.AccessKeyId
		}
		if got := get(); got != "key-1" {
			t.Fatalf("got %s", got)
		}
		p.err = errors.New("down")
		for range 3 {
			if got := get(); got != "key-1" || p.fetches != 2 {
				t.Errorf("got %s after %d fetches; want key-1 after 2", got, p.fetches)
			}
		}
		time.Sleep(failureInterval)
		if got := get(); got != "key-1" || p.fetches != 3 {
			t.Errorf("got %s after %d fetches; want key-1 after 3", got, p.fetches)
		}
		time.Sleep(reuseAfterFailure - failureInterval - time.Nanosecond)
		if got := get(); got != "key-1" {
			t.Errorf("got %s; want key-1 for as long as it is certainly valid", got)
		}
		time.Sleep(time.Nanosecond)
		if got := get(); got != "down" {
			t.Errorf("got %s; want the provider's error", got)
		}
		p.err = nil
		fetches := p.fetches
		if got := get(); got != fmt.Sprint("key-", fetches+1) {
			t.Errorf("got %s; want fresh credentials", got)
		}
	})
}

func TestTheFirstRefreshFails(t *testing.T) {
	p := &slowProvider{err: errors.New("down")}
	c := newCredentialCache(p)
	for range 2 {
		if creds, err := c.get(t.Context()); creds != nil || !errors.Is(err, p.err) {
			t.Errorf("credentials = %v, %v; want the provider's error", creds, err)
		}
	}
	if p.fetches != 2 {
		t.Errorf("%d fetches; want 2", p.fetches)
	}
}

func TestStaticCredentialsCostNoGoroutine(t *testing.T) {
	for _, provider := range []credentials.CredentialsProvider{
		credentials.NewStaticAKCredentialsProvider("id", "secret"),
		credentials.NewStaticSTSCredentialsProvider("id", "secret", "token"),
		credentials.NewBearerTokenCredentialsProvider("token"),
	} {
		c := newCredentialCache(provider)
		before := runtime.NumGoroutine()
		if allocs := testing.AllocsPerRun(100, func() {
			if _, err := c.get(t.Context()); err != nil {
				t.Error(err)
			}
		}); allocs > 0 {
			t.Errorf("%s: %v allocations; want none", provider.GetProviderName(), allocs)
		}
		if c.fetching != nil || c.last != nil || runtime.NumGoroutine() > before {
			t.Errorf("%s is fetched as those that refresh", provider.GetProviderName())
		}
	}
}

type fixedProvider struct {
	creds *credentials.Credentials
	err   error
}

func (p fixedProvider) GetCredentials() (*credentials.Credentials, error) { return p.creds, p.err }
func (fixedProvider) GetProviderName() string                             { return "fixed" }

func TestEmptyCredentials(t *testing.T) {
	for _, creds := range []*credentials.Credentials{
		nil, {}, {AccessKeyId: "id"}, {AccessKeySecret: "secret"}, {SecurityToken: "token"},
	} {
		if got, err := newCredentialCache(fixedProvider{creds: creds}).get(t.Context()); err == nil {
			t.Errorf("%+v = %+v; want an error", creds, got)
		}
	}
}

func TestCredentialsAreCopied(t *testing.T) {
	creds := &credentials.Credentials{AccessKeyId: "id", AccessKeySecret: "secret"}
	got, err := newCredentialCache(fixedProvider{creds: creds}).get(t.Context())
	creds.AccessKeyId = "changed"
	if err != nil || got.AccessKeyId != "id" {
		t.Errorf("credentials = %+v, %v", got, err)
	}
}

func TestErrorsOfProviders(t *testing.T) {
	const leak = "https://sts.aliyuncs.com/?AccessKeyId=leakedId&Signature=leakedSignature&SecurityToken=leakedToken"
	for _, test := range []struct {
		name string
		err  error
		want eni.Kind
		is   error
	}{
		{"no provider in the chain", errors.New("unable to get credentials"), eni.ErrUnauthenticated, nil},
		{"a text with a URL", fmt.Errorf("Post %q: EOF", leak), eni.ErrUnauthenticated, nil},
		{"a text with a body", errors.New(`refresh failed: {"AccessKeySecret":"leaked"}`), eni.ErrUnauthenticated, nil},
		{
			"the network", &url.Error{Op: "Post", URL: leak, Err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}},
			eni.ErrUnavailable, syscall.ECONNREFUSED,
		},
		{"a timeout", &url.Error{Op: "Post", URL: leak, Err: context.DeadlineExceeded}, eni.ErrUnavailable, nil},
		{"a URL in the network's text", &url.Error{Op: "Post", URL: leak, Err: errors.New(leak)}, eni.ErrUnavailable, nil},
		{
			"refused by the token service",
			sdkerrors.NewServerError(403, `{"Code":"NoPermission","Message":"not `+leak+`"}`, ""), eni.ErrUnauthenticated, nil,
		},
		{
			"a signature refused by the token service",
			sdkerrors.NewServerError(400, `{"Code":"SignatureDoesNotMatch","Message":"server string to sign is:POST&%2F&AccessKeyId%3Dleaked"}`, ""),
			eni.ErrUnauthenticated, nil,
		},
		{"the token service throttles", sdkerrors.NewServerError(400, `{"Code":"Throttling.User"}`, ""), eni.ErrUnavailable, nil},
		{"the token service is down", sdkerrors.NewServerError(503, `<html>leaked`, ""), eni.ErrUnavailable, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
				t.Error("sent")
				return nil, errors.ErrUnsupported
			})
			d.credentials = newCredentialCache(fixedProvider{err: test.err})
			_, err := d.Send(t.Context(), testChange)
			e := d.Explain("Detach", err)
			if e.Kind != test.want || !strings.Contains(e.Message, "provider fixed") || e.HTTPStatus != 0 {
				t.Errorf("error = %v; want %v", e, test.want)
			}
			if test.is != nil && !errors.Is(e, test.is) {
				t.Errorf("%v is no longer %v", e, test.is)
			}
			if errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("error = %v matches the error of the caller's context, which is alive", e)
			}
			checkHides(t, e, "leaked")
		})
	}
}

// The SDK's own chain would keep its last provider for ever.
func TestTheDefaultChainIsTriedAgain(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
	d, err := newDriver(Config{Region: "cn-hangzhou"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.credentials.get(t.Context()); err == nil {
		t.Fatal("credentials out of chainFailed")
	}
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "id")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
	creds, err := d.credentials.get(t.Context())
	if err != nil || creds.AccessKeyId != "id" {
		t.Errorf("credentials = %v, %v; want those of the environment", creds, err)
	}
}

// sets hands out its sets of credentials, one after another, and the last one
// from then on.
type sets struct {
	takes   time.Duration
	ids     []string
	fetches int
	err     error
}

func (p *sets) GetCredentials() (*credentials.Credentials, error) {
	p.fetches++
	time.Sleep(p.takes)
	if p.err != nil {
		return nil, p.err
	}
	return &credentials.Credentials{AccessKeyId: p.ids[min(p.fetches, len(p.ids))-1], AccessKeySecret: "secret"}, nil
}

func (*sets) GetProviderName() string { return "sets" }

func TestCallersShareOneRenewal(t *testing.T) {
	for _, test := range []struct {
		name string
		ids  []string
		want bool
	}{
		{"others", []string{"a", "b", "c"}, true},
		{"the same", []string{"a"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &sets{ids: test.ids, takes: time.Second}
				c := newCredentialCache(p)
				expired, err := c.get(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var callers sync.WaitGroup
				for range 64 {
					callers.Go(func() {
						if got := c.renew(t.Context(), expired); got != test.want {
							t.Errorf("renew = %t; want %t", got, test.want)
						}
					})
				}
				callers.Wait()
				if p.fetches != 2 {
					t.Errorf("%d fetches; want 2", p.fetches)
				}
				// A later caller finds the others there.
				if test.want && (!c.renew(t.Context(), expired) || p.fetches != 2) {
					t.Errorf("a later caller made it %d fetches; want 2", p.fetches)
				}
			})
		})
	}
}

// A fetch that began before the rotation may return the old credentials.
func TestARenewalDoesNotTrustAnEarlierFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &sets{ids: []string{"a", "a", "b"}, takes: time.Second}
		c := newCredentialCache(p)
		expired, err := c.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		early := c.join(nil)
		if !c.renew(t.Context(), expired) || p.fetches != 3 {
			t.Errorf("no others after %d fetches; want others after 3", p.fetches)
		}
		<-early.done
	})
}

// Credentials that the cloud refuses are not used after a failure.
func TestExpiredCredentialsAreNotUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &sets{ids: []string{"a"}}
		c := newCredentialCache(p)
		expired, err := c.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p.err = errors.New("down")
		if c.renew(t.Context(), expired) {
			t.Error("others out of chainFailed")
		}
		if creds, err := c.get(t.Context()); !errors.Is(err, p.err) {
			t.Errorf("credentials = %v, %v; want the provider's error", creds, err)
		}
	})
}

func TestStaticCredentialsAreNotRenewed(t *testing.T) {
	c := newCredentialCache(credentials.NewStaticAKCredentialsProvider("id", "secret"))
	if c.renew(t.Context(), &credentials.Credentials{AccessKeyId: "other"}) {
		t.Error("static credentials have changed")
	}
}

// The SDK's chain keeps what it found for as long as the clock of this machine says.
func TestTheDefaultChainIsResetAfterExpiry(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "first")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
	chain := &defaultChain{}
	c := newCredentialCache(chain)
	expired, err := c.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := chain.chain
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "second")
	if !c.renew(t.Context(), expired) || chain.chain == before {
		t.Error("the chain was not made anew")
	}
}
