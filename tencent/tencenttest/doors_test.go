// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// door is one way in which the vendor's SDK signs and sends.
type door struct{ sign, method string }

var doors = []door{
	{"TC3-HMAC-SHA256", http.MethodPost},
	{"TC3-HMAC-SHA256", http.MethodGet},
	{"HmacSHA1", http.MethodPost},
	{"HmacSHA1", http.MethodGet},
	{"HmacSHA256", http.MethodPost},
	{"HmacSHA256", http.MethodGet},
}

// visit is what a client is made with.
type visit struct {
	door
	endpoint, service, region string
	id, key, token            string
	unsigned                  bool
}

func visitBy(s *tencenttest.Server, d door) visit {
	return visit{d, "vpc.tencentcloudapi.test", "vpc", s.Region, s.SecretID, s.SecretKey, s.Token, false}
}

// request has the vendor's SDK sign and encode a request, without sending it.
func (v visit) request(t *testing.T, action string, q tchttp.Request, base *tchttp.BaseRequest) *http.Request {
	t.Helper()
	var made *http.Request
	p := profile.NewClientProfile()
	p.SignMethod, p.HttpProfile.ReqMethod, p.HttpProfile.Endpoint, p.UnsignedPayload = v.sign, v.method, v.endpoint, v.unsigned
	client := common.NewCommonClient(common.NewTokenCredential(v.id, v.key, v.token), v.region, p)
	client.WithHttpTransport(capture(func(r *http.Request) { made = r }))
	base.Init().WithApiInfo(v.service, "2017-03-12", action)
	q.SetContext(t.Context())
	_ = client.Send(q, &tchttp.BaseResponse{})
	made.RequestURI = made.URL.RequestURI()
	return made
}

type unassignRequest struct {
	tchttp.BaseRequest

	NetworkInterfaceID string        `json:"NetworkInterfaceId" name:"NetworkInterfaceId"`
	PrivateIPAddresses []unassigning `json:"PrivateIpAddresses" name:"PrivateIpAddresses"`
}

type unassigning struct {
	PrivateIPAddress string `json:"PrivateIpAddress" name:"PrivateIpAddress"`
	Primary          bool   `json:"Primary" name:"Primary"`
}

type describeRequest struct {
	tchttp.BaseRequest

	NetworkInterfaceIDs []string      `json:"NetworkInterfaceIds,omitempty" name:"NetworkInterfaceIds"`
	Filters             []filterNamed `json:"Filters,omitempty" name:"Filters"`
	Limit               *int          `json:"Limit,omitempty" name:"Limit"`
}

type filterNamed struct {
	Name   string   `json:"Name" name:"Name"`
	Values []string `json:"Values" name:"Values"`
}

type taskRequest struct {
	tchttp.BaseRequest

	TaskID string `json:"TaskId" name:"TaskId"`
}

func (v visit) describe(t *testing.T, ids ...string) *http.Request {
	t.Helper()
	q := &describeRequest{NetworkInterfaceIDs: ids}
	return v.request(t, "DescribeNetworkInterfaces", q, &q.BaseRequest)
}

func (v visit) unassign(t *testing.T, addresses ...string) *http.Request {
	t.Helper()
	q := &unassignRequest{NetworkInterfaceID: "eni-1"}
	for _, a := range addresses {
		q.PrivateIPAddresses = append(q.PrivateIPAddresses, unassigning{a, false})
	}
	return v.request(t, "UnassignPrivateIpAddresses", q, &q.BaseRequest)
}

func (v visit) task(t *testing.T, id string) *http.Request {
	t.Helper()
	q := &taskRequest{TaskID: id}
	return v.request(t, "DescribeVpcTaskResult", q, &q.BaseRequest)
}

func eachDoor(t *testing.T, test func(*testing.T, door)) {
	for _, d := range doors {
		t.Run(d.sign+" "+d.method, func(t *testing.T) { test(t, d) })
	}
}

