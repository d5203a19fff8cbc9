// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"errors"
	"fmt"
	"slices"
	"time"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
)

func aliyunBefore(accessKeyID, accessKeySecret string) (*ecs.Client, error) {
	return ecs.NewClientWithAccessKey("cn-hangzhou", accessKeyID, accessKeySecret)
}

func unassignOnAliyun(client *ecs.Client, eniID string, addresses []string) error {
	for batch := range slices.Chunk(addresses, 10) {
		err := retryOnAliyun(func() error {
			request := ecs.CreateUnassignPrivateIpAddressesRequest()
			request.NetworkInterfaceId = eniID
			request.PrivateIpAddress = &batch
			_, err := client.UnassignPrivateIpAddresses(request)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func unassignIPv6OnAliyun(client *ecs.Client, eniID string, addresses []string) error {
	for batch := range slices.Chunk(addresses, 10) {
		err := retryOnAliyun(func() error {
			request := ecs.CreateUnassignIpv6AddressesRequest()
			request.NetworkInterfaceId = eniID
			request.Ipv6Address = &batch
			_, err := client.UnassignIpv6Addresses(request)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func detachOnAliyun(client *ecs.Client, eniID, instanceID string) error {
	err := retryOnAliyun(func() error {
		request := ecs.CreateDetachNetworkInterfaceRequest()
		request.NetworkInterfaceId = eniID
		request.InstanceId = instanceID
		_, err := client.DetachNetworkInterface(request)
		return err
	})
	if err != nil {
		return err
	}
	for range 30 {
		request := ecs.CreateDescribeNetworkInterfacesRequest()
		request.NetworkInterfaceId = &[]string{eniID}
		response, err := client.DescribeNetworkInterfaces(request)
		if err != nil {
			return err
		}
		set := response.NetworkInterfaceSets.NetworkInterfaceSet
		if len(set) == 0 || set[0].Status == "Available" {
			return nil
		}
		time.Sleep(2 * time.Second)
	}
	return fmt.Errorf("%s is still attached to %s", eniID, instanceID)
}

func retryOnAliyun(send func() error) error {
	pause := time.Second
	for attempt := 1; ; attempt++ {
		err := send()
		var refused *sdkerrors.ServerError
		if !errors.As(err, &refused) {
			return err // nil, or the network
		}
		switch refused.ErrorCode() {
		case "InvalidIp.IpUnassigned", "InvalidParameter.EniNotBelongEcs":
			return nil // gone already
		case "Operation.Conflict":
			if attempt == 5 {
				return err
			}
			time.Sleep(pause)
			pause *= 2
		default:
			return err
		}
	}
}
