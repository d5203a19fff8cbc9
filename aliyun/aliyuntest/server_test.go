// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

func newServer() *aliyuntest.Server {
	cloud := &enitest.Cloud{}
	cloud.PutInstance(enitest.Instance{ID: "i-2"})
	cloud.Put(
		eni.Interface{ID: "eni-0", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "i-1"},
		eni.Interface{
			ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1",
			Addresses: []eni.Address{
				{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true},
				{Addr: netip.MustParseAddr("10.0.0.2")},
				{Addr: netip.MustParseAddr("2001:db8::1")},
			},
			Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.1.0/28"), netip.MustParsePrefix("2001:db8:1::/80")},
		},
	)
	return aliyuntest.NewServer(cloud)
}

// signed returns the query of a request that the SDK has signed. A value in parameters of
// "-" takes the parameter out before that.
func signed(t *testing.T, provider credentials.CredentialsProvider, parameters map[string]string) url.Values {
	t.Helper()
	rpc := &requests.RpcRequest{}
	rpc.InitWithApiInfo("Ecs", "2014-05-26", parameters["Action"], "ecs", "openAPI")
	if format := parameters["Format"]; format != "" {
		rpc.AcceptFormat = format
	}
	for name, value := range parameters {
		if value != "-" {
			rpc.QueryParams[name] = value
		}
	}
	if err := auth.Sign(rpc, nil, "cn-hangzhou", provider); err != nil {
		t.Fatal(err)
	}
	query := url.Values{}
	for name, value := range rpc.GetQueryParams() {
		query.Set(name, value)
	}
	return query
}

var static = credentials.NewStaticAKCredentialsProvider("LTAI5tDemoDemoDemoDemoId", "DemoSecretDemoSecretDemoSecret")

type answer struct {
	Status    int    `json:"-"`
	RequestID string `json:"RequestId"`
	HostID    string `json:"HostId"`
	Code      string `json:"Code"`
	Message   string `json:"Message"`
	NextToken string `json:"NextToken"`
	Set       struct {
		List []map[string]any `json:"NetworkInterfaceSet"`
	} `json:"NetworkInterfaceSets"`
}

func post(t *testing.T, s *aliyuntest.Server, query url.Values) answer {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "https://ecs.invalid/?"+query.Encode(), nil))
	a := answer{Status: w.Code}
	if err := json.NewDecoder(w.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

var detach = map[string]string{"Action": "DetachNetworkInterface", "NetworkInterfaceId": "eni-1", "InstanceId": "i-1"}

func TestASignedRequestIsServed(t *testing.T) {
	s := newServer()
	a := post(t, s, signed(t, static, detach))
	if a.Status != 200 || a.Code != "" || !regexp.MustCompile(`^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`).MatchString(a.RequestID) {
		t.Errorf("answer = %+v", a)
	}
	if i, _ := s.Cloud.Get("eni-1"); i.InstanceID != "" {
		t.Errorf("interface = %+v; want it detached", i)
	}
}

func TestParametersMayBeInTheForm(t *testing.T) {
	s := newServer()
	r := httptest.NewRequest(http.MethodPost, "https://ecs.invalid/", strings.NewReader(signed(t, static, detach).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("answer = %s", w.Body)
	}
}

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
		{name: "no region", change: func(q url.Values) { q.Del("RegionId") }, status: 400, code: "MissingParameter"},
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

func TestANonceServesOnce(t *testing.T) {
	s := newServer()
	query := signed(t, static, detach)
	if a := post(t, s, query); a.Status != 200 {
		t.Fatalf("answer = %+v", a)
	}
	if a := post(t, s, query); a.Status != 400 || a.Code != "SignatureNonceUsed" {
		t.Errorf("answer = %+v; want SignatureNonceUsed", a)
	}
}

func TestTimestampsGrowStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		early, late := signed(t, static, detach), signed(t, static, detach)
		time.Sleep(15 * time.Minute)
		if a := post(t, s, early); a.Status != 200 {
			t.Errorf("after 15 minutes: %+v", a)
		}
		time.Sleep(time.Second)
		if a := post(t, s, late); a.Status != 400 || a.Code != "InvalidTimeStamp.Expired" {
			t.Errorf("after more than 15 minutes: %+v", a)
		}
	})
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

