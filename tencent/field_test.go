// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// Responses from public reports, with the correct result.

// good is a description of eni-1 whose last interface is still open.
const good = `{"Response":{"RequestId":"R","TotalCount":1,"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-1","VpcId":"vpc-1","Primary":false,"State":"AVAILABLE",` +
	`"PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.1.1","Primary":true,"State":"AVAILABLE"},{"PrivateIpAddress":"10.0.1.2","Primary":false}]`

func answers(status int, body string) roundTripper {
	return func(*http.Request) (*http.Response, error) { return respond(status, body), nil }
}

func TestFieldFuzzyTypes(t *testing.T) {
	const v4 = "10.0.1.1(p) 10.0.1.2"
	for name, test := range map[string]struct{ body, want string }{
		"plain":                           {good + `,"Attachment":{"InstanceId":"i-1","DeviceIndex":1}}]}}`, v4 + " on i-1"},
		"TotalCount a string":             {strings.Replace(good, `"TotalCount":1`, `"TotalCount":"1"`, 1) + `}]}}`, v4},
		"Primary a string":                {strings.ReplaceAll(good, `"Primary":false`, `"Primary":"false"`) + `}]}}`, v4},
		"IPv6 list null":                  {good + `,"Ipv6AddressSet":null}]}}`, v4},
		"IPv6 list empty string":          {good + `,"Ipv6AddressSet":""}]}}`, v4},
		"IPv6 in capitals":                {good + `,"Ipv6AddressSet":[{"Address":"3402:4E00:0020:1202:0000:8D01:EE9C:3E22","Primary":false}]}]}}`, v4 + " 3402:4e00:20:1202:0:8d01:ee9c:3e22"},
		"an attachment without an id":     {good + `,"Attachment":{"InstanceId":""}}]}}`, v4},
		"an attachment as an empty text":  {good + `,"Attachment":""}]}}`, v4},
		"an error that is null":           {strings.Replace(good, `"RequestId"`, `"Error":null,"RequestId"`, 1) + `}]}}`, v4},
		"nothing there, no list":          {`{"Response":{"RequestId":"R","TotalCount":0,"NetworkInterfaceSet":null}}`, ""},
		"a byte order mark, and a number": {"\ufeff" + strings.Replace(good, `"TotalCount":1`, `"TotalCount": 1`, 1) + `}]}}`, v4},
	} {
		d := newTestDriver(t, answers(200, test.body))
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
			if i.InstanceID != "" {
				got = append(got, "on "+i.InstanceID)
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
		return `{"Response":{"RequestId":"R","TotalCount":1,"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-1",` + fields + `}]}}`
	}
	for name, test := range map[string]struct {
		body string
		want eni.Kind
	}{
		"fewer than TotalCount":           {`{"Response":{"RequestId":"R","TotalCount":1,"NetworkInterfaceSet":[]}}`, eni.ErrUnavailable},
		"TotalCount of the whole account": {strings.Replace(good, `"TotalCount":1`, `"TotalCount":4211`, 1) + `}]}}`, eni.ErrUnavailable},
		"no list of IPv4 addresses":       {one(`"State":"AVAILABLE","PrivateIpAddressSet":null`), eni.ErrUnavailable},
		"an empty list of IPv4 addresses": {one(`"State":"AVAILABLE","PrivateIpAddressSet":[]`), eni.ErrUnavailable},
		"no state":                        {one(`"PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.1.1"}]`), eni.ErrUnavailable},
		"a list in another case":          {one(`"State":"AVAILABLE","privateIpAddressSet":[{"PrivateIpAddress":"10.0.1.1"}]`), eni.ErrUnavailable},
		"a list twice":                    {good + `,"Ipv6AddressSet":[{"Address":"2001:db8::1"}],"Ipv6AddressSet":null}]}}`, eni.ErrUnavailable},
		"being created":                   {one(`"State":"PENDING","PrivateIpAddressSet":null,"Ipv6AddressSet":null,"Attachment":null`), eni.ErrConflict},
	} {
		requests := 0
		d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
			requests++
			return respond(200, test.body), nil
		})
		found, err := d.Describe(t.Context(), []string{"eni-1"})
		if err == nil || len(found) != 0 || d.Explain(eni.OpDescribe, err).Kind != test.want || requests != 1 {
			t.Errorf("%s: %v, %v after %d requests; want %v", name, found, err, requests, test.want)
		}
	}
}