// A change with a list of structures, a description with a list of texts, and the
// query of the task, which needs no region, come in by every door.
func TestDoors(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
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

func TestDoorsAreGuarded(t *testing.T) {
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
			eachDoor(t, func(t *testing.T, d door) {
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
func TestDoorsVerifyWhatIsSigned(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
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
		eachDoor(t, func(t *testing.T, d door) {
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
	v := visitBy(s, doors[0])
	v.unsigned = true
	if got := serve(t, s, v.unassign(t, "10.0.0.5")); got.Error.Code != "" {
		t.Errorf("%+v", got.Error)
	}
}

// What stays out is told which doors are open.
func TestClosedDoors(t *testing.T) {
	s := newServer()
	good := func() *http.Request { return visitBy(s, doors[0]).describe(t, "eni-1") }
	form := func() *http.Request { return visitBy(s, doors[2]).describe(t, "eni-1") }
	for name, r := range map[string]*http.Request{
		"a multipart body":  with(good(), func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }),
		"no content type":   with(good(), func(r *http.Request) { r.Header.Del("Content-Type") }),
		"another method":    with(good(), func(r *http.Request) { r.Method = http.MethodPut }),
		"the path of 2.0":   with(good(), func(r *http.Request) { r.URL.Path = "/v2/index.php" }),
		"a GET with a body": with(good(), func(r *http.Request) { r.Method = http.MethodGet }),
		"no signature":      httptest.NewRequest(http.MethodGet, "http://vpc.test/?Action=DescribeNetworkInterfaces", nil),
		"another signature": with(good(), func(r *http.Request) { r.Header.Set("Authorization", "SKIP") }),
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
	eachDoor(t, func(t *testing.T, d door) {
		s := newServer()
		q := new(describeRequest)
		got := serve(t, s, visitBy(s, d).request(t, "RunInstances", q, &q.BaseRequest))
		if got.Error.Code != "InvalidAction" || !strings.HasPrefix(got.Error.Message, "this server does not have RunInstances: it has ") ||
			!strings.Contains(got.Error.Message, "DetachNetworkInterface, ") {
			t.Errorf("%+v", got.Error)
		}
	})
}

// A value of a wrong type is refused in the vendor's words, wherever it is. In a form
// every value is a text.
func TestTypeErrors(t *testing.T) {
	s := newServer()
	for body, want := range map[string]string{
		`{"NetworkInterfaceIds": [1]}`:                     "InvalidParameter: `NetworkInterfaceIds.0` should be `string`",
		`{"NetworkInterfaceIds": "eni-1"}`:                 "InvalidParameter: `NetworkInterfaceIds` should be `list`",
		`{"Limit": "20"}`:                                  "InvalidParameter: `Limit` should be `integer`",
		`{"Limit": 2.5}`:                                   "InvalidParameter: `Limit` should be `integer`",
		`{"Filters": [{"Name": "vpc-id", "Values": "x"}]}`: "InvalidParameter.FilterValuesNotList: `Filters.0.Values` should be `list`",
		`{"Filters": ["vpc-id"]}`:                          "InvalidParameter.FilterNotDict: `Filters.0` should be `object`",
	} {
		var parameters map[string]any
		if err := json.Unmarshal([]byte(body), &parameters); err != nil {
			t.Fatal(err)
		}
		got := call(t, s, "DescribeNetworkInterfaces", parameters)
		code, rest, _ := strings.Cut(want, ": ")
		name, want, _ := strings.Cut(rest, " should be ")
		if got.Error.Code != code || !strings.Contains(got.Error.Message, name) || !strings.Contains(got.Error.Message, "should be "+want) {
			t.Errorf("%s: got %+v", body, got.Error)
		}
	}
	got := call(t, s, "UnassignPrivateIpAddresses", map[string]any{
		"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": []any{map[string]any{"PrivateIpAddress": "10.0.0.5", "Primary": "false"}},
	})
	if got.Error.Code != "InvalidParameter" || !strings.Contains(got.Error.Message, "`PrivateIpAddresses.0.Primary` is of a wrong type. It should be `boolean`") {
		t.Errorf("%+v", got.Error)
	}
}

func with(r *http.Request, change func(*http.Request)) *http.Request {
	change(r)
	return r
}

func withAddresses(id string, addresses ...string) eni.Interface {
	i := eni.Interface{ID: id, Type: eni.TypeSecondary, State: eni.StateAvailable}
	for n, a := range addresses {
		i.Addresses = append(i.Addresses, eni.Address{Addr: netip.MustParseAddr(a), Primary: n == 0})
	}
	return i
}

// Forms that say two things at once are refused, and lists that do not count from 0.
func TestOddForms(t *testing.T) {
	for _, test := range []struct {
		parameters map[string]string
		want       string
	}{
		{map[string]string{"NetworkInterfaceIds.0": "eni-1", "NetworkInterfaceIds": "eni-1"}, "both a value and a structure"},
		{map[string]string{"NetworkInterfaceIds.0": "eni-1", "NetworkInterfaceIds.0.Id": "eni-1"}, "both a value and a structure"},
		{map[string]string{"NetworkInterfaceIds.1": "eni-1"}, "`NetworkInterfaceIds` is of a wrong type. It should be `list`"},
		{map[string]string{"Limit": "ten"}, "`Limit` is of a wrong type. It should be `integer`"},
		{map[string]string{"Limits": "10"}, "`Limits` is not recognized"},
	} {
		for _, d := range doors[1:] {
			s := newServer()
			q := new(parametersRequest)
			q.parameters = test.parameters
			got := serve(t, s, visitBy(s, d).request(t, "DescribeNetworkInterfaces", q, &q.BaseRequest))
			if !strings.Contains(got.Error.Message, test.want) {
				t.Errorf("%v by %v: got %+v", test.parameters, d, got)
			}
		}
	}
	s := newServer()
	twice := with(visitBy(s, doors[3]).describe(t, "eni-1"), func(r *http.Request) { r.URL.RawQuery += "&NetworkInterfaceIds.0=eni-2" })
	if got := serve(t, s, twice); !strings.Contains(got.Error.Message, "`NetworkInterfaceIds.0` is given twice") {
		t.Errorf("%+v", got)
	}
}

// parametersRequest has parameters of any name.
type parametersRequest struct {
	tchttp.BaseRequest

	parameters map[string]string
}

// GetParams is where the SDK adds the common ones, and signs.
func (r *parametersRequest) GetParams() map[string]string {
	maps.Copy(r.BaseRequest.GetParams(), r.parameters)
	return r.BaseRequest.GetParams()
}

func TestLegacyDoors(t *testing.T) {
	for region, want := range map[string]string{"gz": `"totalNum":1`, "ap-guangzhou": `"totalNum":1`, "sh": `"totalNum":0`, "ap-shanghai": `"totalNum":0`} {
		for _, d := range doors[2:] {
			s := newLegacyServer()
			other := tencenttest.NewLegacyServer(new(enitest.Cloud))
			other.Region = region
			if got := serveLegacy(t, s, signedLegacy(t, other, d.sign, d.method, "DescribeNetworkInterfaces", one)); !strings.Contains(string(got.Data), want) {
				t.Errorf("%s by %v: %+v", region, d, got)
			}
		}
	}
	s := newLegacyServer()
	other := tencenttest.NewLegacyServer(new(enitest.Cloud))
	other.Region = "guangzhou"
	if got := serveLegacy(t, s, signedLegacy(t, other, "HmacSHA1", http.MethodPost, "DescribeNetworkInterfaces", one)); string(got.Code) != "4000" || !strings.Contains(got.Message, "Region") {
		t.Errorf("an unknown region: %+v", got)
	}
	for name, r := range map[string]*http.Request{
		"a JSON body":    with(signedLegacy(t, s, "HmacSHA1", http.MethodPost, "DescribeNetworkInterfaces", one), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }),
		"another method": with(signedLegacy(t, s, "HmacSHA1", http.MethodPost, "DescribeNetworkInterfaces", one), func(r *http.Request) { r.Method = http.MethodPut }),
	} {
		if got := serveLegacy(t, s, r); string(got.Code) != "4000" || !strings.Contains(got.Message, "POST with a form and GET") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://vpc.test/", nil))
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "/v2/index.php") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
