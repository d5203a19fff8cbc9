// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"errors"
	"testing"

	"github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	ecs "github.com/alibabacloud-go/ecs-20140526/v7/client"
	"github.com/alibabacloud-go/tea/tea"
)

// newECS7 makes a client of github.com/alibabacloud-go/ecs-20140526/v7. The host has the
// port with it. The algorithm "v2" is the older signature, HMAC-SHA1; without one it is
// ACS3-HMAC-SHA256.
func newECS7(a account, host, algorithm string) (*ecs.Client, error) {
	config := &utils.Config{
		AccessKeyId:     tea.String(a.ID),
		AccessKeySecret: tea.String(a.Secret),
		RegionId:        tea.String(a.Region),
		Endpoint:        tea.String(host),
		Protocol:        tea.String("http"),
	}
	if a.Token != "" {
		config.SecurityToken = tea.String(a.Token)
	}
	if algorithm != "" {
		config.SignatureAlgorithm = tea.String(algorithm)
	}
	return ecs.NewClient(config)
}

// openECS7 opens the client with this algorithm of signatures.
func openECS7(algorithm string) func(*testing.T, account) client {
	return func(t *testing.T, a account) client {
		t.Helper()
		c, err := newECS7(a, a.host(t), algorithm)
		if err != nil {
			t.Fatal(err)
		}
		return ecs7Client{typed{
			"DescribeNetworkInterfaces":         method(empty[ecs.DescribeNetworkInterfacesRequest], c.DescribeNetworkInterfaces),
			"DescribeNetworkInterfaceAttribute": method(empty[ecs.DescribeNetworkInterfaceAttributeRequest], c.DescribeNetworkInterfaceAttribute),
			"CreateNetworkInterface":            method(empty[ecs.CreateNetworkInterfaceRequest], c.CreateNetworkInterface),
			"AttachNetworkInterface":            method(empty[ecs.AttachNetworkInterfaceRequest], c.AttachNetworkInterface),
			"AssignPrivateIpAddresses":          method(empty[ecs.AssignPrivateIpAddressesRequest], c.AssignPrivateIpAddresses),
			"AssignIpv6Addresses":               method(empty[ecs.AssignIpv6AddressesRequest], c.AssignIpv6Addresses),
			"DescribeInstances":                 method(empty[ecs.DescribeInstancesRequest], c.DescribeInstances),
			"DescribeRegions":                   method(empty[ecs.DescribeRegionsRequest], c.DescribeRegions),
			"UnassignPrivateIpAddresses":        method(empty[ecs.UnassignPrivateIpAddressesRequest], c.UnassignPrivateIpAddresses),
			"UnassignIpv6Addresses":             method(empty[ecs.UnassignIpv6AddressesRequest], c.UnassignIpv6Addresses),
			"DetachNetworkInterface":            method(empty[ecs.DetachNetworkInterfaceRequest], c.DetachNetworkInterface),
			"DeleteNetworkInterface":            method(empty[ecs.DeleteNetworkInterfaceRequest], c.DeleteNetworkInterface),
		}}
	}
}

// empty makes an empty request.
func empty[Q any]() *Q { return new(Q) }

// ecs7Client reads the client's errors.
type ecs7Client struct{ typed }

func (c ecs7Client) call(action string, p parameters) (any, error) {
	response, err := c.typed.call(action, p)
	return response, readTea(err)
}

// readTea turns the error of a client that is generated with Tea into a refusal, where
// it is one of the server's.
func readTea(err error) error {
	sdk := (*tea.SDKError)(nil)
	if !errors.As(err, &sdk) || tea.IntValue(sdk.StatusCode) == 0 {
		return err
	}
	return &refusal{Code: tea.StringValue(sdk.Code), Message: tea.StringValue(sdk.Message), RequestID: requestIDOf(sdk)}
}

// requestIDOf reads the id of the request from the body of the answer, which the error
// holds.
func requestIDOf(err *tea.SDKError) string {
	var data struct {
		RequestID string `json:"RequestId"`
	}
	if read([]byte(tea.StringValue(err.Data)), &data) != nil {
		return ""
	}
	return data.RequestID
}
