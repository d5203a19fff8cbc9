// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// legacyRequest is a request of API 2.0 with parameters of any name.
type legacyRequest struct{ tchttp.BaseRequest }

// signedLegacy returns a request as the vendor's SDK signs it, without sending it.
func signedLegacy(t *testing.T, s *tencenttest.LegacyServer, method, httpMethod, action string, parameters map[string]string) *http.Request {
	t.Helper()
	var made *http.Request
	p := profile.NewClientProfile()
	p.SignMethod, p.HttpProfile.ReqMethod, p.HttpProfile.Endpoint = method, httpMethod, "vpc.api.qcloud.com/v2/index.php"
	client := common.NewCommonClient(common.NewTokenCredential(s.SecretID, s.SecretKey, s.Token), s.Region, p)
	client.WithHttpTransport(capture(func(r *http.Request) { made = r }))
	request := &legacyRequest{}
	request.Init().WithApiInfo("vpc", "", action)
	maps.Copy(request.GetParams(), parameters)
	request.SetContext(t.Context())
	_ = client.Send(request, &tchttp.BaseResponse{})
	made.RequestURI = made.URL.RequestURI()
	return made
}

type legacyAnswer struct {
	Code     json.RawMessage `json:"code"`
	CodeDesc string          `json:"codeDesc"`
	Message  string          `json:"message"`
	TaskID   json.RawMessage `json:"taskId"`
	Data     json.RawMessage `json:"data"`
}

func serveLegacy(t *testing.T, s *tencenttest.LegacyServer, r *http.Request) legacyAnswer {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer legacyAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return answer
}

func callLegacy(t *testing.T, s *tencenttest.LegacyServer, action string, parameters map[string]string) legacyAnswer {
	t.Helper()
	return serveLegacy(t, s, signedLegacy(t, s, "HmacSHA256", http.MethodPost, action, parameters))
}

func newLegacyServer() *tencenttest.LegacyServer {
	s := tencenttest.NewLegacyServer(&enitest.Cloud{})
	s.Cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "ins-1", VPCID: "vpc-1",
		Addresses: []eni.Address{
			{Addr: netip.MustParseAddr("10.0.0.4"), Primary: true},
			{Addr: netip.MustParseAddr("10.0.0.5")},
			{Addr: netip.MustParseAddr("2001:db8::5")},
		},
	})
	return s
}

var one = map[string]string{"networkInterfaceId": "eni-1"}

func TestLegacySignature(t *testing.T) {
	s := newLegacyServer()
	s.Token = "token/with+signs=="
	good := func(method, httpMethod string) *http.Request {
		return signedLegacy(t, s, method, httpMethod, "DescribeNetworkInterfaces", one)
	}
	by := func(id, key, token string) *http.Request {
		other := newLegacyServer()
		other.SetCredentials(id, key, token)
		return signedLegacy(t, other, "HmacSHA256", http.MethodPost, "DescribeNetworkInterfaces", one)
	}
	with := func(name, value string) *http.Request {
		r := good("HmacSHA256", http.MethodPost)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Fatal(err)
		}
		form.Set(name, value)
		if value == "" {
			form.Del(name)
		}
		r.Body = io.NopCloser(strings.NewReader(form.Encode()))
		return r
	}
	host := good("HmacSHA256", http.MethodPost)
	host.Host = "elsewhere.example"
	twice := good("HmacSHA1", http.MethodGet)
	twice.URL.RawQuery += "&limit=1&limit=2"
	for name, test := range map[string]struct {
		request *http.Request
		code    string
	}{
		"HmacSHA256":       {good("HmacSHA256", http.MethodPost), "0"},
		"HmacSHA1":         {good("HmacSHA1", http.MethodPost), "0"},
		"in the query":     {good("HmacSHA256", http.MethodGet), "0"},
		"other key":        {by(s.SecretID, "other", s.Token), "4100"},
		"other id":         {by("other", s.SecretKey, s.Token), "4104"},
		"other token":      {by(s.SecretID, s.SecretKey, "other"), "4105"},
		"no token":         {by(s.SecretID, s.SecretKey, ""), "4105"},
		"other parameter":  {with("networkInterfaceId", "eni-2"), "4100"},
		"other method":     {with("SignatureMethod", "HmacSHA1"), "4100"},
		"unknown method":   {with("SignatureMethod", "HmacMD5"), "4100"},
		"other nonce":      {with("Nonce", "7"), "4100"},
		"no nonce":         {with("Nonce", ""), "4000"},
		"no signature":     {with("Signature", ""), "4000"},
		"odd timestamp":    {with("Timestamp", "now"), "4000"},
		"other host":       {host, "4100"},
		"a parameter more": {twice, "4000"},
		"other action":     {signedLegacy(t, s, "HmacSHA256", http.MethodPost, "DetachNetworkInterface", one), "4000"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := serveLegacy(t, s, test.request); string(got.Code) != test.code {
				t.Errorf("got %s %s, want %s", got.Code, got.Message, test.code)
			}
		})
	}
}