// An unreadable interface fails only its own callers.
func TestFieldOneUnreadableInterface(t *testing.T) {
	body := strings.Replace(good, `"TotalCount":1,"NetworkInterfaceSet":[`, `"TotalCount":2,"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-2","State":"AVAILABLE","PrivateIpAddressSet":[{"PrivateIpAddress":"N/A"}]},`, 1) + `}]}}`
	d := newTestDriver(t, answers(200, body))
	found, err := d.Describe(t.Context(), []string{"eni-1", "eni-2"})
	var partial interface{ Interfaces() map[string]error }
	if len(found) != 1 || found[0].ID != "eni-1" || !errors.As(err, &partial) || len(partial.Interfaces()) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	if e := d.Explain(eni.OpDescribe, partial.Interfaces()["eni-2"]); e.Kind != eni.ErrUnavailable || !strings.Contains(e.Message, "eni-2") {
		t.Errorf("%v", e)
	}
}

// Duplicate fields and fields in the wrong case are no success. An additional field of
// API 2.0 is no error.
func TestFieldSuccessWithACode(t *testing.T) {
	for body, ok := range map[string]bool{
		`{"Response":{"RequestId":"R"},"code":200}`:               true,
		`{"Response":{"RequestId":"R","code":"200"}}`:             true,
		`{"Response":{"RequestId":"R","Error":""}}`:               false,
		`{"response":{"RequestId":"R"}}`:                          false,
		`{"Response":{"RequestId":" \n"}}`:                        false,
		`{"Response":{"requestId":"R"}}`:                          false,
		`{"Response":{"RequestId":"R","error":{"Code":"X"}}}`:     false,
		`{"Response":{"RequestId":"R","RequestId":"S"}}`:          false,
		`{"Response":{"RequestId":"R"},"Response":{"Error":{}}}`:  false,
		`{"code":4100,"codeDesc":"AuthFailure","message":"old"}`:  false,
		`{"code":0,"codeDesc":"Success","data":{"taskId":16284}}`: false,
	} {
		receipt, err := newTestDriver(t, answers(200, body)).Send(t.Context(), testChange)
		if (err == nil) != ok || ok && receipt.TaskID != "R" {
			t.Errorf("%s: %+v, %v", body, receipt, err)
		}
	}
	// A success of API 2.0 is unreadable here: the change may have taken effect.
	d := newTestDriver(t, answers(200, `{"code":"0","codeDesc":"Success"}`))
	_, err := d.Send(t.Context(), testChange)
	if e := d.Explain("", err); e.Kind != eni.ErrUnavailable || e.Message != "unreadable reply: no Response" {
		t.Errorf("%+v", e)
	}
}

// A contradictory response is an error, and the change may have taken effect.
func TestFieldContradictions(t *testing.T) {
	for body, says := range map[string]string{
		accepted:                         "a success with status 502",
		`{"response":{"RequestId":"R"}}`: "the field Response is in the wrong case",
		`{"Response":{"RequestId":"R","error":{}}}`: "the field Error is in the wrong case",
	} {
		_, err := newTestDriver(t, answers(502, body)).Send(t.Context(), testChange)
		e := newTestDriver(t, nil).Explain("", err)
		if e.Kind != eni.ErrUnavailable || e.Message != "unreadable reply: "+says {
			t.Errorf("%s: %+v", body, e)
		}
	}
}

// A request with a part that the API does not have is refused, not sent without it.
func TestFieldChangesThatTheAPIDoesNotHave(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, io.EOF
	})
	prefixes, trunk := testChange, core.Change{Action: core.Detach, InterfaceID: "eni-1", InstanceID: "ins-1", TrunkInterfaceID: "eni-2"}
	prefixes.Prefixes = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/28")}
	for _, change := range []core.Change{prefixes, trunk} {
		receipt, err := d.Send(t.Context(), change)
		if !receipt.NotSent || !errors.Is(err, eni.ErrUnsupported) {
			t.Errorf("%+v, %v", receipt, err)
		}
	}
}

