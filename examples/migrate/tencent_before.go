// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	vpc "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc/v20170312"
)

func tencentBefore(secretID, secretKey string) (*vpc.Client, error) {
	return vpc.NewClient(common.NewCredential(secretID, secretKey), "ap-guangzhou", profile.NewClientProfile())
}

func unassignOnTencent(ctx context.Context, client *vpc.Client, eniID string, addresses []string) error {
	for batch := range slices.Chunk(addresses, 10) {
		err := retryOnTencent(ctx, client, func() (taskID *string, err error) {
			request := vpc.NewUnassignPrivateIpAddressesRequest()
			request.NetworkInterfaceId = &eniID
			for _, address := range batch {
				request.PrivateIpAddresses = append(request.PrivateIpAddresses,
					&vpc.PrivateIpAddressSpecification{PrivateIpAddress: &address})
			}
			response, err := client.UnassignPrivateIpAddressesWithContext(ctx, request)
			if err != nil {
				return nil, err
			}
			return response.Response.RequestId, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func unassignIPv6OnTencent(ctx context.Context, client *vpc.Client, eniID string, addresses []string) error {
	for batch := range slices.Chunk(addresses, 10) {
		err := retryOnTencent(ctx, client, func() (taskID *string, err error) {
			request := vpc.NewUnassignIpv6AddressesRequest()
			request.NetworkInterfaceId = &eniID
			for _, address := range batch {
				request.Ipv6Addresses = append(request.Ipv6Addresses, &vpc.Ipv6Address{Address: &address})
			}
			response, err := client.UnassignIpv6AddressesWithContext(ctx, request)
			if err != nil {
				return nil, err
			}
			return response.Response.RequestId, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func detachOnTencent(ctx context.Context, client *vpc.Client, eniID, instanceID string) error {
	return retryOnTencent(ctx, client, func() (taskID *string, err error) {
		request := vpc.NewDetachNetworkInterfaceRequest()
		request.NetworkInterfaceId = &eniID
		request.InstanceId = &instanceID
		response, err := client.DetachNetworkInterfaceWithContext(ctx, request)
		if err != nil {
			return nil, err
		}
		return response.Response.RequestId, nil
	})
}

func retryOnTencent(ctx context.Context, client *vpc.Client, send func() (taskID *string, err error)) error {
	pause := time.Second
	for attempt := 1; ; attempt++ {
		taskID, err := send()
		if err == nil {
			return awaitOnTencent(ctx, client, taskID)
		}
		var refused *tcerrors.TencentCloudSDKError
		if !errors.As(err, &refused) {
			return err
		}
		switch refused.Code {
		case "UnsupportedOperation.AttachmentNotFound":
			return nil // gone already
		case "UnsupportedOperation.MutexOperationTaskRunning":
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

func awaitOnTencent(ctx context.Context, client *vpc.Client, taskID *string) error {
	for range 30 {
		request := vpc.NewDescribeVpcTaskResultRequest()
		request.TaskId = taskID
		response, err := client.DescribeVpcTaskResultWithContext(ctx, request)
		if err != nil {
			return err
		}
		switch *response.Response.Status {
		case "SUCCESS":
			return nil
		case "FAILED":
			return fmt.Errorf("task %s failed: %s", *taskID, *response.Response.Output)
		}
		time.Sleep(2 * time.Second)
	}
	return fmt.Errorf("task %s is still running", *taskID)
}
