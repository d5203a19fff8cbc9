// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/endpoint"
	"github.com/cloudeni/cloudeni/internal/transport"
)

// Package endpoint tests the values and the error texts.
func TestNewChecksItsConfig(t *testing.T) {
	for _, test := range []struct {
		cfg  Config
		want string // empty for none
	}{
		{Config{Region: "ap-guangzhou"}, ""},
		{Config{Region: "ap-guangzhou", Endpoint: "vpc.internal.tencentcloudapi.com", UserAgent: "drain/1"}, ""},
		{Config{}, "tencent: region is required"},
		{Config{Region: "evil.example"}, `tencent: region "evil.example" is not a region id, want letters, digits and hyphens`},
		{Config{Region: "r", Endpoint: "host:http"}, "tencent: endpoint has an invalid port, want 1 to 65535"},
		{Config{Region: "r", UserAgent: "a\nb"}, "tencent: user agent is invalid, want printable ASCII without white space at its ends"},
	} {
		for name, open := range map[string]func(Config) (*Client, error){
			"New":       func(cfg Config) (*Client, error) { return New(cfg, nil) },
			"NewLegacy": func(cfg Config) (*Client, error) { return NewLegacy(cfg, nil) },
		} {
			client, err := open(test.cfg)
			switch {
			case test.want == "" && (err != nil || client == nil):
				t.Errorf("%s: %+v: %v, %v", name, test.cfg, client, err)
			case test.want != "" && (err == nil || err.Error() != test.want || client != nil):
				t.Errorf("%s: %+v: %v, want %s", name, test.cfg, err, test.want)
			}
		}
	}
	// API 3.0 is at the root, and what is signed says so.
	if c, err := New(Config{Region: "r", Endpoint: "vpc.example/v2/index.php"}, nil); err == nil || err.Error() != "tencent: endpoint has a path, want none" {
		t.Errorf("%v, %v", c, err)
	}
}

func TestEndpoints(t *testing.T) {
	for text, want := range map[string]endpoint.Endpoint{
		"":                      {Scheme: "https", Host: defaultHost, Path: "/"},
		"VPC.Example/":          {Scheme: "https", Host: "vpc.example", Path: "/"},
		"http://127.0.0.1:8080": {Scheme: "http", Host: "127.0.0.1:8080", Path: "/"},
	} {
		d, err := newDriver(Config{Region: "AP-Shenzhen-FSI", Endpoint: text})
		if err != nil || d.to != want || d.region != "ap-shenzhen-fsi" {
			t.Errorf("%q: %+v, %v; want %+v", text, d, err, want)
		}
	}
}

// Region ids are sent in lower case, and each request has the User-Agent.
func TestRegionAndUserAgentOnTheWire(t *testing.T) {
	d, err := newDriver(Config{
		Region: "AP-Guangzhou", Credentials: testCredentials, UserAgent: "drain/1.2",
		HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			want, err := transport.UserAgent("drain/1.2")
			if got := r.UserAgent(); err != nil || got != want || !strings.HasPrefix(got, "cloudeni/") || !strings.HasSuffix(got, " drain/1.2") {
				t.Errorf("User-Agent %q", got)
			}
			if got := r.Header.Get("X-TC-Region"); got != "ap-guangzhou" {
				t.Errorf("X-TC-Region %q", got)
			}
			return respond(http.StatusOK, accepted), nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Send(t.Context(), testChange); err != nil {
		t.Error(err)
	}
}

// The two APIs have different providers in metrics.
func TestProviderOfTheLegacyAPI(t *testing.T) {
	c, err := NewLegacy(Config{Region: "gz", Credentials: testCredentials}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "ins-1"})
	var e *eni.Error
	if !errors.As(err, &e) || e.Provider != ProviderLegacy || ProviderLegacy == Provider {
		t.Errorf("%+v", err)
	}
}

// If common.DefaultHttpClient is set, the SDK uses and changes it. This package must
// prevent both, whenever it was set.
func TestSDKDefaultHTTPClientStaysOut(t *testing.T) {
	saved := common.DefaultHttpClient
	defer func() { common.DefaultHttpClient = saved }()
	transport := roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("a request went through common.DefaultHttpClient")
		return respond(http.StatusOK, accepted), nil
	})
	shared := &http.Client{Transport: transport, Timeout: 7}
	common.DefaultHttpClient = shared

	d := newTestDriver(t, func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, accepted), nil })
	if _, err := d.Send(t.Context(), testChange); err != nil {
		t.Fatal(err)
	}
	early := newSDK()
	if early.WithHttpTransport(nil); shared.Transport == nil {
		t.Error("the SDK's client and common.DefaultHttpClient are one")
	}
	if common.DefaultHttpClient != shared || shared.Timeout != 7 {
		t.Errorf("common.DefaultHttpClient is now %+v", common.DefaultHttpClient)
	}
}

// The user's transport is used, and the user's client is not changed.
func TestHTTPClientIsUsedAsItIs(t *testing.T) {
	redirects := 0
	user := &http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			resp := respond(http.StatusTemporaryRedirect, "")
			resp.Header.Set("Location", "https://elsewhere.example/")
			if r.URL.Host != defaultHost {
				t.Errorf("a request went to %s", r.URL.Host)
			}
			return resp, nil
		}),
		CheckRedirect: func(*http.Request, []*http.Request) error {
			redirects++
			return nil
		},
	}
	d, err := newDriver(Config{Region: "ap-guangzhou", Credentials: testCredentials, HTTPClient: user})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Send(t.Context(), testChange)
	if e := d.Explain("", err); e.HTTPStatus != http.StatusTemporaryRedirect || !strings.Contains(e.Message, "redirects to elsewhere.example") {
		t.Errorf("a redirect is %v", e)
	}
	if user.CheckRedirect == nil || user.CheckRedirect(nil, nil) != nil || redirects != 1 {
		t.Error("the user's client was changed, or its CheckRedirect called")
	}
}
