// SPDX-License-Identifier: Apache-2.0

package sdkparity

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	vpc "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc/v20170312"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// generatedTencent returns the vendor's generated client for the same account and region.
func generatedTencent(tb testing.TB, config tencent.Config, transport http.RoundTripper) *vpc.Client {
	tb.Helper()
	p := profile.NewClientProfile()
	p.Language = "en-US"
	p.HttpProfile.Endpoint = strings.TrimPrefix(config.Endpoint, "https://") // it takes no URL
	c, err := vpc.NewClient(config.Credentials, config.Region, p)
	if err != nil {
		tb.Fatal(err)
	}
	c.WithHttpTransport(transport)
	return c
}

func TestTencent(t *testing.T) {
	unassign := func(t *testing.T, c client) (*eni.Operation, error) {
		t.Helper()
		return c.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Addresses: addresses("10.0.0.11", "10.0.0.12")})
	}
	tests := []struct {
		name    string
		action  string
		ours    func(*testing.T, client) (*eni.Operation, error)
		vendors func(*vpc.Client, *eni.Operation) error // with the Operation of our call
	}{
		{
			name:   "IPv4 addresses",
			action: "UnassignPrivateIpAddresses",
			ours:   unassign,
			vendors: func(c *vpc.Client, _ *eni.Operation) error {
				r := vpc.NewUnassignPrivateIpAddressesRequest()
				r.NetworkInterfaceId = common.StringPtr("eni-1")
				r.PrivateIpAddresses = []*vpc.PrivateIpAddressSpecification{
					{PrivateIpAddress: common.StringPtr("10.0.0.11")},
					{PrivateIpAddress: common.StringPtr("10.0.0.12")},
				}
				_, err := c.UnassignPrivateIpAddresses(r)
				return err
			},
		},
		{
			name:   "IPv6 addresses",
			action: "UnassignIpv6Addresses",
			ours: func(t *testing.T, c client) (*eni.Operation, error) {
				t.Helper()
				return c.UnassignIpv6(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Addresses: addresses("2001:db8::11", "2001:db8::12")})
			},
			vendors: func(c *vpc.Client, _ *eni.Operation) error {
				r := vpc.NewUnassignIpv6AddressesRequest()
				r.NetworkInterfaceId = common.StringPtr("eni-1")
				r.Ipv6Addresses = []*vpc.Ipv6Address{
					{Address: common.StringPtr("2001:db8::11")},
					{Address: common.StringPtr("2001:db8::12")},
				}
				_, err := c.UnassignIpv6Addresses(r)
				return err
			},
		},
		{
			name:   "detach",
			action: "DetachNetworkInterface",
			ours: func(t *testing.T, c client) (*eni.Operation, error) {
				t.Helper()
				return c.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
			},
			vendors: func(c *vpc.Client, _ *eni.Operation) error {
				r := vpc.NewDetachNetworkInterfaceRequest()
				r.NetworkInterfaceId = common.StringPtr("eni-1")
				r.InstanceId = common.StringPtr("i-1")
				_, err := c.DetachNetworkInterface(r)
				return err
			},
		},
		{
			name:   "delete",
			action: "DeleteNetworkInterface",
			ours: func(t *testing.T, c client) (*eni.Operation, error) {
				t.Helper()
				return c.Delete(t.Context(), eni.DeleteRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
			},
			vendors: func(c *vpc.Client, _ *eni.Operation) error {
				detach := vpc.NewDetachNetworkInterfaceRequest()
				detach.NetworkInterfaceId = common.StringPtr("eni-1")
				detach.InstanceId = common.StringPtr("i-1")
				if _, err := c.DetachNetworkInterface(detach); err != nil {
					return err
				}
				r := vpc.NewDeleteNetworkInterfaceRequest()
				r.NetworkInterfaceId = common.StringPtr("eni-1")
				_, err := c.DeleteNetworkInterface(r)
				return err
			},
		},
		{
			name:   "list",
			action: "DescribeNetworkInterfaces",
			ours: func(t *testing.T, c client) (*eni.Operation, error) {
				t.Helper()
				return nil, list(t, c, eni.Filter{
					VPCID: "vpc-1", SubnetID: "subnet-1", InstanceID: "i-1", Type: eni.TypeSecondary, State: eni.StateInUse,
					Tags: map[string]string{"app": "x", "env": ""},
				})
			},
			vendors: func(c *vpc.Client, _ *eni.Operation) error {
				r := vpc.NewDescribeNetworkInterfacesRequest()
				for _, f := range [][2]string{
					{"vpc-id", "vpc-1"}, {"subnet-id", "subnet-1"}, {"attachment.instance-id", "i-1"}, {"is-primary", "false"},
					{"tag:app", "x"}, {"tag-key", "env"},
				} {
					r.Filters = append(r.Filters, &vpc.Filter{Name: common.StringPtr(f[0]), Values: common.StringPtrs(f[1:])})
				}
				r.Offset = common.Uint64Ptr(0)
				r.Limit = common.Uint64Ptr(100)
				_, err := c.DescribeNetworkInterfaces(r)
				return err
			},
		},
		{
			name:   "describe",
			action: "DescribeNetworkInterfaces",
			ours: func(t *testing.T, c client) (*eni.Operation, error) {
				t.Helper()
				_, err := c.Describe(t.Context(), "eni-1")
				return nil, err
			},
			vendors: func(c *vpc.Client, _ *eni.Operation) error {
				r := vpc.NewDescribeNetworkInterfacesRequest()
				r.NetworkInterfaceIds = common.StringPtrs([]string{"eni-1"})
				r.Offset = common.Uint64Ptr(0)
				r.Limit = common.Uint64Ptr(100)
				_, err := c.DescribeNetworkInterfaces(r)
				return err
			},
		},
		{
			name:   "the state of a task",
			action: "DescribeVpcTaskResult",
			ours: func(t *testing.T, c client) (*eni.Operation, error) {
				t.Helper()
				op, err := unassign(t, c)
				if err != nil {
					return nil, err
				}
				// The library asks for a task only when it has run for some time.
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				if err := op.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Wait: %v; want it to go on", err)
				}
				return op, nil
			},
			vendors: func(c *vpc.Client, op *eni.Operation) error {
				r := vpc.NewDescribeVpcTaskResultRequest()
				r.TaskId = common.StringPtr(op.RequestIDs()[0])
				_, err := c.DescribeVpcTaskResult(r)
				return err
			},
		},
	}
	for _, tt := range tests {
		inVirtualTime(t, tt.name, func(t *testing.T) {
			cloud := newCloud("")
			if tt.action == "DescribeVpcTaskResult" {
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Minute }
			}
			config := tencenttest.NewServer(cloud).Config()
			network := config.HTTPClient.Transport
			action := func(r request) string { return r["header X-Tc-Action"] }

			ours := &tap{next: network, action: action}
			config.HTTPClient = &http.Client{Transport: ours}
			c, err := tencent.New(config, nil)
			if err != nil {
				t.Fatal(err)
			}
			op, err := tt.ours(t, c)
			if err != nil {
				t.Fatalf("our client: %v", err)
			}

			reset(cloud, "")
			vendors := &tap{next: network, action: action}
			if err := tt.vendors(generatedTencent(t, config, vendors), op); err != nil {
				t.Fatalf("the vendor's client: %v", err)
			}
			compare(t, ours.only(t, tt.action), vendors.only(t, tt.action),
				"header Authorization", "header X-Tc-Timestamp", "header X-Tc-Requestclient", "header User-Agent")
		})
	}
}

func inVirtualTime(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}