func TestLegacyReplays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newLegacyServer()
		sign := func() *http.Request {
			return signedLegacy(t, s, "HmacSHA256", http.MethodGet, "DescribeNetworkInterfaces", one)
		}
		first, late := sign(), sign()
		again := first.Clone(t.Context())
		if got := serveLegacy(t, s, first); string(got.Code) != "0" {
			t.Errorf("%+v", got)
		}
		if got := serveLegacy(t, s, again); string(got.Code) != "4500" {
			t.Errorf("a replay: %+v", got)
		}
		time.Sleep(301 * time.Second)
		if got := serveLegacy(t, s, late); string(got.Code) != "4500" {
			t.Errorf("a stale timestamp: %+v", got)
		}
	})
}

func TestLegacyValidation(t *testing.T) {
	type parameters = map[string]string
	good := parameters{"vpcId": "vpc-1", "networkInterfaceId": "eni-1", "privateIpAddress.0": "10.0.0.5"}
	but := func(name, value string) parameters {
		p := maps.Clone(good)
		p[name] = value
		return p
	}
	for _, test := range []struct {
		action     string
		parameters parameters
		code, desc string
	}{
		{"UnassignPrivateIpAddresses", but("vpcId", ""), "4000", ""},
		{"UnassignPrivateIpAddresses", but("networkInterfaceId", ""), "4000", ""},
		{"UnassignPrivateIpAddresses", but("privateIpAddress.0", ""), "4000", ""},
		{"UnassignPrivateIpAddresses", but("privateIpAddress.0", "10.0.0"), "4000", ""},
		{"UnassignPrivateIpAddresses", but("privateIpAddress.0", "2001:db8::5"), "4000", ""},
		{"UnassignPrivateIpAddresses", but("privateIpAddress.1", "10.0.0.5"), "4000", ""},
		{"UnassignPrivateIpAddresses", but("privateIpAddress.2", "10.0.0.6"), "4000", ""}, // 1 is missing
		{"UnassignPrivateIpAddresses", but("instanceId", "ins-1"), "4000", ""},
		{"UnassignPrivateIpAddresses", but("vpcId", "vpc-2"), "5000", "InvalidVpc.NotFound"},
		{"UnassignPrivateIpAddresses", but("networkInterfaceId", "eni-2"), "5000", "InvalidNetworkInterface.NotFound"},
		{"UnassignPrivateIpAddresses", but("privateIpAddress.0", "10.0.0.4"), "5100", "InvalidPrivateip.IsPrimary"},
		{"UnassignPrivateIpAddresses", but("privateIpAddress.0", "10.0.0.9"), "5000", "InvalidPrivateip.NotFound"},
		{"DescribeNetworkInterfaces", parameters{"color": "red"}, "4000", ""},
		{"DescribeNetworkInterfaces", parameters{"networkInterfaceId": "eni-1", "limit": "51"}, "4000", ""},
		{"DescribeNetworkInterfaces", parameters{"networkInterfaceId": "eni-1", "offset": "-1"}, "4000", ""},
		{"DescribeVpcTaskResult", parameters{}, "4000", ""},
		{"DescribeVpcTaskResult", parameters{"taskId": "one"}, "4000", ""},
		{"DescribeVpcTaskResult", parameters{"taskId": "1"}, "5000", ""},
		{"Describe", parameters{}, "4000", "InvalidAction"},
	} {
		s := newLegacyServer()
		if got := callLegacy(t, s, test.action, test.parameters); string(got.Code) != test.code || got.CodeDesc != test.desc || got.Message == "" {
			t.Errorf("%s(%v): got %+v", test.action, test.parameters, got)
		}
		if len(s.Cloud.History()) != 0 {
			t.Errorf("%s(%v): %+v", test.action, test.parameters, s.Cloud.History())
		}
	}
}

