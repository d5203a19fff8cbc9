// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
)

func TestRefusedCallers(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(url.Values) // after signing
		signer credentials.CredentialsProvider
		token  string // the server's
		status int
		code   string
	}{
		{name: "a changed parameter", change: func(q url.Values) { q.Set("InstanceId", "i-2") }, status: 400, code: "SignatureDoesNotMatch"},
		{name: "an added parameter", change: func(q url.Values) { q.Set("Force", "true") }, status: 400, code: "SignatureDoesNotMatch"},
		{name: "another secret", signer: credentials.NewStaticAKCredentialsProvider("LTAI5tDemoDemoDemoDemoId", "wrong"), status: 400, code: "SignatureDoesNotMatch"},
		{name: "another key", signer: credentials.NewStaticAKCredentialsProvider("other", "wrong"), status: 404, code: "InvalidAccessKeyId.NotFound"},
		{name: "no token", token: "token", status: 400, code: "MissingSecurityToken"},
		{
			name: "another token", token: "token", status: 400, code: "InvalidSecurityToken.MismatchWithAccessKey",
			signer: credentials.NewStaticSTSCredentialsProvider("LTAI5tDemoDemoDemoDemoId", "DemoSecretDemoSecretDemoSecret", "other"),
		},
		{
			name: "a token too many", status: 400, code: "InvalidSecurityToken.Malformed",
			signer: credentials.NewStaticSTSCredentialsProvider("LTAI5tDemoDemoDemoDemoId", "DemoSecretDemoSecretDemoSecret", "token"),
		},
		{name: "no signature", change: func(q url.Values) { q.Del("Signature") }, status: 400, code: "MissingParameter"},
		{name: "no time", change: func(q url.Values) { q.Set("Timestamp", "now") }, status: 400, code: "InvalidTimeStamp.Format"},
		{name: "another version", change: func(q url.Values) { q.Set("Version", "2015-01-01") }, status: 400, code: "InvalidVersion"},
		{name: "another format", change: func(q url.Values) { q.Set("Format", "XML") }, status: 400, code: "InvalidParameter"},
		{name: "another method", change: func(q url.Values) { q.Set("SignatureMethod", "HMAC-SHA256") }, status: 400, code: "InvalidParamater"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			s.SecurityToken = test.token
			signer := test.signer
			if signer == nil {
				signer = static
			}
			query := signed(t, signer, detach)
			if test.change != nil {
				test.change(query)
			}
			a := post(t, s, query)
			if a.Status != test.status || a.Code != test.code || a.Message == "" || a.RequestID == "" || a.HostID != "ecs.invalid" {
				t.Errorf("answer = %+v; want %d %s", a, test.status, test.code)
			}
			if test.code == "SignatureDoesNotMatch" && !strings.Contains(a.Message, "string to sign is:POST&%2F&AccessKeyId%3D") {
				t.Errorf("message = %s; want the string to sign in it, as the vendor's has", a.Message)
			}
			if calls := s.Cloud.Calls(); len(calls) > 0 {
				t.Errorf("it reached the cloud: %+v", calls)
			}
		})
	}
}

func TestCredentialsThatWereReplaced(t *testing.T) {
	s := newServer()
	s.SetCredentials("STS.first", "secret-1", "token-1")
	s.SetCredentials("STS.second", "secret-2", "token-2")
	for _, test := range []struct {
		signer credentials.CredentialsProvider
		code   string
	}{
		{static, "InvalidAccessKeyId.NotFound"},
		{credentials.NewStaticSTSCredentialsProvider("STS.first", "secret-1", "token-1"), "InvalidSecurityToken.Expired"},
		{credentials.NewStaticSTSCredentialsProvider("STS.second", "secret-2", "token-1"), "InvalidSecurityToken.MismatchWithAccessKey"},
		{credentials.NewStaticSTSCredentialsProvider("STS.second", "secret-1", "token-2"), "SignatureDoesNotMatch"},
		{s.Config().Credentials, ""},
	} {
		if a := post(t, s, signed(t, test.signer, detach)); a.Code != test.code {
			t.Errorf("answer = %+v; want %q", a, test.code)
		}
	}
}

func TestTimestampsOfTheFuture(t *testing.T) {
	var early, late url.Values
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(15 * time.Minute)
		early = signed(t, static, detach)
		time.Sleep(time.Second)
		late = signed(t, static, detach)
	})
	synctest.Test(t, func(t *testing.T) { // begins when the other began
		s := newServer()
		if a := post(t, s, early); a.Status != 200 {
			t.Errorf("15 minutes ahead: %+v", a)
		}
		if a := post(t, s, late); a.Status != 400 || a.Code != "InvalidTimeStamp.Expired" {
			t.Errorf("more than 15 minutes ahead: %+v", a)
		}
	})
}
