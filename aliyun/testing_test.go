// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Secrets with special characters.
const (
	testKeyID  = "LTAI5tTestKeyId/+=01"
	testSecret = "TestSecret+/=Secret02"
	testToken  = "CAIS+Test/Token==03"
)

var testProvider = credentials.NewStaticSTSCredentialsProvider(testKeyID, testSecret, testToken)

type roundTripper func(*http.Request) (*http.Response, error)

func (rt roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return rt(r) }

func newTestDriver(t testing.TB, rt roundTripper) *driver {
	t.Helper()
	d, err := newDriver(Config{
		Region:      "cn-hangzhou",
		Credentials: testProvider,
		HTTPClient:  &http.Client{Transport: rt},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// replying returns a transport that sends the same response to every request.
func replying(status int, body string) roundTripper {
	return func(r *http.Request) (*http.Response, error) { return respond(r, status, body), nil }
}

func respond(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    r,
	}
}

var testChange = core.Change{Action: core.Detach, InterfaceID: "eni-1", InstanceID: "i-1"}

// send sends testChange and explains the error, if any.
func send(t testing.TB, rt roundTripper) (core.Receipt, *eni.Error) {
	t.Helper()
	d := newTestDriver(t, rt)
	receipt, err := d.Send(t.Context(), testChange)
	if err == nil {
		return receipt, nil
	}
	return receipt, d.Explain("Detach", err)
}

// chain returns an error and all errors that it wraps.
func chain(err error) []error {
	if err == nil {
		return nil
	}
	list := []error{err}
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		list = append(list, chain(x.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			list = append(list, chain(e)...)
		}
	}
	return list
}

// checkHides fails the test if the error, or one that it wraps, prints a secret in any
// format.
func checkHides(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, e := range chain(err) {
		texts := []string{e.Error(), fmt.Sprintf("%v", e), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e), fmt.Sprintf("%q", e)}
		var explained *eni.Error
		if errors.As(e, &explained) {
			texts = append(texts, explained.LogValue().String(), fmt.Sprintf("%+v", *explained))
		}
		for _, text := range texts {
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%T shows the secret %q: %s", e, secret, text)
				}
			}
		}
	}
}
