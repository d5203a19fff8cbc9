// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// As many values as the vendor takes are taken, and one more is refused.
func TestMostValues(t *testing.T) {
	values := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprint("vpc-", i)
		}
		return list
	}
	filters := func(n int) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = map[string]any{"Name": "vpc-id", "Values": []string{"vpc-1"}}
		}
		return list
	}
	for _, test := range []struct {
		what     string
		most     int
		filtered func(n int) []any
		code     string
	}{
		{"values", 100, func(n int) []any { return []any{map[string]any{"Name": "vpc-id", "Values": values(n)}} }, "InvalidParameterValue.LimitExceeded"},
		{"filters", 10, filters, "InvalidParameterValue.LimitExceeded"},
	} {
		for n, want := range map[int]string{test.most: "", test.most + 1: test.code} {
			got := call(t, newServer(), "DescribeNetworkInterfaces", map[string]any{"Filters": test.filtered(n)})
			if got.Error.Code != want {
				t.Errorf("%d %s: %+v, want %q", n, test.what, got.Error, want)
			}
		}
	}
	for offset, want := range map[string]string{"0": "0", "-1": "4000"} {
		if got := callLegacy(t, newLegacyServer(), "DescribeNetworkInterfaces", map[string]string{"offset": offset}); string(got.Code) != want {
			t.Errorf("API 2.0, offset %s: %+v", offset, got)
		}
	}
}

// PrimaryCode is for IPv4: for IPv6 the code is documented.
func TestPrimaryCodeIsForIPv4(t *testing.T) {
	s := newServer()
	s.PrimaryCode = "UnsupportedOperation"
	s.Cloud.Control = func(enitest.Call) *enitest.Fault { return &enitest.Fault{Reason: enitest.PrimaryAddress} }
	for action, test := range map[string]struct {
		parameter string
		value     any
		want      string
	}{
		"UnassignPrivateIpAddresses": {"PrivateIpAddresses", addresses("10.0.0.4"), "UnsupportedOperation"},
		"UnassignIpv6Addresses":      {"Ipv6Addresses", []any{map[string]any{"Address": "2001:db8::4"}}, "UnauthorizedOperation.PrimaryIp"},
	} {
		if got := call(t, s, action, map[string]any{"NetworkInterfaceId": "eni-1", test.parameter: test.value}); got.Error.Code != test.want {
			t.Errorf("%s: %+v, want %s", action, got.Error, test.want)
		}
	}
}

// In a form true and false are texts, and no other text is either of them.
func TestTruthInAForm(t *testing.T) {
	for value, want := range map[string]string{"true": "", "False": "", "yes": "InvalidParameter", "": "InvalidParameter"} {
		for _, d := range schemes[1:] {
			s := newServer()
			q := new(parametersRequest)
			q.parameters = map[string]string{
				"NetworkInterfaceId": "eni-1", "PrivateIpAddresses.0.PrivateIpAddress": "10.0.0.5", "PrivateIpAddresses.0.Primary": value,
			}
			got := serve(t, s, visitBy(s, d).request(t, "UnassignPrivateIpAddresses", q, &q.BaseRequest))
			if got.Error.Code != want {
				t.Errorf("%q by %v: %+v, want %q", value, d, got.Error, want)
			}
		}
	}
}

// An address that a request assigns is pending until it is there.
func TestAssignedIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for after, want := range map[time.Duration]string{0: `"State":"AVAILABLE"`, time.Minute: `"State":"PENDING"`} {
			s := newServer()
			s.Cloud.CompletesAfter = func(enitest.Call) time.Duration { return after }
			w := httptest.NewRecorder()
			s.ServeHTTP(w, signed(t, s.SecretID, s.SecretKey, s.Token, "2017-03-12", "AssignPrivateIpAddresses",
				map[string]any{"NetworkInterfaceId": "eni-1", "SecondaryPrivateIpAddressCount": 1}))
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
				t.Errorf("after %s: %s, want %s", after, w.Body, want)
			}
		}
	})
}

// API 2.0 says what a failed task was about.
func TestLegacyFailedTask(t *testing.T) {
	s := newLegacyServer()
	s.Cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{TaskOutput: "the task broke off"})
	var change, task struct {
		TaskID int `json:"taskId"`
		Status int
		Output string
	}
	got := callLegacy(t, s, "UnassignPrivateIpAddresses", map[string]string{"vpcId": "vpc-1", "networkInterfaceId": "eni-1", "privateIpAddress.0": "10.0.0.5"})
	if err := json.Unmarshal(got.Data, &change); err != nil {
		t.Fatalf("%+v: %v", got, err)
	}
	got = callLegacy(t, s, "DescribeVpcTaskResult", map[string]string{"taskId": fmt.Sprint(change.TaskID)})
	if err := json.Unmarshal(got.Data, &task); err != nil || task.Status != 1 || task.Output != "the task broke off" {
		t.Errorf("%s: %v", got.Data, err)
	}
}

// With MissingLeftOut a description has the interfaces that exist.
func TestMissingLeftOut(t *testing.T) {
	for leftOut, want := range map[bool]string{false: "ResourceNotFound", true: ""} {
		s := newServer()
		s.MissingLeftOut = leftOut
		got := call(t, s, "DescribeNetworkInterfaces", map[string]any{"NetworkInterfaceIds": []string{"eni-1", "eni-2"}})
		if got.Error.Code != want || leftOut != (len(got.NetworkInterfaceSet) == 1) {
			t.Errorf("%t: %+v", leftOut, got)
		}
	}
}
