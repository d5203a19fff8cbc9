// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"maps"
	"net/netip"
	"slices"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/eni"
)

// The API of the requests, and its limits.
const (
	service       = "vpc"
	version       = "2017-03-12"
	maxAddresses  = 10  // in one Unassign
	maxFilters    = 10  // in one DescribeNetworkInterfaces
	maxInterfaces = 100 // in one DescribeNetworkInterfaces, and on one page of it
)

// The requests have only the fields that are sent, with the tags of the vendor's
// generated ones, whose import would add fifteen seconds to a build. Each request is used
// once, because the SDK keeps state in it. All booleans and numbers are always sent: the
// SDK's encoder omits "" and empty lists, but not false and 0.

// unassignPrivateIPsRequest has no InstanceId, because with one the cloud also detaches
// the interface.
type unassignPrivateIPsRequest struct {
	tchttp.BaseRequest

	NetworkInterfaceID string             `json:"NetworkInterfaceId,omitnil,omitempty" name:"NetworkInterfaceId"`
	PrivateIPAddresses []privateIPAddress `json:"PrivateIpAddresses,omitnil,omitempty" name:"PrivateIpAddresses"`
}

type privateIPAddress struct {
	PrivateIPAddress string `json:"PrivateIpAddress,omitnil,omitempty" name:"PrivateIpAddress"`
}

func newUnassignPrivateIPsRequest(id string, addresses []netip.Addr) *unassignPrivateIPsRequest {
	r := &unassignPrivateIPsRequest{
		NetworkInterfaceID: id,
		PrivateIPAddresses: make([]privateIPAddress, len(addresses)),
	}
	for i, a := range addresses {
		r.PrivateIPAddresses[i].PrivateIPAddress = a.String()
	}
	r.Init().WithApiInfo(service, version, "UnassignPrivateIpAddresses")
	return r
}

type unassignIPv6Request struct {
	tchttp.BaseRequest

	NetworkInterfaceID string        `json:"NetworkInterfaceId,omitnil,omitempty" name:"NetworkInterfaceId"`
	IPv6Addresses      []ipv6Address `json:"Ipv6Addresses,omitnil,omitempty" name:"Ipv6Addresses"`
}

type ipv6Address struct {
	Address string `json:"Address,omitnil,omitempty" name:"Address"`
}

func newUnassignIPv6Request(id string, addresses []netip.Addr) *unassignIPv6Request {
	r := &unassignIPv6Request{
		NetworkInterfaceID: id,
		IPv6Addresses:      make([]ipv6Address, len(addresses)),
	}
	for i, a := range addresses {
		r.IPv6Addresses[i].Address = a.String()
	}
	r.Init().WithApiInfo(service, version, "UnassignIpv6Addresses")
	return r
}

// detachRequest has no ClientToken. A token identifies a repeated request, but each
// request here is new, after a description if a response was lost. A reused token would
// cause IdempotentParameterMismatch, and with the field the SDK would retry the request
// by itself.
type detachRequest struct {
	tchttp.BaseRequest

	NetworkInterfaceID string `json:"NetworkInterfaceId,omitnil,omitempty" name:"NetworkInterfaceId"`
	InstanceID         string `json:"InstanceId,omitnil,omitempty" name:"InstanceId"`
}

func newDetachRequest(id, instanceID string) *detachRequest {
	r := &detachRequest{NetworkInterfaceID: id, InstanceID: instanceID}
	r.Init().WithApiInfo(service, version, "DetachNetworkInterface")
	return r
}

// describeRequest has no Filters: the cloud accepts either filters or ids.
type describeRequest struct {
	tchttp.BaseRequest

	NetworkInterfaceIDs []string `json:"NetworkInterfaceIds,omitnil,omitempty" name:"NetworkInterfaceIds"`
	Offset              uint64   `json:"Offset,omitnil,omitempty" name:"Offset"`
	Limit               uint64   `json:"Limit,omitnil,omitempty" name:"Limit"`
}

func newDescribeRequest(ids []string, offset int) *describeRequest {
	r := &describeRequest{
		NetworkInterfaceIDs: ids,
		Offset:              uint64(offset), //nolint:gosec // a count is not negative
		Limit:               maxInterfaces,
	}
	r.Init().WithApiInfo(service, version, "DescribeNetworkInterfaces")
	return r
}

type deleteRequest struct {
	tchttp.BaseRequest

	NetworkInterfaceID string `json:"NetworkInterfaceId,omitnil,omitempty" name:"NetworkInterfaceId"`
}

func newDeleteRequest(id string) *deleteRequest {
	r := &deleteRequest{NetworkInterfaceID: id}
	r.Init().WithApiInfo(service, version, "DeleteNetworkInterface")
	return r
}

type listRequest struct {
	tchttp.BaseRequest

	Filters []filter `json:"Filters,omitnil,omitempty" name:"Filters"`
	Offset  uint64   `json:"Offset,omitnil,omitempty" name:"Offset"`
	Limit   uint64   `json:"Limit,omitnil,omitempty" name:"Limit"`
}

type filter struct {
	Name   string   `json:"Name,omitnil,omitempty" name:"Name"`
	Values []string `json:"Values,omitnil,omitempty" name:"Values"`
}

// newListRequest makes the request for the page at offset. The cloud has no filter for
// the state. For a tag with any value it has only tag-key.
func newListRequest(f eni.Filter, offset int) *listRequest {
	r := &listRequest{
		Offset: uint64(offset), //nolint:gosec // a count is not negative
		Limit:  maxInterfaces,
	}
	add := func(name, value string) {
		if value != "" {
			r.Filters = append(r.Filters, filter{name, []string{value}})
		}
	}
	add("vpc-id", f.VPCID)
	add("subnet-id", f.SubnetID)
	add("attachment.instance-id", f.InstanceID)
	switch f.Type {
	case eni.TypePrimary:
		add("is-primary", "true")
	case eni.TypeSecondary:
		add("is-primary", "false")
	case eni.TypeTrunk, eni.TypeMember: // the cloud has no such types
	}
	for _, key := range slices.Sorted(maps.Keys(f.Tags)) {
		switch value := f.Tags[key]; {
		case len(r.Filters) == maxFilters:
		case value == "":
			add("tag-key", key)
		default:
			add("tag:"+key, value)
		}
	}
	r.Init().WithApiInfo(service, version, "DescribeNetworkInterfaces")
	return r
}

type taskRequest struct {
	tchttp.BaseRequest

	TaskID string `json:"TaskId,omitnil,omitempty" name:"TaskId"`
}

func newTaskRequest(id string) *taskRequest {
	r := &taskRequest{TaskID: id}
	r.Init().WithApiInfo(service, version, "DescribeVpcTaskResult")
	return r
}
