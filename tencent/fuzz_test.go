// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// maxText is longer than any error text of this package.
const maxText = 2 << 10

// sound checks any error.
func sound(t *testing.T, d core.Driver, op string, err error) {
	t.Helper()
	e := d.Explain(op, err)
	e.Provider, e.Op, e.InterfaceID = "tencent", eni.OpDescribe, "eni-1" // as the core, whatever op is
	text := e.Error()
	switch {
	case e.Kind == 0:
		t.Errorf("%q has no kind", text)
	case len(text) > maxText:
		t.Errorf("%d bytes: %q", len(text), text)
	case strings.ContainsAny(text, "\r\n\x00\x1b") || !utf8.ValidString(text):
		t.Errorf("%q is not one line", text)
	}
	for err := error(e); err != nil; err = errors.Unwrap(err) {
		for _, form := range []string{err.Error(), fmt.Sprintf("%#v", err)} {
			for _, secret := range []string{testID, testKey, testToken, url.QueryEscape(testToken)} {
				if strings.Contains(form, secret) {
					t.Errorf("%q holds %q", form, secret)
				}
			}
		}
	}
}

// answering is a transport that sends the same response to every request.
type answering struct {
	status int
	body   string
}

func (a *answering) RoundTrip(*http.Request) (*http.Response, error) {
	return respond(a.status, a.body), nil
}

// For any response the driver does not panic, and a success has a request id.
func FuzzReply(f *testing.F) {
	for _, shape := range shapes {
		f.Add(max(shape.status, 200), shape.body)
	}
	for _, body := range []string{
		accepted, `[]`, `{"Response":{"RequestId":1}}`, "\x00\xff", `{"response":{"requestid":"r"}}`,
		`{"Response":{"NetworkInterfaceSet":[null],"TotalCount":1,"RequestId":"r"}}`,
		described(`{"NetworkInterfaceId":"eni-1","State":"AVAILABLE","Attachment":{"InstanceId":"i"},"PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.5","Primary":true}],"Ipv6AddressSet":[{"Address":"2001:db8::5"}]}`, 1),
		`{"Response":{"Status":"RUNNING","RequestId":"r"}}`, `{"Response":{"Status":"FAILED","Output":"` + testKey + `","RequestId":"r"}}`,
		`{"Response":{"Error":{"Code":"` + testID + `","Message":"` + url.QueryEscape(testToken) + `"},"RequestId":"` + testKey + `"}}`,
	} {
		f.Add(http.StatusOK, body)
	}
	wire := new(answering)
	d := newTestDriver(f, wire.RoundTrip)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 100 || status > 999 {
			return
		}
		wire.status, wire.body = status, body
		receipt, err := d.Send(t.Context(), testChange)
		switch {
		case err != nil:
			sound(t, d, string(testChange.Action), err)
		case receipt.RequestID == "" || receipt.TaskID == "" || status != http.StatusOK:
			t.Errorf("taken for a success: %+v", receipt)
		}
		if receipt.NotSent {
			t.Error("it was sent")
		}
		found, err := d.Describe(t.Context(), []string{"eni-1"})
		checkFound(t, d, found, err)
		task, err := d.Task(t.Context(), "t")
		checkTask(t, d, task, err)
	})
}

