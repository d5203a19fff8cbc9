// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestWhatIsCreated(t *testing.T) {
	s := scene()
	s.Cloud.PutSubnet(enitest.Subnet{
		ID: "vsw-1", VPCID: "vpc-1", Zone: "cn-hangzhou-b", IPv4: netip.MustParsePrefix("10.0.0.0/22"), IPv6: netip.MustParsePrefix("2001:db8::/64"),
	})
	usual := ask(t, s, "CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupId", "sg-1", "SecondaryPrivateIpAddressCount", "49")
	i, _ := s.Cloud.Get(fmt.Sprint(usual["NetworkInterfaceId"]))
	if usual["Type"] != "Secondary" || len(i.Addresses) != 50 {
		t.Errorf("answer = %v", usual)
	}
	s.Cloud.Delete(i.ID)
	a := ask(t, s, "CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupIds.1", "sg-1", "SecurityGroupIds.2", "sg-2", "InstanceType", "Trunk",
		"PrimaryIpAddress", "10.0.0.50", "PrivateIpAddress.1", "10.0.0.51", "Ipv6Address.1", "2001:db8::50", "Ipv4Prefix.1", "10.0.1.0/28",
		"Ipv6PrefixCount", "1", "Description", "of the test", "ResourceGroupId", "rg-1")
	if a["Type"] != "Trunk" || a["PrivateIpAddress"] != "10.0.0.50" || a["VpcId"] != "vpc-1" || a["ZoneId"] != "cn-hangzhou-b" ||
		a["Description"] != "of the test" || a["ResourceGroupId"] != "rg-1" || a["Status"] != "Available" || a["Attachment"] != nil {
		t.Errorf("answer = %v", a)
	}
	i, _ = s.Cloud.Get(fmt.Sprint(a["NetworkInterfaceId"]))
	if got := fmt.Sprint(i.Addresses); got != "[{10.0.0.50 true} {10.0.0.51 false} {2001:db8::50 false}]" || len(i.Prefixes) != 2 || len(i.SecurityGroupIDs) != 2 {
		t.Errorf("created %+v", i)
	}
	if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", "ResourceGroupId", "rg-2")); got != "eni-a eni-b eni-c" {
		t.Errorf("in another group or in none: %s", got)
	}
	if tags := ask(t, s, "DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", i.ID)["Tags"]; fmt.Sprint(tags) != "map[Tag:[]]" {
		t.Errorf("tags = %v; the resource group is none", tags)
	}
}

// A program that lost the answer asks again with its token.
func TestClientTokens(t *testing.T) {
	s := scene()
	s.Cloud.Inject(enitest.Create, enitest.Fault{Reset: true, After: true})
	create := []string{"VSwitchId", "vsw-1", "SecurityGroupId", "sg-1", "ClientToken", "t"}
	func() {
		defer func() { _ = recover() }() // the connection breaks
		ask(t, s, "CreateNetworkInterface", create...)
	}()
	first, second := ask(t, s, "CreateNetworkInterface", create...), ask(t, s, "CreateNetworkInterface", create...)
	if first["NetworkInterfaceId"] == nil || first["NetworkInterfaceId"] != second["NetworkInterfaceId"] || len(s.Cloud.Interfaces()) != 4 {
		t.Errorf("created %v and %v of %d", first["NetworkInterfaceId"], second["NetworkInterfaceId"], len(s.Cloud.Interfaces()))
	}
	if a := ask(t, s, "CreateNetworkInterface", append(create, "Description", "another")...); a["Code"] != "IdempotentParameterMismatch" {
		t.Errorf("answer = %v", a)
	}
	assign := []string{"NetworkInterfaceId", "eni-b", "SecondaryPrivateIpAddressCount", "1", "ClientToken", "t"}
	one, two := ask(t, s, "AssignPrivateIpAddresses", assign...), ask(t, s, "AssignPrivateIpAddresses", assign...)
	if got := fmt.Sprint(one["AssignedPrivateIpAddressesSet"]); got != fmt.Sprint(two["AssignedPrivateIpAddressesSet"]) || !strings.Contains(got, "10.") {
		t.Errorf("assigned %v and %v", one, two)
	}
}

