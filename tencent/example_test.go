// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// A client with a permanent key.
func ExampleNew() {
	client, err := tencent.New(tencent.Config{
		Region:      "ap-guangzhou",
		Credentials: common.NewCredential("the secret's id", "its key"),
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var _ eni.Client = client

	_, err = tencent.New(tencent.Config{Region: "Guangzhou, China"}, nil)
	fmt.Println(err)
	// Output: tencent: region "Guangzhou, China" is not a region id, want letters, digits and hyphens
}

// With API 2.0, a private cloud can only release IPv4 addresses.
func ExampleNewLegacy() {
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{
		ID: "eni-1", VPCID: "vpc-1", Type: eni.TypeSecondary, State: eni.StateAvailable,
		Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.0.2")}},
	})
	client, err := tencent.NewLegacy(tencenttest.NewLegacyServer(cloud).Config(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	op, err := eni.Blocking(client).UnassignPrivateIps(context.Background(), eni.UnassignRequest{
		InterfaceID: "eni-1",
		Addresses:   []netip.Addr{netip.MustParseAddr("10.0.0.2")},
	})
	fmt.Println(op.Results()[0].Outcome, err)
	_, err = client.Detach(context.Background(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "ins-1"})
	fmt.Println(errors.Is(err, eni.ErrUnsupported))
	// Output:
	// released <nil>
	// true
}

// The SDK's error is the cause.
func ExampleClient() {
	cloud := new(enitest.Cloud)
	cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Denied})
	client, err := tencent.New(tencenttest.NewServer(cloud).Config(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.UnassignPrivateIps(context.Background(), eni.UnassignRequest{
		InterfaceID: "eni-1",
		Addresses:   []netip.Addr{netip.MustParseAddr("10.0.0.2")},
	})
	var refused *tcerrors.TencentCloudSDKError
	if errors.As(err, &refused) {
		fmt.Println(eni.KindOf(err), refused.GetCode())
	}
	// Output: permission_denied UnauthorizedOperation
}
