// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// Responses from public reports, with the correct result.

// good is a description of eni-1 whose last interface is still open.
const good = `{"RequestId":"R","TotalCount":1,"PageSize":10,"PageNumber":1,"NetworkInterfaceSets":{"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-1",` +
	`"Type":"Secondary","Status":"InUse","InstanceId":"i-1","VpcId":"vpc-1","PrivateIpAddress":"10.0.1.1",` +
	`"PrivateIpSets":{"PrivateIpSet":[{"PrivateIpAddress":"10.0.1.1","Primary":true},{"PrivateIpAddress":"10.0.1.2","Primary":false}]}`

func TestFieldFuzzyTypes(t *testing.T) {
	const v4 = "10.0.1.1(p) 10.0.1.2"
	for name, test := range map[string]struct{ body, want string }{
		"plain": {good + `}]}}`, v4},
		"Primary as strings": {`{"RequestId":"R","NetworkInterfaceSets":{"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-1","Status":"InUse","PrivateIpAddress":"10.0.1.1",` +
			`"PrivateIpSets":{"PrivateIpSet":[{"PrivateIpAddress":"10.0.1.1","Primary":"true"},{"PrivateIpAddress":"10.0.1.2","Primary":"false"}]}}]}}`, v4},
		"sets null":               {good + `,"Ipv6Sets":null,"Ipv4PrefixSets":null,"Ipv6PrefixSets":null,"Attachment":null}]}}`, v4},
		"sets empty strings":      {good + `,"Ipv6Sets":"","Attachment":""}]}}`, v4},
		"a set empty inside":      {good + `,"Ipv6Sets":{"Ipv6Set":""}}]}}`, v4},
		"an attachment as a list": {good + `,"Attachment":[]}]}}`, v4},
		"NextToken null":          {good + `}]},"NextToken":null}`, v4},
		"NextToken a number":      {good + `}]},"NextToken":0}`, v4},
		"TotalCount a string":     {strings.Replace(good, `"TotalCount":1`, `"TotalCount":"1"`, 1) + `}]}}`, v4},
		"IPv6 in capitals":        {good + `,"Ipv6Sets":{"Ipv6Set":[{"Ipv6Address":"2408:4005:03C0:AB00:0000:0000:0000:0001"}]}}]}}`, v4 + " 2408:4005:3c0:ab00::1"},
		"IPv6 with a length":      {good + `,"Ipv6Sets":{"Ipv6Set":[{"Ipv6Address":"2408:4005:3c0:ab00::1/128"}]}}]}}`, v4 + " 2408:4005:3c0:ab00::1"},
		"a prefix with host bits": {good + `,"Ipv6PrefixSets":{"Ipv6PrefixSet":[{"Ipv6Prefix":"2408:4005:3c0:ab00::1/80"}]}}]}}`, v4 + " 2408:4005:3c0:ab00::/80"},
		"a prefix in capitals":    {good + `,"Ipv6PrefixSets":{"Ipv6PrefixSet":[{"Ipv6Prefix":"2408:4005:03C0:AB00:0000::/80"}]}}]}}`, v4 + " 2408:4005:3c0:ab00::/80"},
		"nothing there":           {`{"RequestId":"R","TotalCount":0,"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`, ""},
		"nothing there, null":     {`{"RequestId":"R","TotalCount":0,"NetworkInterfaceSets":""}`, ""},
	} {
		d := newTestDriver(t, replying(200, test.body))
		found, err := d.Describe(t.Context(), []string{"eni-1"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, i := range found {
			for _, a := range i.Addresses {
				text := a.Addr.String()
				if a.Primary {
					text += "(p)"
				}
				got = append(got, text)
			}
			for _, p := range i.Prefixes {
				got = append(got, p.String())
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}

// A description is rejected if an item could wrongly seem to be gone.
func TestFieldDescriptionsThatHideSomething(t *testing.T) {
	one := func(fields string) string {
		return `{"RequestId":"R","NetworkInterfaceSets":{"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-1",` + fields + `}]}}`
	}
	for name, test := range map[string]struct {
		body string
		want eni.Kind
	}{
		"fewer than TotalCount, no further page": {`{"RequestId":"R","TotalCount":1,"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`, eni.ErrUnavailable},
		"TotalCount, and no set":                 {`{"RequestId":"R","TotalCount":1,"NetworkInterfaceSets":null}`, eni.ErrUnavailable},
		"one of two":                             {strings.Replace(good, `"TotalCount":1`, `"TotalCount":2`, 1) + `}]}}`, eni.ErrUnavailable},
		"no list of IPv4 addresses":              {one(`"Status":"InUse","PrivateIpSets":null`), eni.ErrUnavailable},
		"an empty list of IPv4 addresses":        {one(`"Status":"InUse","PrivateIpSets":{"PrivateIpSet":[]}`), eni.ErrUnavailable},
		"an empty IPv4 address":                  {one(`"Status":"InUse","PrivateIpAddress":"10.0.1.1","PrivateIpSets":{"PrivateIpSet":[{"PrivateIpAddress":"","Primary":false}]}`), eni.ErrUnavailable},
		"an empty IPv6 address":                  {good + `,"Ipv6Sets":{"Ipv6Set":[{"Ipv6Address":""}]}}]}}`, eni.ErrUnavailable},
		"an IPv4 address with leading zeros":     {one(`"Status":"InUse","PrivateIpAddress":"10.0.001.1"`), eni.ErrUnavailable},
		"a list in another case":                 {one(`"Status":"InUse","PrivateIpAddress":"10.0.1.1","privateIpSets":{"PrivateIpSet":[]}`), eni.ErrUnavailable},
		"a list twice":                           {one(`"PrivateIpAddress":"10.0.1.1","Ipv6Sets":{"Ipv6Set":[{"Ipv6Address":"2001:db8::1"}]},"Ipv6Sets":""`), eni.ErrUnavailable},
		"being created":                          {one(`"Status":"Creating","PrivateIpSets":null,"Ipv6Sets":null`), eni.ErrConflict},
	} {
		d := newTestDriver(t, replying(200, test.body))
		found, err := d.Describe(t.Context(), []string{"eni-1"})
		if err == nil || len(found) != 0 || d.Explain(eni.OpDescribe, err).Kind != test.want {
			t.Errorf("%s: %v, %v; want %v", name, found, err, test.want)
		}
	}
}

// An unreadable interface fails only its own callers.
func TestFieldOneUnreadableInterface(t *testing.T) {
	body := strings.Replace(good, `[{"NetworkInterfaceId":"eni-1"`, `[{"NetworkInterfaceId":"eni-2","Status":"Available","PrivateIpAddress":"N/A"},{"NetworkInterfaceId":"eni-1"`, 1) + `}]}}`
	d := newTestDriver(t, replying(200, body))
	found, err := d.Describe(t.Context(), []string{"eni-1", "eni-2"})
	var partial interface{ Interfaces() map[string]error }
	if len(found) != 1 || found[0].ID != "eni-1" || !errors.As(err, &partial) || len(partial.Interfaces()) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	if e := d.Explain(eni.OpDescribe, partial.Interfaces()["eni-2"]); e.Kind != eni.ErrUnavailable || !strings.Contains(e.Message, "eni-2") {
		t.Errorf("%v", e)
	}
}

// A success needs a request id and no error code. Duplicate fields and fields in the
// wrong case are no success.
func TestFieldSuccessWithACode(t *testing.T) {
	for body, ok := range map[string]bool{
		`{"RequestId":"R","code":200}`:                  true,
		`{"RequestId":"R","code":"200","success":true}`: true,
		`{"RequestId":"R","Code":"OK"}`:                 true,
		`{"RequestId":"R","Code":"Success"}`:            true,
		`{"RequestId":"R","code":""}`:                   true,
		`{"RequestId":"R","code":0}`:                    true,
		`{"RequestId":"R","code":"Throttling"}`:         false,
		`{"RequestId":"R","code":500}`:                  false,
		`{"RequestId":"R","Code":"","code":"X"}`:        false,
		`{"RequestId":"R","RequestId":"S"}`:             false,
		`{"RequestId":"R","Code":"X","Code":""}`:        false,
		`{"requestId":"R"}`:                             false,
		`{"REQUESTID":"R","Code":"200"}`:                false,
		`{"Code":"200"}`:                                false,
	} {
		if _, e := send(t, replying(200, body)); (e == nil) != ok || e != nil && strings.Contains(body, `"code":`) && e.Kind != eni.ErrUnavailable {
			t.Errorf("%s: %v", body, e)
		}
	}
	if _, e := send(t, replying(403, `{"RequestId":"R","Code":"200"}`)); e == nil || e.Kind != eni.ErrUnknown || e.Code != "200" {
		t.Errorf("a 403 is %+v", e)
	}
	for body, field := range map[string]string{`{"requestId":"R"}`: "RequestId", `{"RequestId":"R","Code":"X","message":"m"}`: "Message"} {
		if _, e := send(t, replying(200, body)); e == nil || e.Message != "unreadable reply: the field "+field+" is in the wrong case" {
			t.Errorf("%s: %+v", body, e)
		}
	}
}

func TestFieldXMLAndBOM(t *testing.T) {
	_, e := send(t, replying(400, "\ufeff<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>R</RequestId><HostId>ecs</HostId><Code>Throttling.User</Code><Message>slow "+testSecret+"</Message></Error>"))
	if e == nil || e.Kind != eni.ErrThrottled || e.Code != "Throttling.User" || e.RequestID != "R" || e.Message != "slow [redacted]" {
		t.Errorf("%+v", e)
	}
	if receipt, e := send(t, replying(200, "\ufeff{\"RequestId\":\"R\"}")); e != nil || receipt.RequestID != "R" {
		t.Errorf("%+v, %v", receipt, e)
	}
}

// tries returns MaxTries of an error.
func tries(err error) int {
	var limited interface{ MaxTries() int }
	if errors.As(err, &limited) {
		return limited.MaxTries()
	}
	return 0
}

func TestFieldChangeByAnotherActor(t *testing.T) {
	for status, limit := range map[int]int{302: 2, 401: 2, 403: 2, 405: 2, 407: 2, 502: 0, 503: 0} {
		d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
			resp := respond(r, status, "<html><title>Corporate proxy</title>")
			resp.Header.Set("Server", "squid/5.7")
			return resp, nil
		})
		receipt, err := d.Send(t.Context(), testChange)
		e := d.Explain("Detach", err)
		if tries(err) != limit || e.Kind != eni.ErrUnavailable || receipt.NotSent || (limit > 0) != strings.Contains(e.Message, "squid/5.7") {
			t.Errorf("%d: %d tries, %+v", status, tries(err), e)
		}
	}
}

// If no part of a request was sent, the receipt says so and the error has the reason.
func TestFieldNeverLeft(t *testing.T) {
	dial := func(err error) error {
		return &url.Error{Op: "Post", URL: "https://x/?AccessKeyId=abc", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	for name, test := range map[string]struct {
		err  error
		want eni.Kind
		says string
	}{
		"no such host": {dial(&net.DNSError{Err: "no such host", Name: "ecs.cn-hangzhou-finance.aliyuncs.com", IsNotFound: true}), eni.ErrUnavailable, "Endpoint"},
		"refused":      {dial(errors.New("connection refused")), eni.ErrUnavailable, "connection refused"},
		"x509":         {&tls.CertificateVerificationError{Err: errors.New("x509: certificate is valid for com.com")}, eni.ErrInvalid, "x509"},
		"no TLS":       {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, eni.ErrUnavailable, "TLS"},
		"proxy":        {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("refused")}, eni.ErrUnavailable, "proxy"},
	} {
		receipt, e := send(t, func(*http.Request) (*http.Response, error) { return nil, test.err })
		if !receipt.NotSent || e.Kind != test.want || !strings.Contains(e.Message, test.says) || e.HTTPStatus != 0 {
			t.Errorf("%s: %+v, %v", name, receipt, e)
		}
		checkHides(t, e, "AccessKeyId=")
	}
}

// A read request that is lost on an idle connection is sent once more. A change is
// not, because the core has to describe first.
func TestFieldLostOnAReusedConnection(t *testing.T) {
	requests := 0
	d := newTestDriver(t, lostOnce(&requests, good+`}]}}`))
	if found, err := d.Describe(t.Context(), []string{"eni-1"}); err != nil || len(found) != 1 || requests != 2 {
		t.Errorf("%v, %v after %d requests", found, err, requests)
	}
	requests = 0
	receipt, err := d.Send(t.Context(), testChange)
	var lost interface{ Reused() bool }
	if requests != 1 || receipt.NotSent || !errors.As(err, &lost) || !lost.Reused() || d.Explain("Detach", err).Kind != eni.ErrUnavailable {
		t.Errorf("%+v, %v after %d requests", receipt, err, requests)
	}
	// One that answers nothing at all is asked twice and no more.
	requests = -1000
	if _, err := d.Describe(t.Context(), []string{"eni-1"}); err == nil || requests != -998 {
		t.Errorf("%v after %d requests", err, requests+1000)
	}
}

// lostOnce loses requests on a connection that it reports as reused: while the count is
// at most one, so a negative count loses several.
func lostOnce(requests *int, body string) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		if *requests++; *requests <= 1 {
			trace(r, true)
			return nil, io.EOF
		}
		trace(r, false)
		return respond(r, 200, body), nil
	}
}

// The cloud repeats the token escaped for HTML, or in the wrong case.
func TestFieldEchoes(t *testing.T) {
	echoes := []string{html.EscapeString(testToken), strings.ToUpper(testToken), strings.ToLower(testSecret), "CAIS&#43;Test&#x2F;Token&#61;&#61;03", "CAIS+Test&sol;Token&equals;&equals;03"}
	body, err := json.Marshal(map[string]string{"RequestId": "R", "Code": "InvalidParameter", "Message": strings.Join(echoes, " ")})
	if err != nil {
		t.Fatal(err)
	}
	_, e := send(t, replying(400, string(body)))
	if e == nil || e.Message != strings.TrimSpace(strings.Repeat("[redacted] ", len(echoes))) {
		t.Errorf("%+v", e)
	}
}

// A short key is redacted. The code is classified as received, and the library's own
// text is unchanged.
func TestFieldShortKeys(t *testing.T) {
	for _, key := range []string{"Conflict", "no", "e", "Op"} {
		send := func(rt roundTripper) *eni.Error {
			d := newTestDriver(t, rt)
			d.credentials = newCredentialCache(credentials.NewStaticAKCredentialsProvider("LTAI-short", key))
			_, err := d.Send(t.Context(), testChange)
			return d.Explain("Detach", err)
		}
		e := send(replying(403, `{"RequestId":"1","Code":"Operation.Conflict","Message":"a `+key+`!"}`))
		if e.Kind != eni.ErrConflict || strings.Contains(e.Message, key+"!") {
			t.Errorf("%q: %+v", key, e)
		}
		e = send(replying(200, `{}`))
		if e.Message != "unreadable reply: no request id" {
			t.Errorf("%q: %q", key, e.Message)
		}
		e = send(func(*http.Request) (*http.Response, error) { return nil, errors.New(key) })
		if !strings.HasPrefix(e.Message, "no answer: ") || strings.HasSuffix(e.Message, ": "+key) {
			t.Errorf("%q: %q", key, e.Message)
		}
	}
}

func TestFieldInterfacesKeepTheirOrder(t *testing.T) {
	var set []string
	var ids []string
	for n := range 5 {
		id := fmt.Sprint("eni-", n)
		ids = append(ids, id)
		set = append(set, `{"NetworkInterfaceId":"`+id+`","PrivateIpAddress":"10.0.0.1"}`)
	}
	slices.Reverse(set)
	d := newTestDriver(t, replying(200, `{"RequestId":"R","TotalCount":5,"NetworkInterfaceSets":{"NetworkInterfaceSet":[`+strings.Join(set, ",")+`]}}`))
	found, err := d.Describe(t.Context(), ids)
	var got []string
	for _, i := range found {
		got = append(got, i.ID)
	}
	if err != nil || !reflect.DeepEqual(got, ids) {
		t.Errorf("%v, %v", got, err)
	}
	if _, ok := err.(*reply.PartialError); ok {
		t.Error("an error of nothing")
	}
}
