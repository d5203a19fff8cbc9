// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// A change with a list of structures, a description with a list of texts, and the
// query of the task, which needs no region, work with every scheme.
func TestSchemes(t *testing.T) {
	eachScheme(t, func(t *testing.T, d scheme) {
		s := newServer()
		s.Token = "token/with+signs=="
		s.Cloud.Put(withAddresses("eni-1", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7"))
		v := visitBy(s, d)
		change := serve(t, s, v.unassign(t, "10.0.0.5", "10.0.0.6"))
		if i, _ := s.Cloud.Get("eni-1"); change.Error.Code != "" || len(i.Addresses) != 2 {
			t.Fatalf("%+v, %+v", change.Error, i.Addresses)
		}
		found := serve(t, s, v.describe(t, "eni-1"))
		if found.TotalCount != 1 || found.NetworkInterfaceSet[0].NetworkInterfaceID != "eni-1" {
			t.Errorf("%+v", found)
		}
		v.region = ""
		if got := serve(t, s, v.task(t, change.RequestID)); got.Status != "SUCCESS" {
			t.Errorf("%+v", got)
		}
		if got := serve(t, s, v.describe(t, "eni-1")); got.Error.Code != "MissingParameter" || !strings.HasSuffix(got.Error.Message, "Region`.") {
			t.Errorf("a description without a region: %+v", got.Error)
		}
	})
}

func TestSchemesAreGuarded(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*visit)
		code  string
	}{
		"other key":   {func(v *visit) { v.key = "other" }, "AuthFailure.SignatureFailure"},
		"other id":    {func(v *visit) { v.id = "other" }, "AuthFailure.SecretIdNotFound"},
		"other token": {func(v *visit) { v.token = "other" }, "AuthFailure.TokenFailure"},
		"no token":    {func(v *visit) { v.token = "" }, "AuthFailure.TokenFailure"},
		"no region":   {func(v *visit) { v.region = "ap-nowhere" }, "InvalidParameterValue"},
	} {
		t.Run(name, func(t *testing.T) {
			eachScheme(t, func(t *testing.T, d scheme) {
				s := newServer()
				s.Token = "token"
				v := visitBy(s, d)
				test.spoil(&v)
				if got := serve(t, s, v.unassign(t, "10.0.0.5")); got.Error.Code != test.code {
					t.Errorf("got %+v, want %s", got.Error, test.code)
				}
				if len(s.Cloud.Calls()) > 0 {
					t.Error("it reached the cloud")
				}
			})
		})
	}
}

// What was signed is what counts: another parameter, host or method is refused.
func TestSchemesVerifyWhatIsSigned(t *testing.T) {
	eachScheme(t, func(t *testing.T, d scheme) {
		for name, spoil := range map[string]func(*http.Request){
			"another value": func(r *http.Request) {
				r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "10.0.0.5", "10.0.0.6")
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(body, []byte("10.0.0.5"), []byte("10.0.0.6"))))
			},
			"another host": func(r *http.Request) { r.Host = "elsewhere.example" },
		} {
			s := newServer()
			r := visitBy(s, d).unassign(t, "10.0.0.5")
			spoil(r)
			if got := serve(t, s, r); got.Error.Code != "AuthFailure.SignatureFailure" {
				t.Errorf("%s: got %+v", name, got.Error)
			}
		}
	})
}

