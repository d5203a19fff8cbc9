// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

// Whatever a signed request asks for, it gets an answer with a request id, and what is
// refused has a code and changes nothing.
func TestAnyRequestIsAnswered(t *testing.T) {
	names := strings.Fields(`RegionId NetworkInterfaceId NetworkInterfaceId.1 NetworkInterfaceId.2 InstanceId InstanceIds TrunkNetworkInstanceId
		PrivateIpAddress.1 PrivateIpAddress.2 Ipv6Address.1 Ipv4Prefix.1 Ipv4Prefix.2 Ipv6Prefix.1 SecondaryPrivateIpAddressCount Ipv6AddressCount
		Ipv4PrefixCount Ipv6PrefixCount PrimaryIpAddress MaxResults NextToken PageNumber PageSize Tag.1.Key Tag.1.Value Tag.2.Key ServiceManaged Type
		Status VpcId VSwitchId SecurityGroupId SecurityGroupIds.1 ResourceGroupId ResourceType ResourceId.1 ClientToken InstanceType Format`)
	values := []string{
		"", "cn-hangzhou", "cn-beijing", "eni-a", "eni-b", "eni-c", "eni-9", "i-1", "i-9", `["i-1"]`, "[1]", "10.0.0.1", "10.0.0.11", "10.0.0.99", "::1",
		"2001:db8::2", "10.0.0.16/28", "10.0.0.1/28", "2001:db8::/80", "0.0.0.0/0", "0", "1", "10", "49", "50", "-1", "9223372036854775807",
		"9999999999999999999999", "true", "x", "json", "ZnJvbTo5OTk5", "eni", "Trunk", "InUse", "vsw-1", "sg-1", "\x00", "é", strings.Repeat("a", 3000),
	}
	// With these an action is served.
	actions := map[string]string{
		"UnassignPrivateIpAddresses": "NetworkInterfaceId eni-a PrivateIpAddress.1 10.0.0.11", "UnassignIpv6Addresses": "NetworkInterfaceId eni-b Ipv6Address.1 2001:db8::2",
		"DetachNetworkInterface": "NetworkInterfaceId eni-b InstanceId i-2", "DeleteNetworkInterface": "NetworkInterfaceId eni-d",
		"DescribeNetworkInterfaces": "", "DescribeNetworkInterfaceAttribute": "NetworkInterfaceId eni-a", "CreateNetworkInterface": "VSwitchId vsw-1 SecurityGroupId sg-1",
		"AttachNetworkInterface": "NetworkInterfaceId eni-d InstanceId i-1", "AssignPrivateIpAddresses": "NetworkInterfaceId eni-b Ipv4PrefixCount 1",
		"AssignIpv6Addresses": "NetworkInterfaceId eni-b Ipv6AddressCount 2", "TagResources": "ResourceType eni ResourceId.1 eni-a Tag.1.Key a",
		"DescribeInstances": "", "DescribeRegions": "", "RunInstances": "",
	}
	sorted := slices.Sorted(maps.Keys(actions))
	random := rand.New(rand.NewPCG(1, 2))
	served := make(map[string]int)
	for range 1500 {
		s := scene()
		s.Cloud.Put(eni.Interface{ID: "eni-d", State: eni.StateAvailable})
		action := sorted[random.IntN(len(sorted))]
		parameters := strings.Fields(actions[action])
		for range random.IntN(6) {
			parameters = append(parameters, names[random.IntN(len(names))], values[random.IntN(len(values))])
		}
		before := fmt.Sprint(s.Cloud.Interfaces())
		a := ask(t, s, action, parameters...)
		switch {
		case a["RequestId"] == "" || a["RequestId"] == nil:
			t.Fatalf("%s %q: %v", action, parameters, a)
		case a["Code"] == nil:
			served[action]++
		case a["Code"] == "" || a["Code"] == "InternalError" || a["Message"] == "":
			t.Fatalf("%s %q: %v", action, parameters, a)
		case fmt.Sprint(s.Cloud.Interfaces()) != before:
			t.Fatalf("%s %q was refused, and has changed the cloud: %v", action, parameters, a)
		}
	}
	for _, action := range sorted {
		if served[action] == 0 && action != "RunInstances" {
			t.Errorf("%s was never served", action)
		}
	}
}
