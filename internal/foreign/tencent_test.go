// SPDX-License-Identifier: Apache-2.0

package foreign

import "encoding/json"

// The pages of a list.
const tencentPage = 20

var tencent = vendor{
	name: "Tencent Cloud", zone: "ap-guangzhou-3", otherRegion: "ap-shanghai",
	contenders: tencentContenders(),
	serve:      serveTencent,
	steps:      tencentSteps,
	read:       readTencentResponse,

	pageSize: tencentPage,
	describe: func(id string) parameters { return parameters{"NetworkInterfaceIds": []string{id}} },
	next: func(p parameters, r *reading) bool {
		offset, _ := p["Offset"].(int) // at first there is none
		p["Offset"] = offset + tencentPage
		return offset+tencentPage < r.total
	},
}

func tencentContenders() []contender {
	var goClients, nodeClients []contender
	for _, httpMethod := range []string{"POST", "GET"} {
		for _, signature := range []string{"TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"} {
			mode := httpMethod + " " + signature
			goClients = append(goClients, contender{"Go `tencentcloud/vpc` v1.0.1000", mode, openVPC(httpMethod, signature)})
			nodeClients = append(nodeClients, contender{"Node `tencentcloud-sdk-nodejs-common` 4.1.220", mode, openNode("tencent", mode)})
		}
	}
	return append(goClients, nodeClients...)
}

func privateAddresses(names ...string) []parameters {
	var list []parameters
	for _, name := range names {
		list = append(list, parameters{"PrivateIpAddress": name})
	}
	return list
}