// FuzzLegacyReply is FuzzReply for API 2.0, whose changes have a task instead of a
// request id.
func FuzzLegacyReply(f *testing.F) {
	for _, shape := range shapes {
		f.Add(max(shape.status, 200), shape.body)
	}
	for _, body := range []string{
		legacyDescribed, "\x00\xff", `[]`, `{"code":"0","totalCount":"1","data":[{"vpcId":"v","networkInterfaceId":"eni-1","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.5","primary":"1"}],"instanceSet":[{"instanceId":"i"}]}]}`,
		`{"code":0,"taskId":16284}`, `{"code":"0","data":{"taskId":"16284"}}`, `{"code":0,"data":[{"taskId":1}]}`,
		`{"code":0,"data":{"status":2}}`, `{"code":"0","data":{"status":"1","output":{"x":"` + testKey + `"}}}`,
		`{"code":-1,"codeDesc":"` + testID + `","message":"` + url.QueryEscape(testToken) + `","requestId":"` + testKey + `"}`,
		`{"code":1e3}`, `{"code":true}`, `{"code":{}}`, `{"code":5100,"codeDesc":5100,"message":[]}`,
	} {
		f.Add(http.StatusOK, body)
	}
	// Without the SDK, which does not get these responses.
	d := newBareLegacyDriver(f, nil)
	secrets := redact.New(testID, testKey, testToken)
	read := func(t *testing.T, status int, body string, op string) *answer {
		got, err := reply.Read(respond(status, body), secrets)
		if err != nil {
			t.Fatal(err)
		}
		return &answer{Reply: got, op: op, secrets: secrets, signed: credcache.Set{ID: testID, Secret: testKey, Token: testToken}}
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 100 || status > 999 {
			return
		}
		task, err := read(t, status, body, string(testChange.Action)).readLegacyChange()
		switch {
		case err != nil:
			sound(t, d, string(testChange.Action), err)
			if reply.NotSent(err) {
				t.Error("it was sent")
			}
		case task == "" || status != http.StatusOK:
			t.Errorf("taken for a success: %q", task)
		}
		all := reply.NewDescription([]string{"eni-1"})
		_, err = read(t, status, body, core.Describe).readLegacyPage(all)
		found, partial := all.Result()
		checkFound(t, d, found, errors.Join(err, partial))
		state, err := read(t, status, body, core.Describe).readLegacyTask()
		checkTask(t, d, state, err)
	})
}

func checkFound(t *testing.T, d core.Driver, found []eni.Interface, err error) {
	t.Helper()
	if err != nil {
		sound(t, d, core.Describe, err)
	}
	for _, i := range found {
		if i.ID == "" || i.State == "" || i.Type == "" {
			t.Errorf("%+v", i)
		}
		for _, a := range i.Addresses {
			if !a.Addr.IsValid() || a.Addr.Zone() != "" || a.Addr.Is4In6() {
				t.Errorf("address %v", a)
			}
		}
	}
}

func checkTask(t *testing.T, d core.Driver, task core.TaskStatus, err error) {
	t.Helper()
	if err != nil {
		sound(t, d, core.Describe, err)
	}
	if strings.ContainsAny(task.Output, "\r\n") || len(task.Output) > maxText || strings.Contains(task.Output, testKey) {
		t.Errorf("output %q", task.Output)
	}
}

// Every code has a kind, in upper and lower case.
func FuzzExplain(f *testing.F) {
	table.Each(func(code string, r codes.Rule, isFamily bool) {
		if isFamily {
			code += ".NeverSeen"
		}
		f.Add("Detach", code, r.Why, "r-1", 200, 0)
	})
	for number := range numbers {
		f.Add("UnassignPrivateIps", "InvalidVpc.NotFound", "(5000)\r\nx", "", 200, number)
	}
	f.Add("UnassignIpv6", "NeverSeen", "界\u202e\x1b[31m", "r\n1", 503, 7003)
	d := newTestDriver(f, nil)
	f.Fuzz(func(t *testing.T, op, code, message, requestID string, status, number int) {
		secrets := redact.New(testID, testKey, testToken)
		a := &answer{Reply: &reply.Reply{Status: status}, op: op, secrets: secrets, requestID: secrets.Text(requestID, redact.MaxID)}
		upper := strings.ToUpper(code)
		one, other := a.refuse(code, message), a.refuse(upper, message)
		sound(t, d, op, one)
		sound(t, d, op, fmt.Errorf("wrapped: %w", one))
		if !isASCII(code) {
			return // not all letters are pairs
		}
		if one.Kind != other.Kind || classifyLegacy(op, code, number, status) != classifyLegacy(op, upper, number, status) {
			t.Errorf("the kind of %q depends on its case", code)
		}
	})
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}
