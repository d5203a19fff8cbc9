// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
)

// identity is a set of credentials.
type identity struct{ id, secret, token string }

var account = identity{"LTAI5tDemoDemoDemoDemoId", "DemoSecretDemoSecretDemoSecret", ""}

// acs3 returns a request as the vendor's SDKs of version 2 sign it. Headers may be
// changed before that: one that is empty is left out.
func acs3(who identity, parameters map[string]string, body string, headers map[string]string) *http.Request {
	query := make(url.Values)
	for name, value := range parameters {
		if name != "Action" {
			query.Set(name, value)
		}
	}
	if !query.Has("RegionId") {
		query.Set("RegionId", "cn-hangzhou")
	}
	sorted := strings.ReplaceAll(query.Encode(), "+", "%20")
	r := httptest.NewRequest(http.MethodPost, "https://ecs.invalid/?"+sorted, strings.NewReader(body))
	hash := sha256.Sum256([]byte(body))
	nonces++
	all := map[string]string{
		"x-acs-action": parameters["Action"], "x-acs-version": "2014-05-26", "x-acs-date": time.Now().UTC().Format("2006-01-02T15:04:05Z"),
		"x-acs-signature-nonce": fmt.Sprint(nonces), "x-acs-content-sha256": hex.EncodeToString(hash[:]), "x-acs-security-token": who.token,
	}
	maps.Copy(all, headers)
	signed := []string{"host"}
	for name, value := range all {
		if value != "" {
			signed = append(signed, name)
			r.Header.Set(name, value)
		}
	}
	slices.Sort(signed)
	text := "POST\n/\n" + sorted + "\n"
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = "ecs.invalid"
		}
		text += name + ":" + value + "\n"
	}
	text += "\n" + strings.Join(signed, ";") + "\n" + r.Header.Get("x-acs-content-sha256")
	inner := sha256.Sum256([]byte(text))
	mac := hmac.New(sha256.New, []byte(who.secret))
	fmt.Fprintf(mac, "ACS3-HMAC-SHA256\n%x", inner)
	r.Header.Set("Authorization", fmt.Sprintf("ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%x", who.id, strings.Join(signed, ";"), mac.Sum(nil)))
	return r
}

var nonces int

func send(t *testing.T, s *aliyuntest.Server, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	a := answer{Status: w.Code}
	if err := json.NewDecoder(w.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

// The signature is one that the vendor's own openapi-util has made, v0.1.0.
func TestTheVendorsSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins when the request was signed
		s := newServer()
		s.SetCredentials("STS.id", "secret", "token")
		request := func(host string) *http.Request {
			r := httptest.NewRequest(http.MethodPost, "https://"+host+"/?RegionId=cn-hangzhou&NetworkInterfaceName=a%20b%2A~%2F%C3%A9&NetworkInterfaceId.1=eni-1", nil)
			for name, value := range map[string]string{
				"x-acs-action": "DescribeNetworkInterfaces", "x-acs-version": "2014-05-26", "x-acs-date": "2000-01-01T00:00:00Z",
				"x-acs-signature-nonce": "n-1", "x-acs-security-token": "token",
				"x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
				"Authorization": "ACS3-HMAC-SHA256 Credential=STS.id,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;" +
					"x-acs-security-token;x-acs-signature-nonce;x-acs-version,Signature=932fb166946b317c837d54c80378e99b2e5e76b0f81ad2f7f96547e4571ab341",
			} {
				r.Header.Set(name, value)
			}
			return r
		}
		if a := send(t, s, request("other.invalid")); a.Code != "SignatureDoesNotMatch" {
			t.Errorf("to another host: %+v", a)
		}
		if a := send(t, s, request("ecs.invalid")); a.Status != 200 {
			t.Errorf("answer = %+v", a)
		}
		if a := send(t, s, request("ecs.invalid")); a.Code != "SignatureNonceUsed" {
			t.Errorf("again: %+v", a)
		}
	})
}