var tencentSteps = []step{
	{
		name: "describe", action: "DescribeNetworkInterfaces",
		p: parameters{"NetworkInterfaceIds": []string{"eni-1"}},
		want: []seen{{
			ID: "eni-1", State: "AVAILABLE", Instance: "i-1", VPC: "vpc-1", Subnet: "subnet-1", Primary: "10.0.0.1",
			Addresses: []string{"10.0.0.2", "10.0.0.3", "10.0.0.4", "2001:db8::1", "2001:db8::2"},
			Tags:      []string{"empty=", "owner=somebody"},
		}},
	},
	{
		name: "list", action: "DescribeNetworkInterfaces", all: true,
		p: parameters{"Filters": []parameters{{"Name": "vpc-id", "Values": []string{"vpc-1"}}}, "Limit": tencentPage},
	},
	{
		name: "unassign", action: "UnassignPrivateIpAddresses", change: "eni-1 -10.0.0.2 -10.0.0.3",
		p: parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": privateAddresses("10.0.0.2", "10.0.0.3")},
	},
	{
		name: "stale", action: "UnassignPrivateIpAddresses", code: "UnsupportedOperation.AttachmentNotFound",
		p: parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": privateAddresses("10.0.0.2")},
	},
	{
		name: "primary", action: "UnassignPrivateIpAddresses", code: "UnauthorizedOperation.PrimaryIp",
		p: parameters{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": privateAddresses("10.0.0.1")},
	},
	{
		name: "IPv6", action: "UnassignIpv6Addresses", change: "eni-1 -2001:db8::1",
		p: parameters{"NetworkInterfaceId": "eni-1", "Ipv6Addresses": []parameters{{"Address": "2001:db8::1"}}},
	},
	{
		name: "detach", action: "DetachNetworkInterface", change: "eni-1 detached",
		p: parameters{"NetworkInterfaceId": "eni-1", "InstanceId": "i-1"},
	},
	{name: "task", action: "DescribeVpcTaskResult", p: parameters{"TaskId": lastChange}, status: "SUCCESS"},
	{
		name: "delete", action: "DeleteNetworkInterface", change: "eni-1 deleted",
		p: parameters{"NetworkInterfaceId": "eni-1"},
	},
	{
		name: "gone", action: "DescribeNetworkInterfaces", code: "ResourceNotFound",
		p: parameters{"NetworkInterfaceIds": []string{"eni-1"}},
	},
	{
		name: "create", action: "CreateNetworkInterface", change: created + " created",
		p: parameters{
			"VpcId": "vpc-1", "SubnetId": "subnet-1", "NetworkInterfaceName": "made", "SecurityGroupIds": []string{"sg-1"},
			"PrivateIpAddresses": []parameters{{"PrivateIpAddress": "10.0.0.8", "Primary": true}},
		},
	},
	{
		name: "attach", action: "AttachNetworkInterface", change: created + " attached",
		p: parameters{"NetworkInterfaceId": created, "InstanceId": "i-1"},
	},
	{
		name: "assign", action: "AssignPrivateIpAddresses", change: created + " +10.0.0.9",
		p: parameters{"NetworkInterfaceId": created, "PrivateIpAddresses": privateAddresses("10.0.0.9")},
	},
	{
		name: "assign IPv6", action: "AssignIpv6Addresses", change: created + " +2001:db8::9",
		p: parameters{"NetworkInterfaceId": created, "Ipv6Addresses": []parameters{{"Address": "2001:db8::9"}}},
	},
	{
		name: "built", action: "DescribeNetworkInterfaces",
		p: parameters{"Filters": []parameters{{"Name": "subnet-id", "Values": []string{"subnet-1"}}}},
		want: []seen{{
			ID: created, State: "AVAILABLE", Instance: "i-1", VPC: "vpc-1", Subnet: "subnet-1", Primary: "10.0.0.8",
			Addresses: []string{"10.0.0.9", "2001:db8::9"},
		}},
	},
	{
		name: "token", action: "DeleteNetworkInterface", by: withToken, change: "eni-free-2 deleted",
		p: parameters{"NetworkInterfaceId": "eni-free-2"},
	},
	{
		name: "wrong secret", action: "DeleteNetworkInterface", by: wrongSecret, code: "AuthFailure.SignatureFailure",
		p: parameters{"NetworkInterfaceId": "eni-free-1"},
	},
	{
		name: "wrong region", action: "DeleteNetworkInterface", by: elsewhere, code: "ResourceNotFound",
		p: parameters{"NetworkInterfaceId": "eni-free-1"},
	},
	{
		name: "unknown region", action: "DeleteNetworkInterface", by: nowhere, code: "InvalidParameterValue",
		p: parameters{"NetworkInterfaceId": "eni-free-1"},
	},
}

// tencentResponse is what the scene needs of a response.
//
//nolint:revive // the names are the vendor's
type tencentResponse struct {
	RequestId, Status   string
	TotalCount          int
	NetworkInterface    struct{ NetworkInterfaceId string }
	NetworkInterfaceSet []struct {
		NetworkInterfaceId, State, VpcId, SubnetId string

		Attachment          struct{ InstanceId string }
		PrivateIpAddressSet []struct {
			PrivateIpAddress string
			Primary          bool
		}
		Ipv6AddressSet []struct{ Address string }
		TagSet         []struct{ Key, Value string }
	}
}

// readTencentResponse reads what a client returned, which all of them can write as
// JSON.
func readTencentResponse(response any) (*reading, error) {
	text, err := json.Marshal(response)
	if err != nil {
		return nil, err
	}
	var body struct {
		Response tencentResponse
	}
	if err := read(text, &body); err != nil {
		return nil, err
	}
	r := reading{requestID: body.Response.RequestId, status: body.Response.Status, total: body.Response.TotalCount, created: body.Response.NetworkInterface.NetworkInterfaceId}
	for _, i := range body.Response.NetworkInterfaceSet {
		s := seen{ID: i.NetworkInterfaceId, State: i.State, Instance: i.Attachment.InstanceId, VPC: i.VpcId, Subnet: i.SubnetId}
		for _, a := range i.PrivateIpAddressSet {
			if a.Primary {
				s.Primary = a.PrivateIpAddress
			} else {
				s.Addresses = append(s.Addresses, a.PrivateIpAddress)
			}
		}
		for _, a := range i.Ipv6AddressSet {
			s.Addresses = append(s.Addresses, a.Address)
		}
		for _, tag := range i.TagSet {
			s.Tags = append(s.Tags, tag.Key+"="+tag.Value)
		}
		r.interfaces = append(r.interfaces, s)
	}
	return &r, nil
}
