// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/internal/transport"
)

// Package endpoint tests the values and the error texts.
func TestNewChecksItsConfig(t *testing.T) {
	for _, test := range []struct {
		cfg  Config
		want string // empty for none
	}{
		{Config{Region: "cn-hangzhou"}, ""},
		{Config{Region: "cn-hangzhou", Endpoint: "ecs-vpc.cn-hangzhou.aliyuncs.com", UserAgent: "drain/1"}, ""},
		{Config{}, "aliyun: region is required"},
		{Config{Region: "evil.example"}, `aliyun: region "evil.example" is not a region id, want letters, digits and hyphens`},
		{Config{Region: "r", Endpoint: "host:http"}, "aliyun: endpoint has an invalid port, want 1 to 65535"},
		{Config{Region: "r", Endpoint: "host/path"}, "aliyun: endpoint has a path, want none"},
		{Config{Region: "r", UserAgent: "a\nb"}, "aliyun: user agent is invalid, want printable ASCII without white space at its ends"},
	} {
		client, err := New(test.cfg, nil)
		switch {
		case test.want == "" && (err != nil || client == nil):
			t.Errorf("%+v: %v, %v", test.cfg, client, err)
		case test.want != "" && (err == nil || err.Error() != test.want || client != nil):
			t.Errorf("%+v: %v, want %s", test.cfg, err, test.want)
		}
	}
}

func TestEndpoints(t *testing.T) {
	for endpoint, want := range map[string]string{
		"":                    "https://ecs.cn-hangzhou-finance.aliyuncs.com/",
		"host":                "https://host/",
		"HOST:8443":           "https://host:8443/",
		"http://127.0.0.1:80": "http://127.0.0.1:80/",
		"HTTPS://host/":       "https://host/",
		"[::1]:80":            "https://[::1]:80/",
	} {
		d, err := newDriver(Config{Region: "CN-Hangzhou-Finance", Endpoint: endpoint})
		if err != nil || d.blank.URL.String() != want || d.region != "cn-hangzhou-finance" {
			t.Errorf("%q: %+v, %v; want %s", endpoint, d, err, want)
		}
	}
}

// Region ids are sent in lower case, and each request has the User-Agent.
func TestRegionAndUserAgentOnTheWire(t *testing.T) {
	d, err := newDriver(Config{
		Region: "CN-Hangzhou", Credentials: testProvider, UserAgent: "drain/1.2",
		HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			want, err := transport.UserAgent("drain/1.2")
			if got := r.UserAgent(); err != nil || got != want || !strings.HasPrefix(got, "cloudeni/") || !strings.HasSuffix(got, " drain/1.2") {
				t.Errorf("User-Agent %q", got)
			}
			if got := r.URL.Query().Get("RegionId"); got != "cn-hangzhou" || r.URL.Host != "ecs.cn-hangzhou.aliyuncs.com" {
				t.Errorf("RegionId %q to %s", got, r.URL.Host)
			}
			return respond(r, http.StatusOK, `{"RequestId":"R"}`), nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Send(t.Context(), testChange); err != nil {
		t.Error(err)
	}
}

func TestHTTPClientIsNotChanged(t *testing.T) {
	given := &http.Client{}
	if _, err := newDriver(Config{Region: "cn-hangzhou", HTTPClient: given}); err != nil {
		t.Fatal(err)
	}
	if given.CheckRedirect != nil || given.Transport != nil || given.Timeout != 0 {
		t.Errorf("the caller's client is now %+v", given)
	}
}