// The message about a signature may contain the string to sign.
func TestFieldSignatureMessages(t *testing.T) {
	for name, d := range map[string]core.Driver{
		"2.0":           newTestLegacyDriver(t, answers(200, `{"code":"4100","codeDesc":"AuthFailure","message":"POSTvpc?SecretId=leaked"}`)),
		"2.0 for 3.0":   newTestDriver(t, answers(200, `{"code":4100,"codeDesc":"AuthFailure","message":"POSTvpc?SecretId=leaked"}`)),
		"2.0, no words": newTestLegacyDriver(t, answers(200, `{"code":4100,"message":"POSTvpc?SecretId=leaked"}`)),
	} {
		_, err := d.Send(t.Context(), testChange)
		if e := d.Explain("", err); e.Kind != eni.ErrUnauthenticated || e.Message != reply.SignatureRefused {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, code := range []string{"InvalidParameter.SignatureFailure", "AuthFailure.InvalidAuthorization"} {
		d := newTestLegacyDriver(t, answers(200, `{"code":4000,"codeDesc":"`+code+`","message":"POSTvpc?SecretId=leaked"}`))
		_, err := d.Send(t.Context(), testChange)
		if e := d.Explain("", err); e.Kind != eni.ErrUnauthenticated || strings.Contains(e.Message, "leaked") {
			t.Errorf("%+v", e)
		}
	}
}

func TestFieldXMLAndBOM(t *testing.T) {
	d := newTestDriver(t, answers(503, "\ufeff<Error><RequestId>R</RequestId><Code>RequestLimitExceeded</Code><Message>slow "+testKey+"</Message></Error>"))
	_, err := d.Send(t.Context(), testChange)
	if e := d.Explain("", err); e.Kind != eni.ErrThrottled || e.Code != "RequestLimitExceeded" || e.RequestID != "R" || e.Message != "slow [redacted]" {
		t.Errorf("%+v", e)
	}
	d = newTestDriver(t, answers(200, "\ufeff"+accepted))
	if receipt, err := d.Send(t.Context(), testChange); err != nil || receipt.TaskID != "r-1" {
		t.Errorf("%+v, %v", receipt, err)
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
		page := func(*http.Request) (*http.Response, error) {
			resp := respond(status, "<html><title>Corporate proxy</title>")
			resp.Header.Set("Server", "squid/5.7")
			return resp, nil
		}
		for name, d := range map[string]core.Driver{"3.0": newTestDriver(t, page), "2.0": newTestLegacyDriver(t, page)} {
			receipt, err := d.Send(t.Context(), testChange)
			e := d.Explain("", err)
			if tries(err) != limit || e.Kind != eni.ErrUnavailable || receipt.NotSent || (limit > 0) != strings.Contains(e.Message, "squid/5.7") {
				t.Errorf("%s, %d: %d tries, %+v", name, status, tries(err), e)
			}
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
		"no such host": {dial(&net.DNSError{Err: "no such host", Name: defaultHost, IsNotFound: true}), eni.ErrUnavailable, "Endpoint"},
		"refused":      {dial(errors.New("connection refused")), eni.ErrUnavailable, "connection refused"},
		"x509":         {&tls.CertificateVerificationError{Err: errors.New("x509: certificate is valid for com.com")}, eni.ErrInvalid, "x509"},
		"no TLS":       {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, eni.ErrUnavailable, "TLS"},
		"proxy":        {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("refused")}, eni.ErrUnavailable, "proxy"},
	} {
		fail := func(*http.Request) (*http.Response, error) { return nil, test.err }
		for api, d := range map[string]core.Driver{"3.0": newTestDriver(t, fail), "2.0": newTestLegacyDriver(t, fail)} {
			receipt, err := d.Send(t.Context(), testChange)
			e := d.Explain("", err)
			if !receipt.NotSent || e.Kind != test.want || !strings.Contains(e.Message, test.says) || e.HTTPStatus != 0 || strings.Contains(e.Error(), "abc") {
				t.Errorf("%s, %s: %+v, %v", api, name, receipt, e)
			}
		}
	}
}

// A read request that is lost on an idle connection is sent once more. A change is
// not, because the core has to describe first.
func TestFieldLostOnAReusedConnection(t *testing.T) {
	requests := 0
	lose := func(body string) roundTripper {
		return func(r *http.Request) (*http.Response, error) {
			if requests++; requests <= 1 {
				trace(r, true)
				return nil, io.EOF
			}
			trace(r, false)
			return respond(200, body), nil
		}
	}
	d := newTestDriver(t, lose(good+`}]}}`))
	if found, err := d.Describe(t.Context(), []string{"eni-1"}); err != nil || len(found) != 1 || requests != 2 {
		t.Errorf("%v, %v after %d requests", found, err, requests)
	}
	requests = 0
	receipt, err := d.Send(t.Context(), testChange)
	var lost interface{ Reused() bool }
	if requests != 1 || receipt.NotSent || !errors.As(err, &lost) || !lost.Reused() || d.Explain("", err).Kind != eni.ErrUnavailable {
		t.Errorf("%+v, %v after %d requests", receipt, err, requests)
	}
	requests = 0
	broken := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		requests++
		trace(r, false)
		return nil, io.EOF
	})
	if status, err := broken.Task(t.Context(), "t"); broken.Explain("", err).Kind != eni.ErrUnavailable || status != (core.TaskStatus{}) || requests != 1 {
		t.Errorf("%v, %v after %d requests on a new connection", status, err, requests)
	}
	requests = 0
	d = newTestDriver(t, lose(`{"Response":{"RequestId":"R","Status":"SUCCESS","Output":""}}`))
	if status, err := d.Task(t.Context(), "t"); err != nil || status.State != core.TaskSucceeded || requests != 2 {
		t.Errorf("%v, %v after %d requests", status, err, requests)
	}
}

