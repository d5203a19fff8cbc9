// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The pages of a list.
const alibabaPage = 10

var alibaba = vendor{
	name: "Alibaba Cloud", zone: "cn-hangzhou-b", otherRegion: "cn-beijing", prefixes: true,
	contenders: []contender{
		{"Go `alibaba-cloud-sdk-go/services/ecs` v1.63.107", "POST", openECS("POST")},
		{"Go `alibaba-cloud-sdk-go/services/ecs` v1.63.107", "GET", openECS("GET")},
		{"Go `alibabacloud-go/ecs-20140526/v7` v7.7.0", "ACS3-HMAC-SHA256", openECS7("")},
		{"Go `alibabacloud-go/ecs-20140526/v7` v7.7.0", "v2", openECS7("v2")},
		{"Go `alibabacloud-go/tea-rpc` v1.3.3", "POST, body", openRPC("POST", inBody)},
		{"Go `alibabacloud-go/tea-rpc` v1.3.3", "POST, query", openRPC("POST", inQuery)},
		{"Go `alibabacloud-go/tea-rpc` v1.3.3", "GET", openRPC("GET", inQuery)},
		{"Node `@alicloud/ecs20140526` 7.11.6", "ACS3-HMAC-SHA256", openNode("ecs20140526", "")},
		{"Node `@alicloud/ecs20140526` 7.11.6", "v2", openNode("ecs20140526", "v2")},
		{"Node `@alicloud/pop-core` 1.8.0", "POST", openNode("pop-core", "POST")},
		{"Node `@alicloud/pop-core` 1.8.0", "GET", openNode("pop-core", "GET")},
	},
	serve: serveAlibaba,
	steps: alibabaSteps,
	read:  readAlibaba,

	regionParameter: "RegionId",
	pageSize:        alibabaPage,
	describe:        func(id string) parameters { return parameters{"NetworkInterfaceId": []string{id}} },
	next: func(p parameters, r *reading) bool {
		if n, ok := p["PageNumber"].(int); ok {
			p["PageNumber"] = n + 1
			return n*alibabaPage < r.total
		}
		p["NextToken"] = r.next
		return r.next != ""
	},
}

var alibabaSteps = []step{
	{
		name: "describe", action: "DescribeNetworkInterfaces",
		p: parameters{"NetworkInterfaceId": []string{"eni-1"}},
		want: []seen{{
			ID: "eni-1", State: "InUse", Instance: "i-1", VPC: "vpc-1", Subnet: "subnet-1", Primary: "10.0.0.1",
			Addresses: []string{"10.0.0.2", "10.0.0.3", "10.0.0.4", "2001:db8::1", "2001:db8::2", "10.0.1.0/28", "2001:db8:1::/80"},
			Tags:      []string{"empty=", "owner=somebody"},
		}},
	},
	{name: "list", action: "DescribeNetworkInterfaces", p: parameters{"VpcId": "vpc-1", "MaxResults": alibabaPage}, all: true},
	{name: "list by number", action: "DescribeNetworkInterfaces", p: parameters{"VpcId": "vpc-1", "PageNumber": 1, "PageSize": alibabaPage}, all: true},
	{
		name: "unassign", action: "UnassignPrivateIpAddresses", change: "eni-1 -10.0.0.2 -10.0.0.3",
		p: parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddress": []string{"10.0.0.2", "10.0.0.3"}},
	},
	{
		name: "stale", action: "UnassignPrivateIpAddresses", code: "InvalidIp.IpUnassigned",
		p: parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddress": []string{"10.0.0.2"}},
	},
	{
		name: "primary", action: "UnassignPrivateIpAddresses", code: "InvalidIp.IpUnassigned",
		p: parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddress": []string{"10.0.0.1"}},
	},
	{
		name: "IPv6", action: "UnassignIpv6Addresses", change: "eni-1 -2001:db8::1",
		p: parameters{"NetworkInterfaceId": "eni-1", "Ipv6Address": []string{"2001:db8::1"}},
	},
	{
		name: "prefix", action: "UnassignPrivateIpAddresses", change: "eni-1 -10.0.1.0/28",
		p: parameters{"NetworkInterfaceId": "eni-1", "Ipv4Prefix": []string{"10.0.1.0/28"}},
	},
	{
		name: "IPv6 prefix", action: "UnassignIpv6Addresses", change: "eni-1 -2001:db8:1::/80",
		p: parameters{"NetworkInterfaceId": "eni-1", "Ipv6Prefix": []string{"2001:db8:1::/80"}},
	},
	{
		name: "detach", action: "DetachNetworkInterface", change: "eni-1 detached",
		p: parameters{"NetworkInterfaceId": "eni-1", "InstanceId": "i-1"},
	},
	{
		name: "delete", action: "DeleteNetworkInterface", change: "eni-1 deleted",
		p: parameters{"NetworkInterfaceId": "eni-1"},
	},
	{name: "gone", action: "DescribeNetworkInterfaces", p: parameters{"NetworkInterfaceId": []string{"eni-1"}}},
	{
		name: "create", action: "CreateNetworkInterface", change: created + " created",
		p: parameters{
			"VSwitchId": "subnet-1", "SecurityGroupId": "sg-1", "NetworkInterfaceName": "made", "PrimaryIpAddress": "10.0.0.8",
		},
	},
	{
		name: "attach", action: "AttachNetworkInterface", change: created + " attached",
		p: parameters{"NetworkInterfaceId": created, "InstanceId": "i-1"},
	},
	{
		name: "assign", action: "AssignPrivateIpAddresses", change: created + " +10.0.0.9",
		p: parameters{"NetworkInterfaceId": created, "PrivateIpAddress": []string{"10.0.0.9"}},
	},
	{
		name: "assign IPv6", action: "AssignIpv6Addresses", change: created + " +2001:db8::9",
		p: parameters{"NetworkInterfaceId": created, "Ipv6Address": []string{"2001:db8::9"}},
	},
	{
		name: "built", action: "DescribeNetworkInterfaces", p: parameters{"VSwitchId": "subnet-1"},
		want: []seen{{
			ID: created, State: "InUse", Instance: "i-1", VPC: "vpc-1", Subnet: "subnet-1", Primary: "10.0.0.8",
			Addresses: []string{"10.0.0.9", "2001:db8::9"},
		}},
	},
	{name: "instances", action: "DescribeInstances", only: "i-1", want: []seen{{ID: "i-1", State: "Running"}}},
	{name: "regions", action: "DescribeRegions", only: "cn-hangzhou", want: []seen{{ID: "cn-hangzhou"}}},
	{
		name: "token", action: "DeleteNetworkInterface", by: withToken, change: "eni-free-2 deleted",
		p: parameters{"NetworkInterfaceId": "eni-free-2"},
	},
	{
		name: "wrong secret", action: "DeleteNetworkInterface", by: wrongSecret, code: "SignatureDoesNotMatch",
		p: parameters{"NetworkInterfaceId": "eni-free-1"},
	},
	{
		name: "wrong region", action: "DeleteNetworkInterface", by: elsewhere, code: "InvalidEniId.NotFound",
		p: parameters{"NetworkInterfaceId": "eni-free-1"},
	},
	{
		name: "unknown region", action: "DeleteNetworkInterface", by: nowhere, code: "InvalidRegionId.NotFound",
		p: parameters{"NetworkInterfaceId": "eni-free-1"},
	},
}

