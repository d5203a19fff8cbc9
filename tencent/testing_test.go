// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

const (
	testID    = "AKIDsecretsecretsecret"
	testKey   = "keykeykeykeykeykeykey"
	testToken = "token/with+signs=="
	accepted  = `{"Response":{"RequestId":"r-1"}}`
)

var (
	testCredentials = common.NewTokenCredential(testID, testKey, testToken)
	testChange      = core.Change{
		Action:      core.UnassignPrivateIps,
		InterfaceID: "eni-1",
		Addresses:   []netip.Addr{netip.MustParseAddr("10.0.0.5")},
	}
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func newTestDriver(t testing.TB, f roundTripper) *driver {
	t.Helper()
	d, err := newDriver(Config{
		Region:      "ap-guangzhou",
		Credentials: testCredentials,
		HTTPClient:  &http.Client{Transport: f},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func respond(status int, body string) *http.Response {
	return &http.Response{
		StatusCode:    status,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: -1,
	}
}

// wantNoSecret fails the test if an error prints a secret of the request.
func wantNoSecret(t *testing.T, err error) {
	t.Helper()
	forms := []string{testID, testKey, testToken, url.QueryEscape(testToken), "Signature="}
	check := func(text string) {
		t.Helper()
		for _, secret := range forms {
			if strings.Contains(text, secret) {
				t.Errorf("%q holds %q", text, secret)
			}
		}
	}
	var walk func(error)
	walk = func(err error) {
		t.Helper()
		if err == nil {
			return
		}
		check(err.Error())
		check(fmt.Sprintf("%+v", err))
		check(fmt.Sprintf("%#v", err))
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				walk(err)
			}
		}
	}
	walk(err)
	var e *eni.Error
	if errors.As(err, &e) {
		check(fmt.Sprint(e.LogValue()))
		if strings.ContainsAny(e.Error(), "\r\n") {
			t.Errorf("%q has more than one line", e.Error())
		}
	}
}
