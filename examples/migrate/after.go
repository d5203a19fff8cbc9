// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"context"
	"net/netip"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

func aliyunAfter(accessKeyID, accessKeySecret string) (*aliyun.Client, error) {
	return aliyun.New(aliyun.Config{
		Region:      "cn-hangzhou",
		Credentials: credentials.NewStaticAKCredentialsProvider(accessKeyID, accessKeySecret),
	}, nil)
}

func tencentAfter(secretID, secretKey string) (*tencent.Client, error) {
	return tencent.New(tencent.Config{
		Region:      "ap-guangzhou",
		Credentials: common.NewCredential(secretID, secretKey),
	}, nil)
}

func unassign(ctx context.Context, client eni.Client, eniID string, addresses []netip.Addr) error {
	_, err := eni.Blocking(client).UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: eniID, Addresses: addresses})
	return err
}

func unassignIPv6(ctx context.Context, client eni.Client, eniID string, addresses []netip.Addr) error {
	_, err := eni.Blocking(client).UnassignIpv6(ctx, eni.UnassignRequest{InterfaceID: eniID, Addresses: addresses})
	return err
}

func detach(ctx context.Context, client eni.Client, eniID, instanceID string) error {
	_, err := eni.Blocking(client).Detach(ctx, eni.DetachRequest{InterfaceID: eniID, InstanceID: instanceID})
	return err
}