// alibabaResponse is what the scene needs of a response. The SDKs differ in what is
// around it.
//
//nolint:revive // the names are the vendor's
type alibabaResponse struct {
	RequestId, NextToken, NetworkInterfaceId string

	TotalCount int

	Instances struct {
		Instance []struct{ InstanceId, Status string }
	}
	Regions struct {
		Region []struct{ RegionId string }
	}
	NetworkInterfaceSets struct {
		NetworkInterfaceSet []struct {
			NetworkInterfaceId, Status, InstanceId, VpcId, VSwitchId string

			PrivateIpSets struct {
				PrivateIpSet []struct {
					PrivateIpAddress string
					Primary          bool
				}
			}
			Ipv6Sets struct {
				Ipv6Set []struct{ Ipv6Address string }
			}
			Ipv4PrefixSets struct{ Ipv4PrefixSet []struct{ Ipv4Prefix string } }
			Ipv6PrefixSets struct{ Ipv6PrefixSet []struct{ Ipv6Prefix string } }
			Tags           struct {
				Tag []struct{ TagKey, TagValue string }
			}
		}
	}
}

// read reads JSON into a value.
func read(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%w in %s", err, text)
	}
	return nil
}

// readAlibaba reads what a client returned, which all of them can write as JSON.
func readAlibaba(response any) (*reading, error) {
	text, err := json.Marshal(response)
	if err != nil {
		return nil, err
	}
	var outer struct {
		Body *alibabaResponse `json:"body"`
	}
	var body alibabaResponse
	if err := errors.Join(read(text, &outer), read(text, &body)); err != nil {
		return nil, err
	}
	if outer.Body != nil {
		body = *outer.Body
	}
	r := reading{requestID: body.RequestId, next: body.NextToken, total: body.TotalCount, created: body.NetworkInterfaceId}
	for _, i := range body.Instances.Instance {
		r.interfaces = append(r.interfaces, seen{ID: i.InstanceId, State: i.Status})
	}
	for _, region := range body.Regions.Region {
		r.interfaces = append(r.interfaces, seen{ID: region.RegionId})
	}
	for _, i := range body.NetworkInterfaceSets.NetworkInterfaceSet {
		s := seen{ID: i.NetworkInterfaceId, State: i.Status, Instance: i.InstanceId, VPC: i.VpcId, Subnet: i.VSwitchId}
		for _, a := range i.PrivateIpSets.PrivateIpSet {
			if a.Primary {
				s.Primary = a.PrivateIpAddress
			} else {
				s.Addresses = append(s.Addresses, a.PrivateIpAddress)
			}
		}
		for _, a := range i.Ipv6Sets.Ipv6Set {
			s.Addresses = append(s.Addresses, a.Ipv6Address)
		}
		for _, p := range i.Ipv4PrefixSets.Ipv4PrefixSet {
			s.Addresses = append(s.Addresses, p.Ipv4Prefix)
		}
		for _, p := range i.Ipv6PrefixSets.Ipv6PrefixSet {
			s.Addresses = append(s.Addresses, p.Ipv6Prefix)
		}
		for _, tag := range i.Tags.Tag {
			s.Tags = append(s.Tags, tag.TagKey+"="+tag.TagValue)
		}
		r.interfaces = append(r.interfaces, s)
	}
	return &r, nil
}
