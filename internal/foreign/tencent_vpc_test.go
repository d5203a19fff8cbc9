// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"errors"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	vpc "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc/v20170312"
)

// newVPC makes a client of github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc.
// The host has the port with it. The signature is TC3-HMAC-SHA256, HmacSHA256 or
// HmacSHA1.
func newVPC(a account, host, httpMethod, signature string) (*vpc.Client, error) {
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint, p.HttpProfile.Scheme = host, "HTTP"
	p.HttpProfile.ReqMethod, p.SignMethod = httpMethod, signature
	return vpc.NewClient(common.NewTokenCredential(a.ID, a.Secret, a.Token), a.Region, p)
}

// openVPC opens the client for requests that are sent and signed in this way.
func openVPC(httpMethod, signature string) func(*testing.T, account) client {
	return func(t *testing.T, a account) client {
		t.Helper()
		c, err := newVPC(a, a.host(t), httpMethod, signature)
		if err != nil {
			t.Fatal(err)
		}
		return vpcClient{typed{
			"DescribeNetworkInterfaces":  method(vpc.NewDescribeNetworkInterfacesRequest, c.DescribeNetworkInterfaces),
			"CreateNetworkInterface":     method(vpc.NewCreateNetworkInterfaceRequest, c.CreateNetworkInterface),
			"AttachNetworkInterface":     method(vpc.NewAttachNetworkInterfaceRequest, c.AttachNetworkInterface),
			"AssignPrivateIpAddresses":   method(vpc.NewAssignPrivateIpAddressesRequest, c.AssignPrivateIpAddresses),
			"AssignIpv6Addresses":        method(vpc.NewAssignIpv6AddressesRequest, c.AssignIpv6Addresses),
			"UnassignPrivateIpAddresses": method(vpc.NewUnassignPrivateIpAddressesRequest, c.UnassignPrivateIpAddresses),
			"UnassignIpv6Addresses":      method(vpc.NewUnassignIpv6AddressesRequest, c.UnassignIpv6Addresses),
			"DetachNetworkInterface":     method(vpc.NewDetachNetworkInterfaceRequest, c.DetachNetworkInterface),
			"DeleteNetworkInterface":     method(vpc.NewDeleteNetworkInterfaceRequest, c.DeleteNetworkInterface),
			"DescribeVpcTaskResult":      method(vpc.NewDescribeVpcTaskResultRequest, c.DescribeVpcTaskResult),
		}}
	}
}

// vpcClient reads the client's errors.
type vpcClient struct{ typed }

func (c vpcClient) call(action string, p parameters) (any, error) {
	response, err := c.typed.call(action, p)
	return response, readTencent(err)
}

// readTencent turns an error of the SDK into a refusal, where it is one of the server's:
// one without a request id is the SDK's own.
func readTencent(err error) error {
	sdk := (*sdkerrors.TencentCloudSDKError)(nil)
	if !errors.As(err, &sdk) || sdk.RequestId == "" {
		return err
	}
	return &refusal{sdk.Code, sdk.Message, sdk.RequestId}
}
