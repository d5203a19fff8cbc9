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
	"strings"
	"testing"

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
