// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"fmt"
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

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
