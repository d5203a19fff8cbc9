// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
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

// signed returns a request as the vendor's SDK signs it, without sending it.
func signed(t *testing.T, id, key, token, version, action string, parameters map[string]any) *http.Request {
	t.Helper()
	var made *http.Request
	client := common.NewCommonClient(common.NewTokenCredential(id, key, token), "ap-guangzhou", profile.NewClientProfile())
	client.WithHttpTransport(capture(func(r *http.Request) { made = r }))
	request := tchttp.NewCommonRequest("vpc", version, action)
	if err := request.SetActionParameters(parameters); err != nil {
		t.Fatal(err)
	}
	request.SetContext(t.Context())
	_ = client.Send(request, tchttp.NewCommonResponse())
	made.RequestURI = made.URL.RequestURI()
	return made
}

type capture func(*http.Request)

func (f capture) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte("{}")))}, nil
}

type response struct {
	Error               struct{ Code, Message string }
	RequestID           string `json:"RequestId"`
	TotalCount          int
	NetworkInterfaceSet []struct {
		NetworkInterfaceID string `json:"NetworkInterfaceId"`
		State              string
	}
	Status, Output string
}

// serve returns the code of the answer, empty for a success.
func serve(t *testing.T, s *tencenttest.Server, r *http.Request) response {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer struct{ Response response }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(answer.Response.RequestID) {
		t.Errorf("request id %q", answer.Response.RequestID)
	}
	return answer.Response
}

func call(t *testing.T, s *tencenttest.Server, action string, parameters map[string]any) response {
	t.Helper()
	return serve(t, s, signed(t, s.SecretID, s.SecretKey, s.Token, "2017-03-12", action, parameters))
}

func newServer() *tencenttest.Server {
	s := tencenttest.NewServer(&enitest.Cloud{})
	s.Cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "ins-1",
		Addresses: []eni.Address{
			{Addr: netip.MustParseAddr("10.0.0.4"), Primary: true},
			{Addr: netip.MustParseAddr("10.0.0.5")},
		},
	})
	return s
}

func addresses(list ...string) []map[string]string {
	var set []map[string]string
	for _, a := range list {
		set = append(set, map[string]string{"PrivateIpAddress": a})
	}
	return set
}

func TestSignature(t *testing.T) {
	s := newServer()
	s.Token = "token"
	describe := map[string]any{"NetworkInterfaceIds": []string{"eni-1"}}
	sign := func(id, key, token string) *http.Request {
		return signed(t, id, key, token, "2017-03-12", "DescribeNetworkInterfaces", describe)
	}
	good := func() *http.Request { return sign(s.SecretID, s.SecretKey, s.Token) }
	change := func(f func(*http.Request)) *http.Request {
		r := good()
		f(r)
		return r
	}
	tests := map[string]struct {
		request *http.Request
		code    string
	}{
		"right":              {good(), ""},
		"other key":          {sign(s.SecretID, "other", s.Token), "AuthFailure.SignatureFailure"},
		"other id":           {sign("other", s.SecretKey, s.Token), "AuthFailure.SecretIdNotFound"},
		"other token":        {sign(s.SecretID, s.SecretKey, "other"), "AuthFailure.TokenFailure"},
		"no token":           {sign(s.SecretID, s.SecretKey, ""), "AuthFailure.TokenFailure"},
		"no signature":       {change(func(r *http.Request) { r.Header.Del("Authorization") }), "AuthFailure.InvalidAuthorization"},
		"other body":         {change(func(r *http.Request) { r.Body = io.NopCloser(bytes.NewReader([]byte(`{}`))) }), "AuthFailure.SignatureFailure"},
		"other host":         {change(func(r *http.Request) { r.Host = "elsewhere.example" }), "AuthFailure.SignatureFailure"},
		"other query":        {change(func(r *http.Request) { r.URL.RawQuery = "Limit=1" }), "AuthFailure.SignatureFailure"},
		"other content type": {change(func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }), "AuthFailure.SignatureFailure"},
		"other timestamp":    {change(func(r *http.Request) { r.Header.Set("X-TC-Timestamp", fmt.Sprint(time.Now().Unix()-7)) }), "AuthFailure.SignatureFailure"},
		"odd timestamp":      {change(func(r *http.Request) { r.Header.Set("X-TC-Timestamp", "now") }), "InvalidParameter"},
		"no region":          {change(func(r *http.Request) { r.Header.Del("X-TC-Region") }), "MissingParameter"},
		"no action":          {change(func(r *http.Request) { r.Header.Del("X-TC-Action") }), "MissingParameter"},
		"no version":         {change(func(r *http.Request) { r.Header.Del("X-TC-Version") }), "MissingParameter"},
		"other version":      {signed(t, s.SecretID, s.SecretKey, s.Token, "2016-03-12", "DescribeNetworkInterfaces", describe), "NoSuchVersion"},
		"other action":       {signed(t, s.SecretID, s.SecretKey, s.Token, "2017-03-12", "Describe", describe), "InvalidAction"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := serve(t, s, test.request); got.Error.Code != test.code {
				t.Errorf("got %+v, want %q", got.Error, test.code)
			}
		})
	}
}

func TestStaleTimestamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		sign := func() *http.Request {
			return signed(t, s.SecretID, s.SecretKey, "", "2017-03-12", "DescribeNetworkInterfaces", map[string]any{"NetworkInterfaceIds": []string{"eni-1"}})
		}
		fresh, stale := sign(), sign()
		time.Sleep(300 * time.Second)
		if got := serve(t, s, fresh); got.Error.Code != "" {
			t.Errorf("after five minutes: %+v", got.Error)
		}
		time.Sleep(time.Second)
		if got := serve(t, s, stale); got.Error.Code != "AuthFailure.SignatureExpire" {
			t.Errorf("a second later: %+v", got.Error)
		}
	})
}

func TestValidation(t *testing.T) {
	eleven := make([]string, 11)
	ids := make([]string, 101)
	for i := range eleven {
		eleven[i] = fmt.Sprintf("10.0.1.%d", i)
	}
	for i := range ids {
		ids[i] = fmt.Sprintf("eni-%d", i)
	}
	type parameters = map[string]any
	tests := []struct {
		action     string
		parameters parameters
		code       string
	}{
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses(eleven...)}, "InvalidParameterValue.LimitExceeded"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses("10.0.0.5", "10.0.0.5")}, "InvalidParameterValue.DuplicatePara"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses("10.0.0")}, "InvalidParameterValue.Malformed"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses("2001:db8::1")}, "InvalidParameterValue.Malformed"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "1", "PrivateIpAddresses": addresses("10.0.0.5")}, "InvalidParameterValue.Malformed"},
		{"UnassignPrivateIpAddresses", parameters{"PrivateIpAddresses": addresses("10.0.0.5")}, "MissingParameter"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "eni-1"}, "MissingParameter"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": 1}, "InvalidParameter"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterface": "eni-1"}, "UnknownParameter"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "eni-2", "PrivateIpAddresses": addresses("10.0.0.5")}, "ResourceNotFound"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses("10.0.0.9")}, "UnsupportedOperation.AttachmentNotFound"},
		{"UnassignPrivateIpAddresses", parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses("10.0.0.4")}, "UnauthorizedOperation.PrimaryIp"},
		{"UnassignIpv6Addresses", parameters{"NetworkInterfaceId": "eni-1", "Ipv6Addresses": []parameters{{"Address": "10.0.0.5"}}}, "InvalidParameterValue.Malformed"},
		{"UnassignIpv6Addresses", parameters{"NetworkInterfaceId": "eni-1", "Ipv6Addresses": []parameters{{"Address": "2001:db8::1"}}}, "UnsupportedOperation.AttachmentNotFound"},
		{"DetachNetworkInterface", parameters{"NetworkInterfaceId": "eni-1"}, "MissingParameter"},
		{"DetachNetworkInterface", parameters{"InstanceId": "ins-1"}, "MissingParameter"},
		{"DetachNetworkInterface", parameters{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-2"}, "UnsupportedOperation.InvalidState"},
		{"DetachNetworkInterface", parameters{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-3"}, "ResourceNotFound"},
		{"DetachNetworkInterface", parameters{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-1", "ClientToken": strings.Repeat("t", 65)}, "InvalidParameterValue.Malformed"},
		{"DescribeNetworkInterfaces", parameters{"NetworkInterfaceIds": ids}, "InvalidParameterValue.LimitExceeded"},
		{"DescribeNetworkInterfaces", parameters{"NetworkInterfaceIds": []string{"1"}}, "InvalidParameterValue.Malformed"},
		{"DescribeNetworkInterfaces", parameters{"NetworkInterfaceIds": []string{"eni-1"}, "Limit": 101}, "InvalidParameterValue.Range"},
		{"DescribeNetworkInterfaces", parameters{"NetworkInterfaceIds": []string{"eni-1"}, "Filters": []parameters{{"Name": "vpc-id", "Values": []string{"x"}}}}, "InvalidParameter.Coexist"},
		{"DescribeNetworkInterfaces", parameters{"NetworkInterfaceIds": []string{"eni-1", "eni-2"}}, "ResourceNotFound"},
		{"DescribeVpcTaskResult", parameters{}, "MissingParameter"},
		{"DescribeVpcTaskResult", parameters{"TaskId": "1"}, "ResourceNotFound"},
	}
	for _, test := range tests {
		s := newServer()
		s.Cloud.PutInstance(enitest.Instance{ID: "ins-2"})
		if got := call(t, s, test.action, test.parameters); got.Error.Code != test.code || got.Error.Message == "" {
			t.Errorf("%s(%v): got %+v, want %s", test.action, test.parameters, got.Error, test.code)
		}
		if len(s.Cloud.History()) != 0 {
			t.Errorf("%s(%v): %+v", test.action, test.parameters, s.Cloud.History())
		}
	}
}

func TestMessagesNameAddresses(t *testing.T) {
	for _, test := range []struct{ address, named, terse string }{
		{"10.0.0.9", "The attachment of 10.0.0.9 is not found.", "The attachment is not found."},
		{"10.0.0.4", "The primary IP 10.0.0.4 cannot be operated.", "The primary IP cannot be operated."},
	} {
		for terse, want := range map[bool]string{false: test.named, true: test.terse} {
			s := newServer()
			s.Cloud.Terse = terse
			got := call(t, s, "UnassignPrivateIpAddresses", map[string]any{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses(test.address)})
			if got.Error.Message != want {
				t.Errorf("%q, want %q", got.Error.Message, want)
			}
		}
	}
}

// The vendor's trap: an InstanceId on an Unassign also takes the interface off its
// instance.
func TestUnassignWithAnInstanceUnbindsIt(t *testing.T) {
	for instance, want := range map[string]string{"": "ins-1", "ins-1": "", "ins-2": "ins-1"} {
		s := newServer()
		got := call(t, s, "UnassignPrivateIpAddresses", map[string]any{
			"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses("10.0.0.5"), "InstanceId": instance,
		})
		if i, _ := s.Cloud.Get("eni-1"); got.Error.Code != "" || i.InstanceID != want {
			t.Errorf("with the instance %q: %+v, %+v", instance, i, got.Error)
		}
	}
}

func TestPaging(t *testing.T) {
	s := tencenttest.NewServer(&enitest.Cloud{})
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = fmt.Sprintf("eni-%d", i)
		s.Cloud.Put(eni.Interface{ID: ids[i], State: eni.StateAvailable})
	}
	for _, test := range []struct {
		page        map[string]any
		first, size int
	}{
		{map[string]any{}, 0, 20},
		{map[string]any{"Limit": 100}, 0, 100},
		{map[string]any{"Limit": 30, "Offset": 90}, 90, 10},
		{map[string]any{"Offset": 200}, 0, 0},
	} {
		test.page["NetworkInterfaceIds"] = ids
		got := call(t, s, "DescribeNetworkInterfaces", test.page)
		if got.Error.Code != "" || got.TotalCount != 100 || len(got.NetworkInterfaceSet) != test.size {
			t.Errorf("%v: %d of %d, %+v", test.page, len(got.NetworkInterfaceSet), got.TotalCount, got.Error)
		} else if test.size > 0 && got.NetworkInterfaceSet[0].NetworkInterfaceID != ids[test.first] {
			t.Errorf("%v: begins with %s", test.page, got.NetworkInterfaceSet[0].NetworkInterfaceID)
		}
	}
}

func TestTaskIsTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.Cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Second }
		change := call(t, s, "DetachNetworkInterface", map[string]any{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-1"})
		ask := func() string {
			return call(t, s, "DescribeVpcTaskResult", map[string]any{"TaskId": change.RequestID}).Status
		}
		if got := ask(); got != "RUNNING" {
			t.Errorf("at once: %q", got)
		}
		time.Sleep(time.Second)
		if got := ask(); got != "SUCCESS" {
			t.Errorf("when completed: %q", got)
		}
	})
}

// Two equal requests in one second are a poll that repeats itself, not a replay.
func TestEqualRequestsAreServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		seen := map[string]bool{}
		for range 3 {
			got := call(t, s, "DescribeNetworkInterfaces", map[string]any{"NetworkInterfaceIds": []string{"eni-1"}})
			if got.Error.Code != "" || seen[got.RequestID] {
				t.Errorf("%+v", got)
			}
			seen[got.RequestID] = true
		}
	})
}