// The shapes are the vendor's two, to the letter.
func TestLegacyShapes(t *testing.T) {
	unassign := map[string]string{"vpcId": "vpc-1", "networkInterfaceId": "eni-1", "privateIpAddress.0": "10.0.0.5"}
	set := `"privateIpAddressesSet":[{"description":"","eipId":"","isWanIpBlocked":false,"primary":true,"privateIpAddress":"10.0.0.4","wanIp":""},` +
		`{"description":"","eipId":"","isWanIpBlocked":false,"primary":false,"privateIpAddress":"10.0.0.5","wanIp":""}]`
	for _, test := range []struct {
		older                    bool
		described, changed, task string
	}{
		{
			false,
			`{"data":[{"eniDescription":"","eniName":"","groupSet":[],"instanceSet":{"attachTime":"","instanceId":"ins-1"},"macAddress":"","networkInterfaceId":"eni-1","primary":false,` + set + `,"subnetId":"","vpcId":"vpc-1","zoneId":200001}],"totalNum":1}`,
			`0 Success  {"taskId":16284}`, `{"status":0}`,
		},
		{
			true,
			`[{"eniDescription":"","eniName":"","groupSet":[],"instanceSet":[{"attachTime":"","instanceId":"ins-1"}],"macAddress":"","networkInterfaceId":"eni-1","primary":false,` + set + `,"subnetId":"","vpcId":"vpc-1","zoneId":"200001"}]`,
			`"0"  "16284" `, `{"status":"0"}`,
		},
	} {
		s := newLegacyServer()
		s.Strings, s.Flat = test.older, test.older
		if got := callLegacy(t, s, "DescribeNetworkInterfaces", one); string(got.Data) != test.described {
			t.Errorf("described\n%s\nwant\n%s", got.Data, test.described)
		}
		got := callLegacy(t, s, "UnassignPrivateIpAddresses", unassign)
		if text := strings.Join([]string{string(got.Code), got.CodeDesc, string(got.TaskID), string(got.Data)}, " "); text != test.changed {
			t.Errorf("changed %q, want %q", text, test.changed)
		}
		if got := callLegacy(t, s, "DescribeVpcTaskResult", map[string]string{"taskId": "16284"}); string(got.Data) != test.task {
			t.Errorf("task %s, want %s", got.Data, test.task)
		}
	}
}

// A description takes filters, beside an id or instead of it; without either it lists
// what there is.
func TestLegacyFilters(t *testing.T) {
	for _, test := range []struct {
		parameters map[string]string
		want       string
	}{
		{map[string]string{}, "eni-1 eni-2 eni-3"},
		{map[string]string{"vpcId": "vpc-1"}, "eni-1 eni-2"},
		{map[string]string{"vpcId": "vpc-1", "networkInterfaceId": "eni-3"}, ""},
		{map[string]string{"vpcId": "vpc-2", "networkInterfaceId": "eni-3"}, "eni-3"},
		{map[string]string{"instanceId": "ins-1"}, "eni-1"},
		{map[string]string{"eniName": "ed"}, "eni-2"},
		{map[string]string{"eniDescription": "second"}, "eni-2"},
		{map[string]string{"offset": "1", "limit": "1"}, "eni-2"},
	} {
		s := newLegacyServer()
		s.MissingIsError = true
		s.Cloud.Put(
			eni.Interface{ID: "eni-2", State: eni.StateAvailable, VPCID: "vpc-1", Name: "red", Description: "the second"},
			eni.Interface{ID: "eni-3", State: eni.StateAvailable, VPCID: "vpc-2"},
		)
		var found struct {
			Data []struct{ NetworkInterfaceID string }
		}
		if err := json.Unmarshal(callLegacy(t, s, "DescribeNetworkInterfaces", test.parameters).Data, &found); err != nil {
			t.Fatal(err)
		}
		ids := make([]string, len(found.Data))
		for n, i := range found.Data {
			ids[n] = i.NetworkInterfaceID
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%v: got %q, want %q", test.parameters, got, test.want)
		}
	}
}

func TestLegacyMissingInterface(t *testing.T) {
	s := newLegacyServer()
	other := map[string]string{"networkInterfaceId": "eni-2"}
	if got := callLegacy(t, s, "DescribeNetworkInterfaces", other); string(got.Data) != `{"data":[],"totalNum":0}` {
		t.Errorf("%+v", got)
	}
	s.MissingIsError = true
	if got := callLegacy(t, s, "DescribeNetworkInterfaces", other); got.CodeDesc != "InvalidNetworkInterface.NotFound" {
		t.Errorf("%+v", got)
	}
	s.StaleCode = "7003"
	got := callLegacy(t, s, "UnassignPrivateIpAddresses", map[string]string{"vpcId": "vpc-1", "networkInterfaceId": "eni-1", "privateIpAddress.0": "10.0.0.9"})
	if string(got.Code) != "7003" || got.CodeDesc != "" {
		t.Errorf("%+v", got)
	}
}

func TestSetCredentials(t *testing.T) {
	s := newServer()
	old := signed(t, s.SecretID, s.SecretKey, s.Token, "2017-03-12", "DescribeNetworkInterfaces", map[string]any{"NetworkInterfaceIds": []string{"eni-1"}})
	s.SetCredentials("other", "key", "token")
	if got := serve(t, s, old); got.Error.Code != "AuthFailure.SecretIdNotFound" {
		t.Errorf("%+v", got)
	}
	if got := call(t, s, "DescribeNetworkInterfaces", map[string]any{"NetworkInterfaceIds": []string{"eni-1"}}); got.Error.Code != "" {
		t.Errorf("%+v", got)
	}
}
