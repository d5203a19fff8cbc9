package tencent

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// maxText is more than any error of this package is long.
const maxText = 2 << 10

// sound checks what holds of every error, whatever it was made from.
func sound(t *testing.T, d core.Driver, op string, err error) {
	t.Helper()
	e := d.Explain(op, err)
	e.Provider, e.Op, e.InterfaceID = "tencent", op, "eni-1"
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

// answering is a transport with the same answer to whatever is asked.
type answering struct {
	status int
	body   string
}

func (a *answering) RoundTrip(*http.Request) (*http.Response, error) {
	return reply(a.status, a.body), nil
}

// Whatever the wire brings, the driver does not panic, and takes nothing for a
// success that has no request id.
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
	// The SDK sees nothing of these replies, so it is left out.
	d := newBareLegacyDriver(f, nil)
	signed := credentialSet{testID, testKey, testToken}
	read := func(t *testing.T, status int, body string, as readAs) (*legacyReply, error) {
		x := &exchange{status: status, sent: true, signed: signed, redactor: redactor{testID, testKey, testToken}}
		if x.body, x.err = readReply(reply(status, body)); x.err != nil {
			return nil, x.requestError(x.lostAnswer(t.Context()))
		}
		return x.read(as)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 100 || status > 999 {
			return
		}
		changed, err := read(t, status, body, (*legacyReply).readChange)
		switch {
		case err != nil:
			sound(t, d, string(testChange.Action), err)
			if notSent(err) {
				t.Error("it was sent")
			}
		case changed.task == "" || status != http.StatusOK:
			t.Errorf("taken for a success: %+v", changed)
		}
		page, err := read(t, status, body, (*legacyReply).readInterfaces)
		if err != nil {
			page = new(legacyReply)
		}
		checkFound(t, d, page.interfaces, err)
		task, err := read(t, status, body, (*legacyReply).readTask)
		if err != nil {
			task = new(legacyReply)
		}
		checkTask(t, d, task.status, err)
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

// Whatever a code says, it has a kind, in whatever case it is written.
func FuzzExplain(f *testing.F) {
	for code, r := range rules {
		f.Add("Detach", code, r.why, "r-1", 200, 0)
	}
	for number := range numbers {
		f.Add("UnassignPrivateIps", "InvalidVpc.NotFound", "(5000)\r\nx", "", 200, number)
	}
	for _, family := range families {
		f.Add("UnassignIpv6", family.prefix+"NeverSeen", "界\u202e\x1b[31m", "r\n1", 503, 7003)
	}
	modern, legacy := newTestDriver(f, nil), newBareLegacyDriver(f, nil)
	f.Fuzz(func(t *testing.T, op, code, message, requestID string, status, number int) {
		if len(op) > 64 || strings.ContainsFunc(op, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return // the core gives it, so it is a plain word
		}
		said := tcerrors.NewTencentCloudSDKError(code, message, requestID)
		for _, d := range []core.Driver{modern, legacy} {
			err := newRequestError(said, status, redactor{testID, testKey, testToken})
			err.number = number
			sound(t, d, op, err)
			sound(t, d, op, fmt.Errorf("wrapped: %w", err))
			upper := newRequestError(tcerrors.NewTencentCloudSDKError(strings.ToUpper(code), message, requestID), status, nil)
			upper.number = number
			if strings.ContainsFunc(code, func(r rune) bool { return r >= utf8.RuneSelf }) {
				continue // not all letters are pairs
			}
			if one, other := d.Explain(op, err).Kind, d.Explain(op, upper).Kind; one != other && !strings.Contains(err.Error(), redacted) {
				t.Errorf("%q is %v, and in capitals %v", code, one, other)
			}
		}
	})
}