func TestSetUpsThatAreRefused(t *testing.T) {
	create := func(more ...string) []string {
		return append([]string{"VSwitchId", "vsw-1", "SecurityGroupId", "sg-1"}, more...)
	}
	assign := func(more ...string) []string { return append([]string{"NetworkInterfaceId", "eni-b"}, more...) }
	tag := func(more ...string) []string {
		return append([]string{"ResourceType", "eni", "ResourceId.1", "eni-a", "Tag.1.Key", "a"}, more...)
	}
	for _, test := range []struct {
		action     string
		parameters []string
		want       string
	}{
		{"CreateNetworkInterface", []string{"SecurityGroupId", "sg-1"}, "MissingParameter"},
		{"CreateNetworkInterface", []string{"VSwitchId", "vsw-1"}, "MissingParameter"},
		{"CreateNetworkInterface", []string{"VSwitchId", "vsw-9", "SecurityGroupId", "sg-1"}, "InvalidVSwitchId.NotFound"},
		{"CreateNetworkInterface", create("SecurityGroupIds.1", "sg-2"), "InvalidParameter.Conflict"},
		{"CreateNetworkInterface", create("InstanceType", "Primary"), "InvalidParameter"},
		{"CreateNetworkInterface", create("PrimaryIpAddress", "2001:db8::1"), "InvalidParameter"},
		{"CreateNetworkInterface", create("PrimaryIpAddress", "10.0.0.1"), "InvalidPrivateIpAddress.Duplicated"},
		{"CreateNetworkInterface", create("PrimaryIpAddress", "10.9.0.1"), "InvalidVSwitchId.IpInvalid"},
		{"CreateNetworkInterface", create("SecondaryPrivateIpAddressCount", "50"), "InvalidParameter"},
		{"CreateNetworkInterface", create("SecondaryPrivateIpAddressCount", "two"), "InvalidParameter"},
		{"CreateNetworkInterface", create("SecondaryPrivateIpAddressCount", "1", "PrivateIpAddress.1", "10.0.0.9"), "InvalidParameter.Conflict"},
		{"CreateNetworkInterface", create("Ipv6AddressCount", "1"), "InvalidVSwitchId.IpNotEnough"},
		{"CreateNetworkInterface", create("Tag.1.Key", "a", "Tag.2.Key", "a"), "Duplicate.TagKey"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-c"}, "MissingParameter"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-c", "InstanceId", "i-9"}, "InvalidEcsId.NotFound"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-9", "InstanceId", "i-1"}, "InvalidEniId.NotFound"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-b", "InstanceId", "i-1"}, "InvalidOperation.InvalidEniState"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-a", "InstanceId", "i-1"}, "InvalidOperation.InvalidEniType"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-c", "InstanceId", "i-1", "TrunkNetworkInstanceId", "eni-b"}, "InvalidParameter.EniNotBelongTrunk"},
		{"AssignPrivateIpAddresses", []string{"PrivateIpAddress.1", "10.0.0.9"}, "MissingParameter"},
		{"AssignPrivateIpAddresses", assign(), "MissingParameter"},
		{"AssignPrivateIpAddresses", assign("PrivateIpAddress.1", "10.0.0.9", "Ipv4PrefixCount", "1"), "InvalidParameter.Conflict"},
		{"AssignPrivateIpAddresses", assign("PrivateIpAddress.1", "10.0.0.1"), "InvalidIp.IpAssigned"},
		{"AssignPrivateIpAddresses", assign("PrivateIpAddress.1", "10.0.0.9", "PrivateIpAddress.2", "10.0.0.9"), "InvalidIp.IpRepeated"},
		{"AssignPrivateIpAddresses", assign("Ipv4Prefix.1", "10.0.0.9/28"), "InvalidIp.IpPrefixNotStrict"},
		{"AssignIpv6Addresses", assign("Ipv6AddressCount", "0"), "InvalidParameter"},
		{"DescribeInstances", []string{"InstanceIds", "i-1"}, "InvalidParameter"},
		{"DescribeInstances", []string{"InstanceIds", "[]"}, "InvalidParameter"},
		{"DescribeInstances", []string{"SecurityGroupId", "sg-1"}, "InvalidParameter"}, // which it does not filter by
		{"TagResources", tag("ResourceType", "disk"), "InvalidParameter"},
		{"TagResources", tag("ResourceId.2", "eni-9"), "InvalidResourceId.NotFound"},
		{"TagResources", []string{"ResourceType", "eni", "ResourceId.1", "eni-a"}, "MissingParameter"},
	} {
		s := scene()
		s.Cloud.PutSubnet(
			enitest.Subnet{ID: "vsw-1", VPCID: "vpc-1", IPv4: netip.MustParsePrefix("10.0.0.0/22")},
			enitest.Subnet{ID: "vsw-2", VPCID: "vpc-1", IPv4: netip.MustParsePrefix("10.0.0.0/22")},
			enitest.Subnet{ID: "vsw-3", VPCID: "vpc-2", IPv4: netip.MustParsePrefix("10.0.0.0/22")},
		)
		before := s.Cloud.Interfaces()
		if a := ask(t, s, test.action, test.parameters...); a["Code"] != test.want {
			t.Errorf("%s %v: %v, want %s", test.action, test.parameters, a, test.want)
		}
		if fmt.Sprint(s.Cloud.Interfaces()) != fmt.Sprint(before) {
			t.Errorf("%s %v has changed the cloud", test.action, test.parameters)
		}
	}
}

