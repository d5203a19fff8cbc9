// SPDX-License-Identifier: Apache-2.0

package sdkparity

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
)

// generatedAliyun returns the vendor's generated client for the same account and region.
func generatedAliyun(tb testing.TB, config aliyun.Config, transport http.RoundTripper) *ecs.Client {
	tb.Helper()
	c, err := ecs.NewClientWithOptions(config.Region, sdk.NewConfig().WithScheme(requests.HTTPS), config.Credentials)
	if err != nil {
		tb.Fatal(err)
	}
	c.Domain = strings.TrimPrefix(config.Endpoint, "https://") // it takes no URL
	c.SetTransport(transport)
	return c
}

func TestAliyun(t *testing.T) {
	tests := []struct {
		name    string
		action  string
		trunk   string
		ours    func(*testing.T, client) error
		vendors func(*ecs.Client) error
	}{
		{
			name:   "IPv4 addresses",
			action: "UnassignPrivateIpAddresses",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				_, err := c.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Addresses: addresses("10.0.0.11", "10.0.0.12")})
				return err
			},
			vendors: func(c *ecs.Client) error {
				r := ecs.CreateUnassignPrivateIpAddressesRequest()
				r.NetworkInterfaceId = "eni-1"
				r.PrivateIpAddress = &[]string{"10.0.0.11", "10.0.0.12"}
				_, err := c.UnassignPrivateIpAddresses(r)
				return err
			},
		},
		{
			name:   "IPv4 prefixes",
			action: "UnassignPrivateIpAddresses",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				_, err := c.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: prefixes("10.0.1.0/28", "10.0.1.16/28")})
				return err
			},
			vendors: func(c *ecs.Client) error {
				r := ecs.CreateUnassignPrivateIpAddressesRequest()
				r.NetworkInterfaceId = "eni-1"
				r.Ipv4Prefix = &[]string{"10.0.1.0/28", "10.0.1.16/28"}
				_, err := c.UnassignPrivateIpAddresses(r)
				return err
			},
		},
		{
			name:   "IPv6 addresses",
			action: "UnassignIpv6Addresses",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				_, err := c.UnassignIpv6(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Addresses: addresses("2001:db8::11", "2001:db8::12")})
				return err
			},
			vendors: func(c *ecs.Client) error {
				r := ecs.CreateUnassignIpv6AddressesRequest()
				r.NetworkInterfaceId = "eni-1"
				r.Ipv6Address = &[]string{"2001:db8::11", "2001:db8::12"}
				_, err := c.UnassignIpv6Addresses(r)
				return err
			},
		},
		{
			name:   "an IPv6 prefix",
			action: "UnassignIpv6Addresses",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				_, err := c.UnassignIpv6(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: prefixes("2001:db8:1::/80")})
				return err
			},
			vendors: func(c *ecs.Client) error {
				r := ecs.CreateUnassignIpv6AddressesRequest()
				r.NetworkInterfaceId = "eni-1"
				r.Ipv6Prefix = &[]string{"2001:db8:1::/80"}
				_, err := c.UnassignIpv6Addresses(r)
				return err
			},
		},
		{
			name:   "detach",
			action: "DetachNetworkInterface",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				_, err := c.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
				return err
			},
			vendors: func(c *ecs.Client) error {
				r := ecs.CreateDetachNetworkInterfaceRequest()
				r.NetworkInterfaceId = "eni-1"
				r.InstanceId = "i-1"
				_, err := c.DetachNetworkInterface(r)
				return err
			},
		},
		{
			name:   "detach from a trunk",
			action: "DetachNetworkInterface",
			trunk:  "eni-trunk",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				_, err := c.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1", TrunkInterfaceID: "eni-trunk"})
				return err
			},
			vendors: func(c *ecs.Client) error {
				r := ecs.CreateDetachNetworkInterfaceRequest()
				r.NetworkInterfaceId = "eni-1"
				r.InstanceId = "i-1"
				r.TrunkNetworkInstanceId = "eni-trunk"
				_, err := c.DetachNetworkInterface(r)
				return err
			},
		},
		{
			name:   "delete",
			action: "DeleteNetworkInterface",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				_, err := c.Delete(t.Context(), eni.DeleteRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
				return err
			},
			vendors: func(c *ecs.Client) error {
				detach := ecs.CreateDetachNetworkInterfaceRequest()
				detach.NetworkInterfaceId = "eni-1"
				detach.InstanceId = "i-1"
				if _, err := c.DetachNetworkInterface(detach); err != nil {
					return err
				}
				r := ecs.CreateDeleteNetworkInterfaceRequest()
				r.NetworkInterfaceId = "eni-1"
				_, err := c.DeleteNetworkInterface(r)
				return err
			},
		},
		{
			name:   "list",
			action: "DescribeNetworkInterfaces",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				return list(t, c, eni.Filter{
					VPCID: "vpc-1", SubnetID: "vsw-1", InstanceID: "i-1", Type: eni.TypeSecondary, State: eni.StateInUse,
					Tags: map[string]string{"app": "x"},
				})
			},
			vendors: func(c *ecs.Client) error {
				r := ecs.CreateDescribeNetworkInterfacesRequest()
				r.VpcId, r.VSwitchId, r.InstanceId, r.Type, r.Status = "vpc-1", "vsw-1", "i-1", "Secondary", "InUse"
				r.MaxResults = requests.NewInteger(500)
				_, err := c.DescribeNetworkInterfaces(r)
				return err
			},
		},
		{
			name:   "describe",
			action: "DescribeNetworkInterfaces",
			ours: func(t *testing.T, c client) error {
				t.Helper()
				_, err := c.Describe(t.Context(), "eni-1", "eni-2")
				return err
			},
			vendors: func(c *ecs.Client) error {
				r := ecs.CreateDescribeNetworkInterfacesRequest()
				r.NetworkInterfaceId = &[]string{"eni-1", "eni-2"}
				r.MaxResults = requests.NewInteger(100)
				_, err := c.DescribeNetworkInterfaces(r)
				return err
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cloud := newCloud(tt.trunk)
			config := aliyuntest.NewServer(cloud).Config()
			network := config.HTTPClient.Transport
			action := func(r request) string { return r["query Action"] }

			ours := &tap{next: network, action: action}
			config.HTTPClient = &http.Client{Transport: ours}
			c, err := aliyun.New(config, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.ours(t, c); err != nil {
				t.Fatalf("our client: %v", err)
			}

			reset(cloud, tt.trunk)
			vendors := &tap{next: network, action: action}
			if err := tt.vendors(generatedAliyun(t, config, vendors)); err != nil {
				t.Fatalf("the vendor's client: %v", err)
			}
			compare(t, ours.only(t, tt.action), vendors.only(t, tt.action),
				"query Timestamp", "query SignatureNonce", "query Signature",
				"header User-Agent", "header X-Sdk-Core-Version")
		})
	}
}
