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
	takes time.Duration
	err   error
	asked int
}

func (p *slowProvider) GetCredentials() (*credentials.Credentials, error) {
	p.asked++
	time.Sleep(p.takes)
	if p.err != nil {
		return nil, p.err
	}
	return &credentials.Credentials{AccessKeyId: fmt.Sprint("key-", p.asked), AccessKeySecret: "secret"}, nil
}

func (*slowProvider) GetProviderName() string { return "slow" }

func TestCallersShareOneRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slowProvider{takes: time.Second}
		k := newKeyring(p)
		var callers sync.WaitGroup
		for range 64 {
			callers.Go(func() {
				creds, err := k.get(t.Context())
				if err != nil || creds.AccessKeyId != "key-1" {
					t.Errorf("credentials = %v, %v", creds, err)
				}
			})
		}
		callers.Wait()
		if p.asked != 1 {
			t.Errorf("the provider was asked %d times; want 1", p.asked)
		}
	})
}

func TestARefreshDoesNotOutliveItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slowProvider{takes: time.Hour}
		k := newKeyring(p)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v; want the context's", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v; want 1s", took)
		}
		// The question goes on, and serves whoever comes next.
		creds, err := k.get(t.Context())
		if err != nil || creds.AccessKeyId != "key-1" || p.asked != 1 {
			t.Errorf("credentials = %v, %v after %d questions", creds, err, p.asked)
		}
	})
}

func TestAFailedRefreshFallsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slowProvider{}
		k := newKeyring(p)
		get := func() string {
			creds, err := k.get(t.Context())
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
			if got := get(); got != "key-1" || p.asked != 2 {
				t.Errorf("got %s after %d questions; want key-1 after 2", got, p.asked)
			}
		}
		time.Sleep(betweenFailures)
		if got := get(); got != "key-1" || p.asked != 3 {
			t.Errorf("got %s after %d questions; want key-1 after 3", got, p.asked)
		}
		time.Sleep(afterFailure - betweenFailures - time.Nanosecond)
		if got := get(); got != "key-1" {
			t.Errorf("got %s; want key-1 as long as it is sure to be valid", got)
		}
		time.Sleep(time.Nanosecond)
		if got := get(); got != "down" {
			t.Errorf("got %s; want the provider's error", got)
		}
		p.err = nil
		asked := p.asked
		if got := get(); got != fmt.Sprint("key-", asked+1) {
			t.Errorf("got %s; want fresh credentials", got)
		}
	})
}

func TestTheFirstRefreshFails(t *testing.T) {
	p := &slowProvider{err: errors.New("down")}
	k := newKeyring(p)
	for range 2 {
		if creds, err := k.get(t.Context()); creds != nil || !errors.Is(err, p.err) {
			t.Errorf("credentials = %v, %v; want the provider's error", creds, err)
		}
	}
	if p.asked != 2 {
		t.Errorf("the provider was asked %d times; want 2", p.asked)
	}
}

func TestStaticCredentialsCostNoGoroutine(t *testing.T) {
	for _, provider := range []credentials.CredentialsProvider{
		credentials.NewStaticAKCredentialsProvider("id", "secret"),
		credentials.NewStaticSTSCredentialsProvider("id", "secret", "token"),
		credentials.NewBearerTokenCredentialsProvider("token"),
	} {
		k := newKeyring(provider)
		before := runtime.NumGoroutine()
		if allocs := testing.AllocsPerRun(100, func() {
			if _, err := k.get(t.Context()); err != nil {
				t.Error(err)
			}
		}); allocs > 0 {
			t.Errorf("%s: %v allocations; want none", provider.GetProviderName(), allocs)
		}
		if k.asking != nil || k.last != nil || runtime.NumGoroutine() > before {
			t.Errorf("%s takes the way of those that refresh", provider.GetProviderName())
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
		if got, err := newKeyring(fixedProvider{creds: creds}).get(t.Context()); err == nil {
			t.Errorf("%+v = %+v; want an error", creds, got)
		}
	}
}

func TestCredentialsAreCopied(t *testing.T) {
	own := &credentials.Credentials{AccessKeyId: "id", AccessKeySecret: "secret"}
	creds, err := newKeyring(fixedProvider{creds: own}).get(t.Context())
	own.AccessKeyId = "changed"
	if err != nil || creds.AccessKeyId != "id" {
		t.Errorf("credentials = %+v, %v", creds, err)
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
		{"a URL in the network's words", &url.Error{Op: "Post", URL: leak, Err: errors.New(leak)}, eni.ErrUnavailable, nil},
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
			d.keys = newKeyring(fixedProvider{err: test.err})
			_, err := d.Send(t.Context(), testChange)
			e := d.Explain("Detach", err)
			if e.Kind != test.want || !strings.Contains(e.Message, "provider fixed") || e.HTTPStatus != 0 {
				t.Errorf("error = %v; want %v", e, test.want)
			}
			if test.is != nil && !errors.Is(e, test.is) {
				t.Errorf("%v is no longer %v", e, test.is)
			}
			if errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("error = %v looks as if the caller's context had ended", e)
			}
			checkHides(t, e, "leaked")
		})
	}
}