// The cloud repeats the token escaped for HTML, or in the wrong case.
func TestFieldEchoes(t *testing.T) {
	echoes := []string{html.EscapeString(testToken), strings.ToUpper(testToken), "token&#x2F;with&#43;signs&#61;&#61;", strings.ToUpper(url.QueryEscape(testToken))}
	body, err := json.Marshal(map[string]any{"Response": map[string]any{"RequestId": "R", "Error": map[string]string{"Code": "InvalidParameter", "Message": strings.Join(echoes, " ")}}})
	if err != nil {
		t.Fatal(err)
	}
	d := newTestDriver(t, answers(200, string(body)))
	_, err = d.Send(t.Context(), testChange)
	if e := d.Explain("", err); e.Message != strings.TrimSpace(strings.Repeat("[redacted] ", len(echoes))) {
		t.Errorf("%+v", e)
	}
}

// API 2.0 has the signature among the parameters, and may repeat it.
func TestFieldEchoOfALegacySignature(t *testing.T) {
	var signature string
	d := newBareLegacyDriver(t, func(r *http.Request) (*http.Response, error) {
		values := form(t, r)
		if values.Get("Action") == "DescribeNetworkInterfaces" {
			return respond(200, legacyDescribed), nil
		}
		signature = values.Get("Signature")
		return respond(200, `{"code":4000,"message":"signed `+signature+`."}`), nil
	})
	_, err := d.Send(t.Context(), testChange)
	if e := d.Explain("", err); signature == "" || e.Message != "signed [redacted]." {
		t.Errorf("%q: %+v", signature, e)
	}
}

// A request that the SDK cannot build is not sent.
func TestARequestThatCannotBeMade(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, io.EOF
	})
	d.to.Host = "bad host\x7f"
	receipt, err := d.Send(t.Context(), testChange)
	if e := d.Explain("", err); err == nil || e.Kind != eni.ErrInvalid || !receipt.NotSent || e.Message == "" {
		t.Errorf("%+v, %v", receipt, err)
	}
}

// A short key is redacted. The code is classified as received, and the task id and the
// library's own text are unchanged.
func TestFieldShortKeys(t *testing.T) {
	for _, key := range []string{"Limit", "no", "r", "Re"} {
		send := func(rt roundTripper) (core.Receipt, *eni.Error) {
			d := newTestDriver(t, rt)
			d.credentials = newCredentialCache(common.NewCredential("AKID-short", key))
			receipt, err := d.Send(t.Context(), testChange)
			if err == nil {
				return receipt, nil
			}
			return receipt, d.Explain("", err)
		}
		_, e := send(answers(200, `{"Response":{"RequestId":"1","Error":{"Code":"RequestLimitExceeded","Message":"a `+key+`!"}}}`))
		if e.Kind != eni.ErrThrottled || strings.Contains(e.Message, key+"!") {
			t.Errorf("%q: %+v", key, e)
		}
		_, e = send(answers(200, `{"Response":{}}`))
		if e.Message != "unreadable reply: no request id" {
			t.Errorf("%q: %q", key, e.Message)
		}
		if receipt, e := send(answers(200, accepted)); e != nil || receipt.TaskID != "r-1" {
			t.Errorf("%q: %+v, %v", key, receipt, e)
		}
	}
}

// If the account may not query tasks, the interface shows the result of a change.
func TestFieldTaskQueriesThatAreNotPermitted(t *testing.T) {
	for _, code := range []string{"UnauthorizedOperation", "AuthFailure.UnauthorizedOperation"} {
		d := newTestDriver(t, answers(200, `{"Response":{"RequestId":"R","Error":{"Code":"`+code+`","Message":"vpc:DescribeVpcTaskResult"}}}`))
		status, err := d.Task(t.Context(), "t")
		if err != nil || status.State != core.TaskUnknown || !strings.Contains(status.Output, "not permitted: vpc:DescribeVpcTaskResult") {
			t.Errorf("%s: %+v, %v", code, status, err)
		}
	}
	d := newBareLegacyDriver(t, answers(200, `{"code":4102,"message":"no"}`))
	if status, err := d.Task(t.Context(), "16284"); err != nil || status.State != core.TaskUnknown || status.Output == "" {
		t.Errorf("%+v, %v", status, err)
	}
}
