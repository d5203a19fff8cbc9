// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"errors"
	"maps"
	"strconv"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
)

// newECS makes a client of github.com/aliyun/alibaba-cloud-sdk-go/services/ecs. The
// host has the port with it.
func newECS(a account, host string) (*ecs.Client, error) {
	var credential auth.Credential = credentials.NewAccessKeyCredential(a.ID, a.Secret)
	if a.Token != "" {
		credential = credentials.NewStsTokenCredential(a.ID, a.Secret, a.Token)
	}
	c, err := ecs.NewClientWithOptions(a.Region, sdk.NewConfig().WithScheme("HTTP"), credential)
	if err != nil {
		return nil, err
	}
	c.Domain = host
	return c, nil
}

// openECS opens the client for requests that are sent by this method of HTTP.
func openECS(httpMethod string) func(*testing.T, account) client {
	return func(t *testing.T, a account) client {
		t.Helper()
		c, err := newECS(a, a.host(t))
		if err != nil {
			t.Fatal(err)
		}
		return ecsClient{typed{
			"DescribeNetworkInterfaces": method(func() *ecs.DescribeNetworkInterfacesRequest {
				r := ecs.CreateDescribeNetworkInterfacesRequest()
				r.Method = httpMethod
				return r
			}, c.DescribeNetworkInterfaces),
			"DescribeNetworkInterfaceAttribute": method(func() *ecs.DescribeNetworkInterfaceAttributeRequest {
				r := ecs.CreateDescribeNetworkInterfaceAttributeRequest()
				r.Method = httpMethod
				return r
			}, c.DescribeNetworkInterfaceAttribute),
			"CreateNetworkInterface": method(func() *ecs.CreateNetworkInterfaceRequest {
				r := ecs.CreateCreateNetworkInterfaceRequest()
				r.Method = httpMethod
				return r
			}, c.CreateNetworkInterface),
			"AttachNetworkInterface": method(func() *ecs.AttachNetworkInterfaceRequest {
				r := ecs.CreateAttachNetworkInterfaceRequest()
				r.Method = httpMethod
				return r
			}, c.AttachNetworkInterface),
			"AssignPrivateIpAddresses": method(func() *ecs.AssignPrivateIpAddressesRequest {
				r := ecs.CreateAssignPrivateIpAddressesRequest()
				r.Method = httpMethod
				return r
			}, c.AssignPrivateIpAddresses),
			"AssignIpv6Addresses": method(func() *ecs.AssignIpv6AddressesRequest {
				r := ecs.CreateAssignIpv6AddressesRequest()
				r.Method = httpMethod
				return r
			}, c.AssignIpv6Addresses),
			"DescribeInstances": method(func() *ecs.DescribeInstancesRequest {
				r := ecs.CreateDescribeInstancesRequest()
				r.Method = httpMethod
				return r
			}, c.DescribeInstances),
			"DescribeRegions": method(func() *ecs.DescribeRegionsRequest {
				r := ecs.CreateDescribeRegionsRequest()
				r.Method = httpMethod
				return r
			}, c.DescribeRegions),
			"UnassignPrivateIpAddresses": method(func() *ecs.UnassignPrivateIpAddressesRequest {
				r := ecs.CreateUnassignPrivateIpAddressesRequest()
				r.Method = httpMethod
				return r
			}, c.UnassignPrivateIpAddresses),
			"UnassignIpv6Addresses": method(func() *ecs.UnassignIpv6AddressesRequest {
				r := ecs.CreateUnassignIpv6AddressesRequest()
				r.Method = httpMethod
				return r
			}, c.UnassignIpv6Addresses),
			"DetachNetworkInterface": method(func() *ecs.DetachNetworkInterfaceRequest {
				r := ecs.CreateDetachNetworkInterfaceRequest()
				r.Method = httpMethod
				return r
			}, c.DetachNetworkInterface),
			"DeleteNetworkInterface": method(func() *ecs.DeleteNetworkInterfaceRequest {
				r := ecs.CreateDeleteNetworkInterfaceRequest()
				r.Method = httpMethod
				return r
			}, c.DeleteNetworkInterface),
		}}
	}
}

// ecsClient writes the client's numbers and reads its errors.
type ecsClient struct{ typed }

func (c ecsClient) call(action string, p parameters) (any, error) {
	p = maps.Clone(p)
	for name, value := range p {
		if n, ok := value.(int); ok {
			p[name] = strconv.Itoa(n) // requests.Integer is a string
		}
	}
	response, err := c.typed.call(action, p)
	if server := (*sdkerrors.ServerError)(nil); errors.As(err, &server) {
		return nil, &refusal{server.ErrorCode(), server.Message(), server.RequestId()}
	}
	return response, err
}
