// SPDX-License-Identifier: Apache-2.0

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
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/credcache"
)

type fixedProvider struct {
	creds *credentials.Credentials
	err   error
}

func (p fixedProvider) GetCredentials() (*credentials.Credentials, error) { return p.creds, p.err }
func (fixedProvider) GetProviderName() string                             { return "fixed" }

func TestStaticCredentialsCostNoGoroutine(t *testing.T) {
	for _, provider := range []credentials.CredentialsProvider{
		credentials.NewStaticAKCredentialsProvider("id", "secret"),
		credentials.NewStaticSTSCredentialsProvider("id", "secret", "token"),
		credentials.NewBearerTokenCredentialsProvider("token"),
	} {
		c := newCredentialCache(provider)
		before := runtime.NumGoroutine()
		if allocs := testing.AllocsPerRun(100, func() {
			if _, err := c.Get(t.Context()); err != nil {
				t.Error(err)
			}
		}); allocs > 0 || runtime.NumGoroutine() > before {
			t.Errorf("%s: %v allocations; want none", provider.GetProviderName(), allocs)
		}
	}
}

func TestEmptyCredentials(t *testing.T) {
	for _, creds := range []*credentials.Credentials{
		nil, {}, {AccessKeyId: "id"}, {AccessKeySecret: "secret"}, {SecurityToken: "token"},
	} {
		if got, err := newCredentialCache(fixedProvider{creds: creds}).Get(t.Context()); err == nil {
			t.Errorf("%+v = %+v; want an error", creds, got)
		}
	}
}

func TestCredentialsAreCopied(t *testing.T) {
	creds := &credentials.Credentials{AccessKeyId: "id", AccessKeySecret: "secret"}
	got, err := newCredentialCache(fixedProvider{creds: creds}).Get(t.Context())
	creds.AccessKeyId = "changed"
	if err != nil || got.ID != "id" {
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
		{"the metadata service is down", errors.New("refresh Ecs sts token err, httpStatus: 503, message = <html>leaked"), eni.ErrUnavailable, nil},
		{"the metadata service throttles", errors.New("received 429 getting security credentials for role"), eni.ErrUnavailable, nil},
		{"the metadata service refuses", errors.New("received 403 getting security credentials for role"), eni.ErrUnauthenticated, nil},
		{"half a body", errors.New("refresh Ecs sts token err, json.Unmarshal fail: unexpected end of JSON input"), eni.ErrUnavailable, nil},
		{"a sidecar is down", errors.New("get credentials from http://127.0.0.1:1 failed: down"), eni.ErrUnavailable, nil},
		{"its own kind", fmt.Errorf("my vault: %w", eni.ErrUnavailable), eni.ErrUnavailable, nil},
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
			for _, status := range []string{"503", "429"} {
				if strings.Contains(test.err.Error(), status) && !strings.Contains(e.Message, status) {
					t.Errorf("%v does not name the status %s", e, status)
				}
			}
			if receipt, _ := d.Send(t.Context(), testChange); !receipt.NotSent {
				t.Error("the receipt does not say that nothing was sent")
			}
		})
	}
}

// The SDK's own chain would keep its last provider forever.
func TestTheDefaultChainIsTriedAgain(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
	d, err := newDriver(Config{Region: "cn-hangzhou"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.credentials.Get(t.Context()); err == nil {
		t.Fatal("credentials out of chainFailed")
	}
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "id")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
	creds, err := d.credentials.Get(t.Context())
	if err != nil || creds.ID != "id" {
		t.Errorf("credentials = %v, %v; want those of the environment", creds, err)
	}
}

// The SDK's chain keeps its credentials until they expire by the clock of the machine.
func TestTheDefaultChainIsResetAfterExpiry(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "first")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
	chain := &defaultChain{}
	c := credcache.New(credcache.Source{Load: func() (credcache.Set, error) { return load(chain) }, Reset: chain.reset}, fields)
	expired, err := c.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := chain.chain
	if _, err := c.Get(t.Context()); err != nil || chain.chain != before {
		t.Errorf("the chain was made anew before that, %v", err)
	}
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "second")
	if !c.Renew(t.Context(), expired) || chain.chain == before {
		t.Error("the chain was not made anew")
	}
}

// A chain that has succeeded is kept after a single failure.
func TestAChainThatHasWorkedIsKept(t *testing.T) {
	found := &fixedProvider{err: errors.New("down")}
	chain := &defaultChain{chain: found, worked: true}
	for range 2 {
		if _, err := chain.GetCredentials(); err == nil || chain.chain != credentials.CredentialsProvider(found) {
			t.Errorf("%T, %v", chain.chain, err)
		}
	}
}

// If a key has the line end of its file, the error names the field and nothing is
// sent.
func TestPaddedKeys(t *testing.T) {
	for _, end := range []string{"\n", " ", "\r\n"} {
		for field, provider := range map[string]credentials.CredentialsProvider{
			"access key ID":     credentials.NewStaticAKCredentialsProvider("LTAI"+end, "secret"),
			"access key secret": credentials.NewStaticAKCredentialsProvider("LTAI", "secret"+end),
			"security token":    credentials.NewStaticSTSCredentialsProvider("LTAI", "secret", "token"+end),
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
		release := make(chan struct{})
		defer close(release)
		d := newTestDriver(t, nil)
		d.credentials = newCredentialCache(hanging{release})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		receipt, err := d.Send(ctx, testChange)
		e := d.Explain("Detach", err)
		if !receipt.NotSent || e.Kind != eni.ErrUnavailable || !errors.Is(e, context.DeadlineExceeded) || !strings.Contains(e.Message, "provider hanging yet") {
			t.Errorf("%+v, %v", receipt, e)
		}
	})
}

type hanging struct{ release chan struct{} }

func (h hanging) GetCredentials() (*credentials.Credentials, error) {
	<-h.release
	return nil, nil //nolint:nilnil // nobody asks any more
}
func (hanging) GetProviderName() string { return "hanging" }

// turning is a provider that returns a different key each time.
type turning struct{ n *int }

func (p turning) GetCredentials() (*credentials.Credentials, error) {
	*p.n++
	return &credentials.Credentials{AccessKeyId: fmt.Sprint("id-", *p.n), AccessKeySecret: "secret"}, nil
}
func (turning) GetProviderName() string { return "turning" }

// Credentials are renewed only after a code for expired credentials.
func TestWhatIsRenewed(t *testing.T) {
	for code, want := range map[string]bool{
		"InvalidSecurityToken.Expired": true, "invalidaccesskeyid.inactive": true, "SecurityTokenExpired": true, "Forbidden.AccessKeyDisabled": true,
		"SignatureDoesNotMatch": false, "InvalidAccessKeyId.New": false, "Operation.Conflict": false, "Never.Heard.Of": false,
	} {
		d := newTestDriver(t, replying(403, `{"RequestId":"R","Code":"`+code+`"}`))
		d.credentials = newCredentialCache(turning{new(int)})
		_, err := d.Send(t.Context(), testChange)
		if got := d.Renew(t.Context(), err); got != want {
			t.Errorf("%s is renewed: %t", code, got)
		}
	}
	d := newTestDriver(t, nil)
	if d.Renew(t.Context(), errors.New("other")) {
		t.Error("another error is renewed")
	}
}