// The SDK's own chain would settle for its last provider for ever.
func TestTheDefaultChainIsTriedAgain(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
	d, err := newDriver(Config{Region: "cn-hangzhou"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.keys.get(t.Context()); err == nil {
		t.Fatal("credentials out of nowhere")
	}
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "id")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
	creds, err := d.keys.get(t.Context())
	if err != nil || creds.AccessKeyId != "id" {
		t.Errorf("credentials = %v, %v; want those of the environment", creds, err)
	}
}

// sets hands out its sets of credentials, one after another, and the last one
// from then on.
type sets struct {
	takes time.Duration
	ids   []string
	asked int
	err   error
}

func (p *sets) GetCredentials() (*credentials.Credentials, error) {
	p.asked++
	time.Sleep(p.takes)
	if p.err != nil {
		return nil, p.err
	}
	return &credentials.Credentials{AccessKeyId: p.ids[min(p.asked, len(p.ids))-1], AccessKeySecret: "secret"}, nil
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
				k := newKeyring(p)
				expired, err := k.get(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var callers sync.WaitGroup
				for range 64 {
					callers.Go(func() {
						if got := k.renew(t.Context(), expired); got != test.want {
							t.Errorf("renew = %t; want %t", got, test.want)
						}
					})
				}
				callers.Wait()
				if p.asked != 2 {
					t.Errorf("the provider was asked %d times; want 2", p.asked)
				}
				// Whoever comes late finds the others there.
				if test.want && (!k.renew(t.Context(), expired) || p.asked != 2) {
					t.Errorf("a late caller made it %d questions; want 2", p.asked)
				}
			})
		})
	}
}

// A question from before the rotation is not an answer.
func TestARenewalDoesNotTrustAnEarlierQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &sets{ids: []string{"a", "a", "b"}, takes: time.Second}
		k := newKeyring(p)
		expired, err := k.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		early := k.join(nil)
		if !k.renew(t.Context(), expired) || p.asked != 3 {
			t.Errorf("no others after %d questions; want others after 3", p.asked)
		}
		<-early.done
	})
}

// What the cloud no longer takes is nothing to fall back on.
func TestExpiredCredentialsAreNotUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &sets{ids: []string{"a"}}
		k := newKeyring(p)
		expired, err := k.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p.err = errors.New("down")
		if k.renew(t.Context(), expired) {
			t.Error("others out of nowhere")
		}
		if creds, err := k.get(t.Context()); !errors.Is(err, p.err) {
			t.Errorf("credentials = %v, %v; want the provider's error", creds, err)
		}
	})
}

func TestStaticCredentialsAreNotRenewed(t *testing.T) {
	k := newKeyring(credentials.NewStaticAKCredentialsProvider("id", "secret"))
	if k.renew(t.Context(), &credentials.Credentials{AccessKeyId: "other"}) {
		t.Error("static credentials have changed")
	}
}

// The SDK's chain holds on to what it found for as long as our clock allows.
func TestTheDefaultChainForgetsWhatHasExpired(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "first")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
	chain := &defaultChain{}
	k := newKeyring(chain)
	expired, err := k.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := chain.chain
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "second")
	if !k.renew(t.Context(), expired) || chain.chain == before {
		t.Error("the chain was not made anew")
	}
}
