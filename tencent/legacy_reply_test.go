// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

const legacyDescribed = `{"code":0,"message":"","codeDesc":"Success","data":{"totalNum":1,"data":[` +
	`{"vpcId":"vpc-1","networkInterfaceId":"eni-1","primary":false,"privateIpAddressesSet":[{"privateIpAddress":"10.0.0.4","primary":true}],"instanceSet":{"instanceId":""}}]}}`

// newTestLegacyDriver makes a driver whose descriptions show eni-1; f answers its
// other requests.
func newTestLegacyDriver(t testing.TB, f roundTripper) *legacyDriver {
	t.Helper()
	return newBareLegacyDriver(t, func(r *http.Request) (*http.Response, error) {
		if form(t, r).Get("Action") == "DescribeNetworkInterfaces" && r.Context().Err() == nil {
			return respond(http.StatusOK, legacyDescribed), nil
		}
		return f(r)
	})
}

func newBareLegacyDriver(t testing.TB, f roundTripper) *legacyDriver {
	t.Helper()
	d, err := newLegacyDriver(Config{
		Region:      "gz",
		Credentials: testCredentials,
		HTTPClient:  &http.Client{Transport: f},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// form returns the parameters of a request, which can be read once.
func form(t testing.TB, r *http.Request) url.Values {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func TestLegacyRequests(t *testing.T) {
	two := testChange
	two.Addresses = append(two.Addresses, netip.MustParseAddr("10.0.0.6"))
	var got []string
	d := newBareLegacyDriver(t, func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPost || r.URL.String() != "https://vpc.api.qcloud.com/v2/index.php" || !strings.HasPrefix(r.UserAgent(), "cloudeni/") {
			t.Errorf("%s %s by %s", r.Method, r.URL, r.UserAgent())
		}
		values := form(t, r)
		for name, want := range map[string]string{"Region": "gz", "SecretId": testID, "Token": testToken, "SignatureMethod": "HmacSHA256"} {
			if values.Get(name) != want {
				t.Errorf("%s is %q", name, values.Get(name))
			}
		}
		for _, name := range []string{"Timestamp", "Nonce", "Signature"} {
			if values.Get(name) == "" {
				t.Errorf("no %s", name)
			}
		}
		action := values.Get("Action")
		for _, name := range []string{"Action", "Region", "SecretId", "Token", "SignatureMethod", "Timestamp", "Nonce", "Signature", "RequestClient", "Language"} {
			values.Del(name)
		}
		plain, err := url.QueryUnescape(values.Encode())
		if err != nil {
			t.Error(err)
		}
		got = append(got, action+" "+plain)
		switch action {
		case "DescribeNetworkInterfaces":
			return respond(http.StatusOK, legacyDescribed), nil
		case "DescribeVpcTaskResult":
			return respond(http.StatusOK, `{"code":0,"data":{"status":2}}`), nil
		default:
			return respond(http.StatusOK, `{"code":0,"data":{"taskId":16284}}`), nil
		}
	})
	receipt, err := d.Send(t.Context(), two)
	if err != nil || receipt != (core.Receipt{TaskID: "16284"}) {
		t.Errorf("%+v, %v", receipt, err)
	}
	if status, err := d.Task(t.Context(), receipt.TaskID); err != nil || status.State != core.TaskRunning {
		t.Errorf("%+v, %v", status, err)
	}
	want := []string{
		"DescribeNetworkInterfaces limit=50&networkInterfaceId=eni-1&offset=0",
		"UnassignPrivateIpAddresses networkInterfaceId=eni-1&privateIpAddress.0=10.0.0.5&privateIpAddress.1=10.0.0.6&vpcId=vpc-1",
		"DescribeVpcTaskResult taskId=16284",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLegacyDescriptions(t *testing.T) {
	addr := netip.MustParseAddr
	used := eni.Interface{
		ID: "eni-1", VPCID: "vpc-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "ins-1",
		Addresses: []eni.Address{{Addr: addr("10.0.0.4"), Primary: true}, {Addr: addr("10.0.0.5")}},
	}
	free := used
	free.InstanceID, free.State = "", eni.StateAvailable
	one := func(instance string) string {
		return `{"vpcId":"vpc-1","networkInterfaceId":"eni-1","primary":false,"zoneId":100002,"privateIpAddressesSet":[` +
			`{"privateIpAddress":"10.0.0.4","primary":true,"isWanIpBlocked":false},{"privateIpAddress":"10.0.0.5","Primary":"0"}]` + instance + `}`
	}
	other := `{"vpcId":"vpc-1","networkInterfaceId":"eni-11","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.4","primary":true}]}`
	on := `,"instanceSet":{"instanceId":"ins-1","attachTime":"2017-12-12 11:55:07"}`
	for name, test := range map[string]struct {
		body string
		want *eni.Interface
	}{
		"newer":              {`{"code":0,"codeDesc":"Success","data":{"totalNum":1,"data":[` + one(on) + `]}}`, &used},
		"older":              {`{"code":"0","message":"","totalCount":1,"data":[` + one(`,"instanceSet":[{"instanceId":"ins-1"}]`) + `]}`, &used},
		"count within":       {`{"code":"0","data":{"totalCount":"1","data":[` + one(on) + `]}}`, &used},
		"free":               {`{"code":0,"data":{"totalNum":1,"data":[` + one(`,"instanceSet":{"instanceId":"","attachTime":""}`) + `]}}`, &free},
		"free, a list":       {`{"code":0,"data":{"totalNum":1,"data":[` + one(`,"instanceSet":[]`) + `]}}`, &free},
		"free, null":         {`{"code":0,"data":{"totalNum":1,"data":[` + one(`,"instanceSet":null`) + `]}}`, &free},
		"free, left out":     {`{"code":0,"data":{"totalNum":1,"data":[` + one(``) + `]}}`, &free},
		"others too":         {`{"code":0,"data":{"totalNum":2,"data":[` + other + `,` + one(on) + `]}}`, &used},
		"none":               {`{"code":0,"data":{"totalNum":0,"data":[]}}`, nil},
		"none, left out":     {`{"code":0,"data":{"totalNum":0}}`, nil},
		"none, older":        {`{"code":"0","totalCount":"0","data":[]}`, nil},
		"none, older, null":  {`{"code":"0","totalCount":"0","data":null}`, nil},
		"only another":       {`{"code":0,"data":{"totalNum":1,"data":[` + other + `]}}`, nil},
		"an error says none": {`{"code":5000,"codeDesc":"InvalidNetworkInterface.NotFound","message":"gone"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newBareLegacyDriver(t, func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, test.body), nil })
			got, err := d.Describe(t.Context(), []string{"eni-1"})
			if err != nil {
				t.Fatal(err)
			}
			if test.want == nil && len(got) != 0 || test.want != nil && !reflect.DeepEqual(got, []eni.Interface{*test.want}) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestLegacyDescriptionsThatAreNoAnswer(t *testing.T) {
	one := func(fields string) string { return `{"code":0,"data":{"totalNum":1,"data":[{` + fields + `}]}}` }
	for name, body := range map[string]string{
		"no code":             `{"data":{"totalNum":0,"data":[]}}`,
		"no data":             `{"code":0}`,
		"no count":            `{"code":0,"data":{"data":[]}}`,
		"no count, older":     `{"code":"0","data":[]}`,
		"odd count":           `{"code":0,"data":{"totalNum":"many","data":[]}}`,
		"negative count":      `{"code":0,"data":{"totalNum":-1,"data":[]}}`,
		"a list as count":     `{"code":0,"data":{"totalNum":[],"data":[]}}`,
		"a text for data":     `{"code":0,"totalCount":0,"data":"none"}`,
		"an empty page":       `{"code":0,"data":{"totalNum":1,"data":[]}}`,
		"others without end":  `{"code":0,"data":{"totalNum":1000000,"data":[{"vpcId":"vpc-1","networkInterfaceId":"eni-2","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.4","primary":true}]}]}}`,
		"null interface":      `{"code":0,"data":{"totalNum":1,"data":[null]}}`,
		"no id":               one(`"vpcId":"vpc-1","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.4","primary":true}]`),
		"no IPv4 address":     one(`"vpcId":"vpc-1","networkInterfaceId":"eni-1","privateIpAddressesSet":[]`),
		"no addresses":        one(`"vpcId":"vpc-1","networkInterfaceId":"eni-1"`),
		"null address":        one(`"networkInterfaceId":"eni-1","privateIpAddressesSet":[null]`),
		"odd address":         one(`"networkInterfaceId":"eni-1","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.256"}]`),
		"IPv6 address":        one(`"networkInterfaceId":"eni-1","privateIpAddressesSet":[{"privateIpAddress":"2001:db8::1"}]`),
		"perhaps primary":     one(`"networkInterfaceId":"eni-1","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.1","primary":"perhaps"}]`),
		"perhaps primary eni": one(`"networkInterfaceId":"eni-1","primary":2,"privateIpAddressesSet":[{"privateIpAddress":"10.0.0.4","primary":true}]`),
		"two instances":       one(`"networkInterfaceId":"eni-1","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.4","primary":true}],"instanceSet":[{"instanceId":"a"},{"instanceId":"b"}]`),
	} {
		t.Run(name, func(t *testing.T) {
			d := newBareLegacyDriver(t, func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, body), nil })
			got, err := d.Describe(t.Context(), []string{"eni-1"})
			if err == nil {
				t.Fatalf("taken for %+v", got)
			}
			if e := d.Explain(core.Describe, err); e.Kind != eni.ErrUnavailable || e.HTTPStatus != http.StatusOK || e.Message == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// If the cloud lists all interfaces, the driver reads pages until it finds the
// requested one.
func TestLegacyLookReadsOn(t *testing.T) {
	requests := 0
	d := newBareLegacyDriver(t, func(r *http.Request) (*http.Response, error) {
		requests++
		var first int
		if _, err := fmt.Sscan(form(t, r).Get("offset"), &first); err != nil {
			t.Error(err)
		}
		var page []string
		for n := first; n < min(first+50, 120); n++ {
			page = append(page, fmt.Sprintf(`{"vpcId":"vpc-1","networkInterfaceId":"eni-%d","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.4","primary":true}]}`, n))
		}
		return respond(http.StatusOK, `{"code":0,"data":{"totalNum":120,"data":[`+strings.Join(page, ",")+`]}}`), nil
	})
	if got, err := d.Describe(t.Context(), []string{"eni-119"}); err != nil || len(got) != 1 || requests != 3 {
		t.Errorf("%+v in %d requests, %v", got, requests, err)
	}
	if got, err := d.Describe(t.Context(), []string{"eni-120"}); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLegacyChangeWithoutVPC(t *testing.T) {
	d := newBareLegacyDriver(t, func(r *http.Request) (*http.Response, error) {
		if action := form(t, r).Get("Action"); action != "DescribeNetworkInterfaces" {
			t.Errorf("sent %s", action)
		}
		return respond(http.StatusOK, strings.Replace(legacyDescribed, "vpc-1", "", 1)), nil
	})
	receipt, err := d.Send(t.Context(), testChange)
	if e := d.Explain("", err); e.Kind != eni.ErrUnavailable || !receipt.NotSent {
		t.Errorf("%+v, %+v", receipt, e)
	}
}

func TestLegacyTask(t *testing.T) {
	for body, want := range map[string]struct {
		status core.TaskStatus
		kind   eni.Kind
	}{
		`{"code":0,"message":"","data":{"status":0}}`:                     {core.TaskStatus{State: core.TaskSucceeded}, 0},
		`{"code":"0","data":{"status":"0"}}`:                              {core.TaskStatus{State: core.TaskSucceeded}, 0},
		`{"code":0,"data":[{"status":2}]}`:                                {core.TaskStatus{State: core.TaskRunning}, 0},
		`{"code":0,"data":{"status":"1","output":"no\nidea"}}`:            {core.TaskStatus{State: core.TaskFailed, Output: "no idea"}, 0},
		`{"code":0,"data":{"status":1,"output":{"errorMsg":"x"}}}`:        {core.TaskStatus{State: core.TaskFailed, Output: `{"errorMsg":"x"}`}, 0},
		`{"code":0,"data":{"status":1,"output":"` + testKey + `"}}`:       {core.TaskStatus{State: core.TaskFailed, Output: "[redacted]"}, 0},
		`{"code":0,"data":{"status":1}}`:                                  {core.TaskStatus{State: core.TaskFailed}, 0},
		`{"code":5000,"message":"no such task"}`:                          {core.TaskStatus{State: core.TaskUnknown}, 0},
		`{"code":4400,"message":"slowly"}`:                                {core.TaskStatus{}, eni.ErrThrottled},
		`{"code":0,"data":{"status":3}}`:                                  {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":0,"data":{"status":null}}`:                               {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":0,"data":{}}`:                                            {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":0,"data":[]}`:                                            {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":0}`:                                                      {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":0,"data":"0"}`:                                           {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":0,"data":{"status":{}}}`:                                 {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":{},"data":{"status":0}}`:                                 {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":0,"codeDesc":"InternalError.Task","data":{"status":0}}`:  {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":6000,"codeDesc":"InternalError","data":{"status":0}}`:    {core.TaskStatus{}, eni.ErrUnavailable},
		`{"code":4000,"codeDesc":"NeverSeen.Before","message":"strange"}`: {core.TaskStatus{}, eni.ErrInvalid},
	} {
		d := newBareLegacyDriver(t, func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, body), nil })
		got, err := d.Task(t.Context(), "16284")
		if got != want.status {
			t.Errorf("%s: got %+v, want %+v", body, got, want.status)
		}
		if (err != nil) != (want.kind != 0) || err != nil && d.Explain("", err).Kind != want.kind {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestLegacyTaskIDs(t *testing.T) {
	for body, want := range map[string]string{
		`{"code":0,"codeDesc":"Success","data":{"taskId":16284}}`: "16284",
		`{"code":"0","data":{"taskId":"16284"}}`:                  "16284",
		`{"code":0,"taskId":16284}`:                               "16284",
		`{"code":"0","taskId":"16284","data":null}`:               "16284",
		`{"code":0,"taskId":9007199254740993,"data":[]}`:          "9007199254740993",
		`{"code":0,"data":[{"taskId":16284}]}`:                    "16284",
		`{"code":0,"codeDesc":"success","data":{"taskId":1}}`:     "1",
		`{"code":0,"data":{"taskId":0}}`:                          "",
		`{"code":0,"data":{"taskId":""}}`:                         "",
		`{"code":0,"data":{"taskId":null}}`:                       "",
		`{"code":0,"data":{"taskId":[1]}}`:                        "",
		`{"code":0,"data":16284}`:                                 "",
		`{"code":0}`:                                              "",
	} {
		d := newTestLegacyDriver(t, func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, body), nil })
		receipt, err := d.Send(t.Context(), testChange)
		if receipt.TaskID != want || (err == nil) != (want != "") || receipt.NotSent {
			t.Errorf("%s: %+v, %v", body, receipt, err)
		}
		if err != nil && d.Explain("", err).Kind != eni.ErrUnavailable {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestLegacyEndpoints(t *testing.T) {
	for endpoint, want := range map[string]string{
		"":                                  "https://vpc.api.qcloud.com/v2/index.php",
		"vpc.cloud.example":                 "https://vpc.cloud.example/v2/index.php",
		"http://vpc.cloud.example/":         "http://vpc.cloud.example/v2/index.php",
		"vpc.cloud.example:8443/api/v2.php": "https://vpc.cloud.example:8443/api/v2.php",
	} {
		var got string
		d, err := newLegacyDriver(Config{Region: "gz", Endpoint: endpoint, Credentials: testCredentials, HTTPClient: &http.Client{
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				got = r.URL.String()
				return respond(http.StatusOK, legacyDescribed), nil
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Describe(t.Context(), []string{"eni-1"}); err != nil || got != want {
			t.Errorf("%q: sent to %s, %v", endpoint, got, err)
		}
	}
	for _, cfg := range []Config{{Region: ""}, {Region: "gz", Endpoint: "vpc.example?x=1"}} {
		if c, err := NewLegacy(cfg, nil); c != nil || err == nil || !strings.HasPrefix(err.Error(), "tencent: ") {
			t.Errorf("%+v: %v, %v", cfg, c, err)
		}
	}
}

// The description before a change has only the interface, so a not-found is the
// interface.
func TestLegacyChangeOfAMissingInterface(t *testing.T) {
	for _, body := range []string{
		`{"code":5000,"message":"(5000)gone"}`,
		`{"code":5000,"codeDesc":"InvalidNetworkInterface.NotFound"}`,
		`{"code":0,"data":{"totalNum":0,"data":[]}}`,
	} {
		d := newBareLegacyDriver(t, func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, body), nil })
		receipt, err := d.Send(t.Context(), testChange)
		if e := d.Explain(string(testChange.Action), err); e.Kind != eni.ErrNotFound || !receipt.NotSent {
			t.Errorf("%s: %+v, %v", body, receipt, e)
		}
	}
}