// The SDK for Node signs the host without its port; those for Node, Java and PHP take
// the service from the first label of the endpoint.
func TestSignedHosts(t *testing.T) {
	for _, test := range []struct {
		endpoint, service, host string
		code                    string
	}{
		{"127.0.0.1:8080", "vpc", "127.0.0.1:8080", ""},
		{"127.0.0.1:8080", "127", "127.0.0.1:8080", ""},
		{"127.0.0.1", "127", "127.0.0.1:8080", ""},
		{"[::1]", "[::1]", "[::1]:8080", ""},
		{"localhost:8080", "localhost:8080", "localhost:8080", ""},
		{"localhost", "localhost", "localhost:8080", ""},
		{"vpc.test", "vpc", "vpc.test:443", ""},
		{"vpc.test", "cdb", "vpc.test", "AuthFailure.SignatureFailure"},
		{"127.0.0.2", "127", "127.0.0.1:8080", "AuthFailure.SignatureFailure"},
	} {
		eachScheme(t, func(t *testing.T, d scheme) {
			s := newServer()
			v := visitBy(s, d)
			v.endpoint, v.service = test.endpoint, test.service
			r := v.describe(t, "eni-1")
			r.Host = test.host
			want := test.code
			if !strings.HasPrefix(d.sign, "TC3") && test.service == "cdb" {
				want = "" // signature v1 has no service
			}
			if got := serve(t, s, r); got.Error.Code != want {
				t.Errorf("%s as %s at %s: got %+v, want %q", test.endpoint, test.service, test.host, got.Error, want)
			}
		})
	}
}

func TestUnsignedPayload(t *testing.T) {
	s := newServer()
	v := visitBy(s, schemes[0])
	v.unsigned = true
	if got := serve(t, s, v.unassign(t, "10.0.0.5")); got.Error.Code != "" {
		t.Errorf("%+v", got.Error)
	}
}

// A request with an unsupported scheme gets a message with the supported ones.
func TestUnsupportedSchemes(t *testing.T) {
	s := newServer()
	good := func() *http.Request { return visitBy(s, schemes[0]).describe(t, "eni-1") }
	form := func() *http.Request { return visitBy(s, schemes[2]).describe(t, "eni-1") }
	for name, r := range map[string]*http.Request{
		"a multipart body":  with(good(), func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }),
		"no content type":   with(good(), func(r *http.Request) { r.Header.Del("Content-Type") }),
		"another method":    with(good(), func(r *http.Request) { r.Method = http.MethodPut }),
		"the path of 2.0":   with(good(), func(r *http.Request) { r.URL.Path = "/v2/index.php" }),
		"a GET with a body": with(good(), func(r *http.Request) { r.Method = http.MethodGet }),
		"no signature":      httptest.NewRequest(http.MethodGet, "http://vpc.test/?Action=DescribeNetworkInterfaces", nil),
		"another signature": with(good(), func(r *http.Request) { r.Header.Set("Authorization", "SKIP") }),
		"another signature without a version": with(good(), func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer secret")
			delete(r.Header, "X-TC-Version")
			r.Header.Del("X-TC-Version")
		}),
		"HmacSHA512": httptest.NewRequest(http.MethodGet, "http://vpc.test/?Signature=x&SignatureMethod=HmacSHA512", nil),
		"TC3 over a form": with(form(), func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("Action=DescribeNetworkInterfaces"))
			r.Header.Set("Authorization", "TC3-HMAC-SHA256 …")
		}),
	} {
		got := serve(t, s, r)
		if !slices.Contains([]string{"UnsupportedProtocol", "AuthFailure.InvalidAuthorization"}, got.Error.Code) ||
			!strings.Contains(got.Error.Message, "TC3-HMAC-SHA256") || !strings.Contains(got.Error.Message, "HmacSHA256") {
			t.Errorf("%s: got %+v", name, got.Error)
		}
	}
}

// An action that is missing is named, with those that are there.
func TestMissingAction(t *testing.T) {
	eachScheme(t, func(t *testing.T, d scheme) {
		s := newServer()
		q := new(describeRequest)
		got := serve(t, s, visitBy(s, d).request(t, "RunInstances", q, &q.BaseRequest))
		if got.Error.Code != "InvalidAction" || !strings.HasPrefix(got.Error.Message, "this server does not have RunInstances: it has ") ||
			!strings.Contains(got.Error.Message, "DetachNetworkInterface, ") {
			t.Errorf("%+v", got.Error)
		}
	})
	got := callLegacy(t, newLegacyServer(), "DetachNetworkInterface", one)
	if got.CodeDesc != "InvalidAction" || !strings.Contains(got.Message, "this server does not have DetachNetworkInterface: it has DescribeNetworkInterfaces, ") {
		t.Errorf("API 2.0: %+v", got)
	}
}