// The server checks the same things for every signature scheme.
func TestEveryScheme(t *testing.T) {
	sts := identity{"STS.second", "secret-2", "token-2"}
	schemes := map[string]func(*testing.T, identity) *http.Request{
		"ACS3-HMAC-SHA256": func(_ *testing.T, who identity) *http.Request { return acs3(who, detach, "", nil) },
		"HMAC-SHA1": func(t *testing.T, who identity) *http.Request {
			var signer credentials.CredentialsProvider = credentials.NewStaticAKCredentialsProvider(who.id, who.secret)
			if who.token != "" {
				signer = credentials.NewStaticSTSCredentialsProvider(who.id, who.secret, who.token)
			}
			return httptest.NewRequest(http.MethodPost, "https://ecs.invalid/?"+signed(t, signer, detach).Encode(), nil)
		},
	}
	for scheme, request := range schemes {
		for _, test := range []struct {
			name   string
			server identity
			caller identity
			want   string
		}{
			{"the key", account, account, ""},
			{"a session", sts, sts, ""},
			{"another secret", account, identity{account.id, "wrong", ""}, "SignatureDoesNotMatch"},
			{"another key", account, identity{"other", account.secret, ""}, "InvalidAccessKeyId.NotFound"},
			{"no token", sts, identity{sts.id, sts.secret, ""}, "MissingSecurityToken"},
			{"another token", sts, identity{sts.id, sts.secret, "other"}, "InvalidSecurityToken.MismatchWithAccessKey"},
			{"a token too many", account, identity{account.id, account.secret, "token"}, "InvalidSecurityToken.Malformed"},
			{"a session that was replaced", sts, identity{"STS.first", "secret-1", "token-1"}, "InvalidSecurityToken.Expired"},
		} {
			t.Run(scheme+"/"+test.name, func(t *testing.T) {
				s := newServer()
				s.SetCredentials("STS.first", "secret-1", "token-1")
				s.SetCredentials(test.server.id, test.server.secret, test.server.token)
				if a := send(t, s, request(t, test.caller)); a.Code != test.want || (a.Status == 200) != (test.want == "") {
					t.Errorf("answer = %+v; want %q", a, test.want)
				}
			})
		}
		t.Run(scheme+"/time and nonce", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				early, late := request(t, account), request(t, account)
				time.Sleep(15 * time.Minute)
				if a := send(t, s, early); a.Status != 200 {
					t.Errorf("after 15 minutes: %+v", a)
				}
				if a := send(t, s, early); a.Code != "SignatureNonceUsed" {
					t.Errorf("replayed: %+v", a)
				}
				time.Sleep(time.Second)
				if a := send(t, s, late); a.Code != "InvalidTimeStamp.Expired" {
					t.Errorf("after more than 15 minutes: %+v", a)
				}
			})
		})
	}
}

// A change after signing is noticed, wherever it is.
func TestAnACS3RequestThatWasChanged(t *testing.T) {
	for _, test := range []struct {
		name    string
		headers map[string]string // before signing
		change  func(*http.Request)
		want    string
	}{
		{"nothing", nil, func(*http.Request) {}, ""},
		{"a parameter", nil, func(r *http.Request) { r.URL.RawQuery += "&Force=true" }, "SignatureDoesNotMatch"},
		{"a parameter again", nil, func(r *http.Request) { r.URL.RawQuery += "&RegionId=cn-beijing" }, "SignatureDoesNotMatch"},
		{"a parameter that is called Signature", nil, func(r *http.Request) { r.URL.RawQuery += "&Signature=1" }, "SignatureDoesNotMatch"},
		{"the action", nil, func(r *http.Request) { r.Header.Set("x-acs-action", "DeleteNetworkInterface") }, "SignatureDoesNotMatch"},
		{"the method", nil, func(r *http.Request) { r.Method = http.MethodGet }, "SignatureDoesNotMatch"},
		{"the body", nil, func(r *http.Request) {
			r.Body = http.NoBody
			r.Header.Set("x-acs-content-sha256", strings.Repeat("0", 64))
		}, "SignatureDoesNotMatch"},
		{"the token", nil, func(r *http.Request) { r.Header.Set("x-acs-security-token", "token") }, "IncompleteSignature"},
		{"half a signature", nil, func(r *http.Request) { r.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential=a") }, "IncompleteSignature"},
		{"the version", map[string]string{"x-acs-version": "2015-01-01"}, func(*http.Request) {}, "InvalidVersion"},
		{"the time", map[string]string{"x-acs-date": "now"}, func(*http.Request) {}, "InvalidTimeStamp.Format"},
		{"no nonce", map[string]string{"x-acs-signature-nonce": ""}, func(*http.Request) {}, "MissingParameter"},
		{"no action", map[string]string{"x-acs-action": ""}, func(*http.Request) {}, "MissingParameter"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			r := acs3(account, detach, "", test.headers)
			test.change(r)
			if a := send(t, s, r); a.Code != test.want {
				t.Errorf("answer = %+v; want %q", a, test.want)
			}
		})
	}
}

// A parameter of an HMAC-SHA1 request that is given once more was not signed.
func TestAnRPCRequestWithAParameterAgain(t *testing.T) {
	for _, added := range []string{"&InstanceId=i-2", "&Action=DeleteNetworkInterface", "&Force=true"} {
		r := httptest.NewRequest(http.MethodPost, "https://ecs.invalid/?"+signed(t, static, detach).Encode()+added, nil)
		if a := send(t, newServer(), r); a.Code != "SignatureDoesNotMatch" {
			t.Errorf("%s: %+v", added, a)
		}
	}
}

// The parameters of an ACS3 request may be in a form, which its hash covers.
func TestAnACS3RequestWithAForm(t *testing.T) {
	s := newServer()
	body := url.Values{"NetworkInterfaceId": {"eni-1"}, "InstanceId": {"i-1"}}.Encode()
	form := map[string]string{"content-type": "application/x-www-form-urlencoded"}
	r := acs3(account, map[string]string{"Action": "DetachNetworkInterface"}, body, form)
	if a := send(t, s, r); a.Status != 200 {
		t.Errorf("answer = %+v", a)
	}
	r = acs3(account, map[string]string{"Action": "DetachNetworkInterface"}, "", form)
	r.Body = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)).Body
	if a := send(t, s, r); a.Code != "SignatureDoesNotMatch" {
		t.Errorf("with another body: %+v", a)
	}
}

