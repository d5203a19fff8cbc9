// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// written lists the secrets of a request in every encoding. The parts without special
// characters cover other encodings.
func written(signature string) []string {
	list := []string{"LTAI5tTestKeyId", "TestSecret", "Secret02", "CAIS", "Test/Token", "Token=="}
	for _, s := range []string{testKeyID, testSecret, testToken, signature} {
		once := url.QueryEscape(s)
		list = append(list, s, once, url.QueryEscape(once))
	}
	return list
}

var lowerHex = regexp.MustCompile(`%[0-9A-F]{2}`)

// The cloud repeats the whole request, in each encoding and each field.
func TestRepliesDoNotShowSecrets(t *testing.T) {
	for _, code := range []string{"SignatureDoesNotMatch", "IncompleteSignature", "InvalidParameter", "New.Code", ""} {
		for _, status := range []int{200, 400, 500} {
			var signature string
			_, e := send(t, func(r *http.Request) (*http.Response, error) {
				signature = r.URL.Query().Get("Signature")
				echo := strings.Join([]string{
					r.URL.String(), testSecret, url.QueryEscape(url.QueryEscape(r.URL.RawQuery)),
					lowerHex.ReplaceAllStringFunc(url.QueryEscape(testToken), strings.ToLower), strings.ReplaceAll(testSecret, "/", `\/`), testToken, signature, testKeyID,
				}, " ")
				body, err := json.Marshal(map[string]string{
					"RequestId": "R " + testToken, "HostId": echo, "Code": code, "Message": echo, "Recommend": echo,
				})
				if err != nil {
					t.Fatal(err)
				}
				resp := respond(r, status, string(body))
				resp.Header.Set("X-Acs-Request-Id", testSecret)
				return resp, nil
			})
			if e == nil {
				if code == "" && status == 200 {
					continue // that is success
				}
				t.Fatalf("%s with status %d is success", code, status)
			}
			checkHides(t, e, written(signature)...)
		}
	}
}

func TestAStringToSignIsWithheldWhateverTheCode(t *testing.T) {
	for _, message := range []string{
		"Specified signature is not matched. server string to sign is:POST&%2F&AccessKeyId%3DLTAIshown",
		"your string to sign: xyz LTAIshown",
		"POST&%2F&AccessKeyId%3DLTAIshown",
	} {
		_, e := send(t, replying(400, `{"RequestId":"R","Code":"Other","Message":"`+message+`"}`))
		if e == nil || e.Message != reply.SignatureRefused {
			t.Errorf("message = %v; want our own message", e)
		}
		checkHides(t, e, "LTAIshown")
	}
}

func TestNetworkErrorsDoNotShowSecrets(t *testing.T) {
	for _, test := range []struct {
		name  string
		cause func(*http.Request) error
		is    error // stays in the chain
	}{
		{"refused", func(*http.Request) error {
			return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}, syscall.ECONNREFUSED},
		{"reset", func(*http.Request) error { return syscall.ECONNRESET }, syscall.ECONNRESET},
		{"a wrapper that knows the URL", func(r *http.Request) error {
			return fmt.Errorf("POST %s: %w", r.URL, syscall.EPIPE)
		}, syscall.EPIPE},
		{"a wrapper in a wrapper", func(r *http.Request) error {
			return fmt.Errorf("proxy: %w", &url.Error{Op: "Post", URL: r.URL.String(), Err: syscall.EPIPE})
		}, syscall.EPIPE},
		{"nothing but the URL", func(r *http.Request) error { return errors.New(r.URL.String()) }, nil},
		{"a tree", func(r *http.Request) error {
			return errors.Join(syscall.EPIPE, errors.New(r.URL.String()))
		}, nil},
		{"a secret below a clean text", func(r *http.Request) error {
			return discreetError{errors.New(r.URL.String())}
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var signature string
			_, e := send(t, func(r *http.Request) (*http.Response, error) {
				signature = r.URL.Query().Get("Signature")
				return nil, test.cause(r)
			})
			if e == nil || e.Kind != eni.ErrUnavailable || e.HTTPStatus != 0 || e.Message == "" {
				t.Fatalf("error = %+v", e)
			}
			if test.is != nil && !errors.Is(e, test.is) {
				t.Errorf("%v is no longer %v", e, test.is)
			}
			checkHides(t, e, written(signature)...)
			checkHides(t, e, "AccessKeyId=")
		})
	}
}

// discreetError has a text without that of the error that it wraps.
type discreetError struct{ inner error }

func (discreetError) Error() string   { return "something failed" }
func (d discreetError) Unwrap() error { return d.inner }
