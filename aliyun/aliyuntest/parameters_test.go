// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"fmt"
	"strings"
	"testing"
)

// What a parameter cannot be is refused in the vendor's words.
func TestParametersOfTheWrongType(t *testing.T) {
	for _, test := range []struct{ action, name, value, code string }{
		{"DescribeNetworkInterfaces", "MaxResults", "many", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageSize", "1.5", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageSize", "101", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageSize", "0", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageNumber", "one", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageNumber", "0", "InvalidOperation.InvalidEniPageNumber"},
		{"DescribeNetworkInterfaces", "NextToken", "x", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "ServiceManaged", "yes", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PrimaryIpAddress", "ten", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PrivateIpAddress.1", "2001:db8::1", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "Ipv6Address.1", "10.0.0.1", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "Tag.1.Key", "", "InvalidTagKey.Malformed"},
		{"DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", "", "MissingParameter"},
		{"DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", "eni-9", "InvalidEniId.NotFound"},
		{"DescribeNetworkInterfaces", "RegionId", "mars-1", "InvalidRegionId.NotFound"},
		{"DescribeNetworkInterfaces", "RegionId", "", "MissingParameter"},
		{"RunInstances", "NetworkInterfaceId", "eni-1", "InvalidAction.NotFound"},
	} {
		a := ask(t, scene(), test.action, test.name, test.value)
		message := fmt.Sprint(a["Message"])
		if a["Code"] != test.code {
			t.Errorf("%s %s=%s: %v, want %s", test.action, test.name, test.value, a, test.code)
		}
		if test.code == "InvalidParameter" && message != fmt.Sprintf("The specified parameter %q is not valid.", strings.TrimSuffix(test.name, ".1")) {
			t.Errorf("%s: message %q", test.name, message)
		}
		if test.action == "RunInstances" && (!strings.Contains(message, "does not have RunInstances") || !strings.Contains(message, "DetachNetworkInterface")) {
			t.Errorf("message %q; want what is missing and what there is", message)
		}
	}
}