// A request with an unsupported scheme gets a message with the supported ones.
func TestRefusedSchemes(t *testing.T) {
	rpc := func(name, value string) func(*testing.T) *http.Request {
		return func(t *testing.T) *http.Request {
			query := signed(t, static, detach)
			query.Set(name, value)
			return httptest.NewRequest(http.MethodPost, "https://ecs.invalid/?"+query.Encode(), nil)
		}
	}
	header := func(authorization string) func(*testing.T) *http.Request {
		return func(*testing.T) *http.Request {
			r := acs3(account, detach, "", nil)
			r.Header.Set("Authorization", authorization)
			return r
		}
	}
	for name, test := range map[string]struct {
		request func(*testing.T) *http.Request
		code    string
		words   []string
	}{
		"HMAC-SHA256": {rpc("SignatureMethod", "HMAC-SHA256"), "InvalidParamater", []string{"ACS3-HMAC-SHA256", "HMAC-SHA1", "SignatureMethod is HMAC-SHA256"}},
		"an RSA key":  {rpc("SignatureType", "PRIVATEKEY"), "InvalidParamater", []string{"ACS3-HMAC-SHA256", "HMAC-SHA1", "PRIVATEKEY"}},
		"a bearer":    {rpc("SignatureType", "BEARERTOKEN"), "InvalidParamater", []string{"ACS3-HMAC-SHA256", "HMAC-SHA1", "BEARERTOKEN"}},
		"OAuth":       {header("Bearer secret-secret-secret"), "InvalidParamater", []string{"ACS3-HMAC-SHA256", "HMAC-SHA1", "Bearer"}},
		"OAuth without a region": {func(*testing.T) *http.Request {
			r := httptest.NewRequest(http.MethodGet, "/?Action=DescribeNetworkInterfaces", nil)
			r.Header.Set("Authorization", "Bearer secret-secret-secret")
			return r
		}, "InvalidParamater", []string{"ACS3-HMAC-SHA256", "HMAC-SHA1", "Bearer"}},
		"nothing at all": {func(*testing.T) *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) },
			"MissingParameter", []string{"ACS3-HMAC-SHA256", "HMAC-SHA1"}},
		"SM3":          {header("ACS3-HMAC-SM3 Credential=a"), "InvalidParamater", []string{"ACS3-HMAC-SHA256", "HMAC-SHA1", "ACS3-HMAC-SM3"}},
		"no signature": {rpc("Signature", ""), "MissingParameter", []string{"ACS3-HMAC-SHA256", "HMAC-SHA1"}},
		"XML":          {rpc("Format", "XML"), "InvalidParameter", []string{"JSON"}},
		"XML by ACS3": {func(*testing.T) *http.Request {
			return acs3(account, map[string]string{"Action": "DescribeRegions", "Format": "xml"}, "", nil)
		}, "InvalidParameter", []string{"JSON"}},
		"another method": {func(*testing.T) *http.Request { return httptest.NewRequest(http.MethodPut, "/", nil) }, "UnsupportedHTTPMethod", []string{"POST"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := send(t, newServer(), test.request(t))
			if a.Code != test.code {
				t.Errorf("answer = %+v; want %s", a, test.code)
			}
			for _, word := range test.words {
				if !strings.Contains(a.Message, word) {
					t.Errorf("message %q lacks %q", a.Message, word)
				}
			}
			if strings.Contains(a.Message, "secret") {
				t.Errorf("message %q tells a secret", a.Message)
			}
		})
	}
}

// Some of the vendor's SDKs write the format in lower case.
func TestFormatWithoutCase(t *testing.T) {
	for _, format := range []string{"json", "Json", "JSON"} {
		parameters := map[string]string{"Format": format}
		maps.Copy(parameters, detach)
		query := signed(t, static, parameters)
		if query.Get("Format") != format {
			t.Fatalf("signed as %s", query.Get("Format"))
		}
		if a := post(t, newServer(), query); a.Status != 200 {
			t.Errorf("%s: %+v", format, a)
		}
	}
}
