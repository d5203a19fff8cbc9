// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"fmt"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// The requests have the tags of the SDK's generated ones, whose package would add 40
// seconds to every build. Each request is used once: a reused one keeps its earlier list
// keys and would release addresses that no caller asked for.

type unassignPrivateIPs struct {
	*requests.RpcRequest

	NetworkInterfaceID string   `position:"Query" name:"NetworkInterfaceId"`
	PrivateIPAddress   []string `position:"Query" name:"PrivateIpAddress" type:"Repeated"`
	IPv4Prefix         []string `position:"Query" name:"Ipv4Prefix" type:"Repeated"`
}

type unassignIPv6 struct {
	*requests.RpcRequest

	NetworkInterfaceID string   `position:"Query" name:"NetworkInterfaceId"`
	IPv6Address        []string `position:"Query" name:"Ipv6Address" type:"Repeated"`
	IPv6Prefix         []string `position:"Query" name:"Ipv6Prefix" type:"Repeated"`
}

type detach struct {
	*requests.RpcRequest

	NetworkInterfaceID     string `position:"Query" name:"NetworkInterfaceId"`
	InstanceID             string `position:"Query" name:"InstanceId"`
	TrunkNetworkInstanceID string `position:"Query" name:"TrunkNetworkInstanceId"`
}

type deletion struct {
	*requests.RpcRequest

	NetworkInterfaceID string `position:"Query" name:"NetworkInterfaceId"`
}

type listing struct {
	*requests.RpcRequest

	VPCID      string           `position:"Query" name:"VpcId"`
	VSwitchID  string           `position:"Query" name:"VSwitchId"`
	InstanceID string           `position:"Query" name:"InstanceId"`
	Type       string           `position:"Query" name:"Type"`
	Status     string           `position:"Query" name:"Status"`
	MaxResults requests.Integer `position:"Query" name:"MaxResults"`
	NextToken  string           `position:"Query" name:"NextToken"`
}

type describe struct {
	*requests.RpcRequest

	NetworkInterfaceID []string         `position:"Query" name:"NetworkInterfaceId" type:"Repeated"`
	MaxResults         requests.Integer `position:"Query" name:"MaxResults"`
	NextToken          string           `position:"Query" name:"NextToken"`
}

// newChange makes the request for one change.
func newChange(change core.Change) (requests.AcsRequest, error) {
	switch change.Action {
	case core.UnassignPrivateIps:
		return &unassignPrivateIPs{
			RpcRequest:         newRPC("UnassignPrivateIpAddresses"),
			NetworkInterfaceID: change.InterfaceID,
			PrivateIPAddress:   texts(change.Addresses),
			IPv4Prefix:         texts(change.Prefixes),
		}, nil
	case core.UnassignIpv6:
		return &unassignIPv6{
			RpcRequest:         newRPC("UnassignIpv6Addresses"),
			NetworkInterfaceID: change.InterfaceID,
			IPv6Address:        texts(change.Addresses),
			IPv6Prefix:         texts(change.Prefixes),
		}, nil
	case core.Detach:
		return &detach{
			RpcRequest:             newRPC("DetachNetworkInterface"),
			NetworkInterfaceID:     change.InterfaceID,
			InstanceID:             change.InstanceID,
			TrunkNetworkInstanceID: change.TrunkInterfaceID,
		}, nil
	case core.Delete:
		return &deletion{
			RpcRequest:         newRPC("DeleteNetworkInterface"),
			NetworkInterfaceID: change.InterfaceID,
		}, nil
	default:
		return nil, fmt.Errorf("no request for the action %q", change.Action)
	}
}

// newDescribe makes the request for one page of a description. The page size fits all
// ids; the cloud's default is 10 interfaces.
func newDescribe(ids []string, nextToken string) requests.AcsRequest {
	return &describe{
		RpcRequest:         newRPC("DescribeNetworkInterfaces"),
		NetworkInterfaceID: ids,
		MaxResults:         requests.NewInteger(perDescribe),
		NextToken:          nextToken,
	}
}

// newList makes the request for one page of a list. It does not filter by tags: such a
// query returns at most a thousand interfaces and does not report the others.
func newList(f eni.Filter, nextToken string) requests.AcsRequest {
	return &listing{
		RpcRequest: newRPC("DescribeNetworkInterfaces"),
		VPCID:      f.VPCID,
		VSwitchID:  f.SubnetID,
		InstanceID: f.InstanceID,
		Type:       listedTypes[f.Type],
		Status:     listedStates[f.State],
		MaxResults: requests.NewInteger(perList),
		NextToken:  nextToken,
	}
}

// The values that the cloud can filter by. The client filters by the others.
var (
	listedTypes = map[eni.InterfaceType]string{
		eni.TypePrimary: "Primary", eni.TypeSecondary: "Secondary",
	}
	listedStates = map[eni.InterfaceState]string{
		eni.StateAvailable: "Available", eni.StateInUse: "InUse", eni.StateAttaching: "Attaching",
		eni.StateDetaching: "Detaching", eni.StateDeleting: "Deleting",
	}
)

// usualParams is the capacity for the parameters of a request: those of the SDK, two of
// the request, and the signature. The SDK's own map would grow several times.
const usualParams = 14

func newRPC(action string) *requests.RpcRequest {
	r := &requests.RpcRequest{}
	r.InitWithApiInfo("Ecs", "2014-05-26", action, "ecs", "openAPI")
	r.QueryParams = make(map[string]string, usualParams)
	return r
}

func texts[T fmt.Stringer](items []T) []string {
	list := make([]string, len(items))
	for i, item := range items {
		list[i] = item.String()
	}
	return list
}