func many(parameters map[string]string, key string, n int) map[string]string {
	for i := range n {
		parameters[fmt.Sprintf("%s.%d", key, i+1)] = fmt.Sprintf("10.0.0.%d", i+1)
	}
	return parameters
}

func TestRefusedRequests(t *testing.T) {
	unassign := func(pairs ...string) map[string]string {
		m := map[string]string{"Action": "UnassignPrivateIpAddresses", "NetworkInterfaceId": "eni-1"}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	v6 := func(pairs ...string) map[string]string {
		m := unassign(pairs...)
		m["Action"] = "UnassignIpv6Addresses"
		return m
	}
	for _, test := range []struct {
		name       string
		parameters map[string]string
		status     int
		code       string
	}{
		{"unknown action", map[string]string{"Action": "RunInstances"}, 404, "InvalidAction.NotFound"},
		{"no interface", map[string]string{"Action": "UnassignIpv6Addresses"}, 400, "MissingParameter"},
		{"no address", unassign(), 403, "MissingParameter"},
		{"mixed", unassign("PrivateIpAddress.1", "10.0.0.2", "Ipv4Prefix.1", "10.0.1.0/28"), 400, "InvalidParameter.Conflict"},
		{"eleven", many(unassign(), "PrivateIpAddress", 11), 400, "InvalidParameter"},
		{"no IPv4 address", unassign("PrivateIpAddress.1", "2001:db8::1"), 400, "InvalidParameter"},
		{"no IPv6 address", v6("Ipv6Address.1", "10.0.0.2"), 400, "InvalidParameter"},
		{"twice", unassign("PrivateIpAddress.1", "10.0.0.2", "PrivateIpAddress.2", "10.0.0.2"), 403, "InvalidIp.IpRepeated"},
		{"no prefix", unassign("Ipv4Prefix.1", "10.0.0.2"), 403, "InvalidIp.IpPrefixIllegal"},
		{"a loose prefix", v6("Ipv6Prefix.1", "2001:db8::1/80"), 403, "InvalidIp.IpPrefixNotStrict"},
		{"prefixes of two lengths", unassign("Ipv4Prefix.1", "10.0.1.0/28", "Ipv4Prefix.2", "10.0.2.0/24"), 403, "InvalidIp.IpPrefixMaskNotSame"},
		{"unassigned", unassign("PrivateIpAddress.1", "10.0.0.9"), 403, "InvalidIp.IpUnassigned"},
		{"primary address", unassign("PrivateIpAddress.1", "10.0.0.1"), 403, "InvalidIp.IpUnassigned"},
		{"unknown interface", unassign("NetworkInterfaceId", "eni-9", "PrivateIpAddress.1", "10.0.0.1"), 404, "InvalidEniId.NotFound"},
		{"another region", unassign("RegionId", "cn-beijing", "PrivateIpAddress.1", "10.0.0.2"), 404, "InvalidEniId.NotFound"},
		{"no instance", map[string]string{"Action": "DetachNetworkInterface", "NetworkInterfaceId": "eni-1"}, 400, "MissingParameter"},
		{"another instance", map[string]string{"Action": "DetachNetworkInterface", "NetworkInterfaceId": "eni-1", "InstanceId": "i-2"}, 400, "InvalidParameter.EniNotBelongEcs"},
		{"no such instance", map[string]string{"Action": "DetachNetworkInterface", "NetworkInterfaceId": "eni-1", "InstanceId": "i-9"}, 404, "InvalidEcsId.NotFound"},
		{"primary interface", map[string]string{"Action": "DetachNetworkInterface", "NetworkInterfaceId": "eni-0", "InstanceId": "i-1"}, 400, "InvalidOperation.DetachPrimaryEniNotAllowed"},
		{"a token of nobody's", map[string]string{"Action": "DescribeNetworkInterfaces", "NetworkInterfaceId.1": "eni-1", "NextToken": "x"}, 400, "InvalidParameter"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			a := post(t, s, signed(t, static, test.parameters))
			if a.Status != test.status || a.Code != test.code {
				t.Errorf("answer = %+v; want %d %s", a, test.status, test.code)
			}
			if history := s.Cloud.History(); len(history) > 0 {
				t.Errorf("the cloud has changed: %+v", history)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	for reason, want := range map[enitest.Reason]string{
		enitest.NotFound:           "404 InvalidEniId.NotFound",
		enitest.NotAssigned:        "403 InvalidIp.IpUnassigned",
		enitest.PrimaryAddress:     "403 InvalidIp.IpUnassigned",
		enitest.PrimaryInterface:   "400 InvalidOperation.DetachPrimaryEniNotAllowed",
		enitest.NotAttached:        "400 InvalidParameter.EniNotBelongEcs",
		enitest.WrongState:         "400 InvalidOperation.InvalidEniState",
		enitest.Conflict:           "403 Operation.Conflict",
		enitest.Throttled:          "400 Throttling.User",
		enitest.Denied:             "403 Forbidden.RAM",
		enitest.ExpiredCredentials: "400 InvalidSecurityToken.Expired",
		enitest.Internal:           "500 InternalError",
	} {
		s := newServer()
		s.Cloud.Inject(enitest.Detach, enitest.Fault{Reason: reason})
		a := post(t, s, signed(t, static, detach))
		if got := fmt.Sprint(a.Status, " ", a.Code); got != want || a.Message == "" {
			t.Errorf("%s = %s, %q; want %s", reason, got, a.Message, want)
		}
	}
}

func TestPaging(t *testing.T) {
	s := aliyuntest.NewServer(&enitest.Cloud{})
	parameters := map[string]string{"Action": "DescribeNetworkInterfaces"}
	var all []string
	for n := range 25 {
		id := fmt.Sprintf("eni-%02d", n)
		all = append(all, id)
		s.Cloud.Put(eni.Interface{ID: id})
		parameters[fmt.Sprintf("NetworkInterfaceId.%d", n+1)] = id
	}
	for _, test := range []struct {
		maxResults string
		pages      []int
	}{{"-", []int{10, 10, 5}}, {"1", []int{10, 10, 5}}, {"20", []int{20, 5}}, {"25", []int{25}}, {"100", []int{25}}, {"1000", []int{25}}} {
		parameters["MaxResults"], parameters["NextToken"] = test.maxResults, "-"
		var pages []int
		var found []string
		for {
			a := post(t, s, signed(t, static, parameters))
			if a.Status != 200 {
				t.Fatalf("answer = %+v", a)
			}
			pages = append(pages, len(a.Set.List))
			for _, i := range a.Set.List {
				found = append(found, fmt.Sprint(i["NetworkInterfaceId"]))
			}
			if a.NextToken == "" {
				break
			}
			parameters["NextToken"] = a.NextToken
		}
		if !slices.Equal(pages, test.pages) || !slices.Equal(found, all) {
			t.Errorf("MaxResults %s: pages %v of %v; want %v", test.maxResults, pages, found, test.pages)
		}
	}
}

func TestAMissingInterfaceIsAnEmptySet(t *testing.T) {
	s := newServer()
	w := httptest.NewRecorder()
	query := signed(t, static, map[string]string{"Action": "DescribeNetworkInterfaces", "NetworkInterfaceId.1": "eni-9"})
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://ecs.invalid/?"+query.Encode(), nil))
	if w.Code == 200 {
		t.Error("a request signed for POST was served as GET")
	}
	w = httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "https://ecs.invalid/?"+query.Encode(), nil))
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `"NetworkInterfaceSet":[]`) {
		t.Errorf("answer = %d %s", w.Code, body)
	}
}

func TestEveryFieldArrives(t *testing.T) {
	s := newServer()
	s.SecurityToken = "token"
	client, err := aliyun.New(s.Config(), nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := client.Describe(t.Context(), "eni-1")
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	if want, _ := s.Cloud.Get("eni-1"); fmt.Sprint(found[0]) != fmt.Sprint(want) {
		t.Errorf("found %+v\nwant  %+v", found[0], want)
	}
}

func TestOverLoopback(t *testing.T) {
	s := newServer()
	loopback := httptest.NewServer(s)
	defer loopback.Close()
	cfg := s.Config()
	cfg.Endpoint, cfg.HTTPClient = loopback.URL, loopback.Client()
	client, err := aliyun.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	op, err := client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{
		InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.2")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Cloud.Has("eni-1", netip.MustParsePrefix("10.0.0.2/32")) {
		t.Error("the address is still there")
	}
}
