// SPDX-License-Identifier: Apache-2.0

package aliyun_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A client with a permanent access key and the endpoint in the region's VPC.
func ExampleNew() {
	client, err := aliyun.New(aliyun.Config{
		Region:      "cn-hangzhou",
		Credentials: credentials.NewStaticAKCredentialsProvider("the access key's id", "its secret"),
		Endpoint:    "ecs-vpc.cn-hangzhou.aliyuncs.com",
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var _ eni.Client = client

	_, err = aliyun.New(aliyun.Config{}, nil)
	fmt.Println(err)
	// Output: aliyun: region is required
}

// The SDK's error is the cause.
func ExampleClient() {
	cloud := new(enitest.Cloud)
	cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Denied})
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.UnassignPrivateIps(context.Background(), eni.UnassignRequest{
		InterfaceID: "eni-1",
		Addresses:   []netip.Addr{netip.MustParseAddr("10.0.0.2")},
	})
	var refused *sdkerrors.ServerError
	if errors.As(err, &refused) {
		fmt.Println(eni.KindOf(err), refused.ErrorCode(), refused.HttpStatus())
	}
	// Output: permission_denied Forbidden.RAM 403
}