// What the set-up answers has every field of the vendor's models.
func TestEveryFieldOfTheSetUp(t *testing.T) {
	answers := make(map[string]map[string]any)
	for action, parameters := range map[string][]string{
		"CreateNetworkInterface":   {"VSwitchId", "vsw-1", "SecurityGroupId", "sg-1", "Ipv6AddressCount", "1", "Ipv4PrefixCount", "1", "Tag.1.Key", "a"},
		"AssignPrivateIpAddresses": {"NetworkInterfaceId", "eni-b", "SecondaryPrivateIpAddressCount", "1"},
		"AssignIpv6Addresses":      {"NetworkInterfaceId", "eni-b", "Ipv6PrefixCount", "1"},
		"DescribeInstances":        nil,
		"DescribeRegions":          nil,
	} {
		answers[action] = ask(t, scene(), action, parameters...)
	}
	checkModels(t, answers)
}

// All that the server has is in the message about what it has not.
func TestActionsThatAreMissing(t *testing.T) {
	message := fmt.Sprint(ask(t, scene(), "RunInstances")["Message"])
	all := map[string]bool{
		"UnassignPrivateIpAddresses": true, "UnassignIpv6Addresses": true, "DetachNetworkInterface": true, "DeleteNetworkInterface": true,
		"DescribeNetworkInterfaces": true, "DescribeNetworkInterfaceAttribute": true, "CreateNetworkInterface": true, "AttachNetworkInterface": true,
		"AssignPrivateIpAddresses": true, "AssignIpv6Addresses": true, "DescribeInstances": true, "DescribeRegions": true, "TagResources": true,
	}
	_, list, _ := strings.Cut(message, "this server does not have RunInstances: it has ")
	if got, want := strings.Split(strings.TrimSuffix(list, "."), ", "), slices.Sorted(maps.Keys(all)); !slices.Equal(got, want) {
		t.Errorf("message %q; want it to name %v", message, want)
	}
}

// Its whole name is told, also where the request lacks a region, as calls of other
// products do.
func TestAnActionThatIsMissingAndHasNoRegion(t *testing.T) {
	for _, action := range []string{"GetCallerIdentity", "ModifyNetworkInterfaceAttribute"} {
		a := ask(t, scene(), action, "RegionId", "")
		if a["Code"] != "InvalidAction.NotFound" || !strings.Contains(fmt.Sprint(a["Message"]), "this server does not have "+action+": ") {
			t.Errorf("answer = %v", a)
		}
	}
}

// What is created in another region is there, and nowhere else.
func TestOtherRegions(t *testing.T) {
	s := scene()
	ask(t, s, "CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupId", "sg-1", "RegionId", "cn-beijing")
	for region, want := range map[string]int{"cn-beijing": 1, "cn-shanghai": 0, "cn-hangzhou": 3} {
		if got := strings.Fields(ids(t, ask(t, s, "DescribeNetworkInterfaces", "RegionId", region))); len(got) != want {
			t.Errorf("%s has %v, want %d", region, got, want)
		}
	}
}
