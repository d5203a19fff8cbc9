// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"context"
	"iter"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Client is an [eni.Client], Describer, Deleter and Lister for one account in one region
// of Alibaba Cloud. [New] makes it; the zero Client is not usable. It is safe for
// concurrent use and has no Close. Make one for each account and region and share it:
// the callers of one Client share requests and rates, while two Clients cause conflicts
// for each other.
type Client struct{ core *core.Client }

var (
	_ eni.Client    = (*Client)(nil)
	_ eni.Describer = (*Client)(nil)
	_ eni.Deleter   = (*Client)(nil)
	_ eni.Lister    = (*Client)(nil)
)

// UnassignPrivateIps releases secondary private IPv4 addresses and delegated IPv4
// prefixes from an interface. It returns when ECS has accepted or refused each of
// them, or when ctx ends. ECS has no tasks: Wait and Poll of the Operation describe the
// interface until the items are gone. An item that is not on the interface is success,
// [eni.OutcomeAbsent]. A primary address is [eni.ErrInvalid]: ECS returns the same code
// for a primary address and for one that is not assigned, so the client describes the
// interface.
//
// Vendor action: [UnassignPrivateIpAddresses], with at most ten addresses or ten
// prefixes, which every instance type accepts. Addresses, and prefixes of each length,
// are sent in separate requests. The vendor documents no rate.
//
// RAM permissions: ecs:UnassignPrivateIpAddresses and
// ecs:DescribeNetworkInterfaces.
//
// ECS requires that the interface is Available or InUse. For a primary interface it
// requires that the instance is Running or Stopped; while the instance starts or stops,
// the error is [eni.ErrConflict]. If the region has no prefixes, the error is
// [eni.ErrUnsupported]. See [eni.Client] for other errors.
//
// It is safe for concurrent use. Calls for one interface share requests.
//
// [UnassignPrivateIpAddresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignprivateipaddresses
func (c *Client) UnassignPrivateIps(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignPrivateIps(ctx, req)
}

// UnassignIpv6 releases IPv6 addresses and delegated IPv6 prefixes from an interface.
// It returns when ECS has accepted or refused each of them, or when ctx ends. ECS has no
// tasks: Wait and Poll of the Operation describe the interface until the items are gone.
// An item that is not on the interface is success, [eni.OutcomeAbsent].
//
// Vendor action: [UnassignIpv6Addresses], with at most ten addresses or ten prefixes.
// Addresses, and prefixes of each length, are sent in separate requests. The vendor
// documents no rate.
//
// RAM permissions: ecs:UnassignIpv6Addresses and ecs:DescribeNetworkInterfaces.
//
// ECS requires that the interface is Available or InUse. For a primary interface it
// requires that the instance is Running or Stopped; while the instance starts or stops,
// the error is [eni.ErrConflict]. If the region has no prefixes, the error is
// [eni.ErrUnsupported]. See [eni.Client] for other errors.
//
// It is safe for concurrent use. Calls for one interface share requests.
//
// [UnassignIpv6Addresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignipv6addresses
func (c *Client) UnassignIpv6(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignIpv6(ctx, req)
}

// Detach detaches a secondary interface from the instance of req; with
// TrunkInterfaceID, a member interface from its trunk. It returns when ECS has accepted
// or refused the detach, or when ctx ends. The interface is then Detaching, and Wait and
// Poll of the Operation describe it until it is free. If it stays in Detaching, the
// client sends the detach again after 15 s, and then at doubled intervals, as the vendor
// documents.
//
// If the interface is attached to no instance, the call succeeds with
// [eni.OutcomeAbsent]. If it is attached to another instance or trunk, the error is
// [eni.ErrState]; if it is the primary interface of an instance, the error is
// [eni.ErrInvalid]; in both cases it is not changed. A trunk with members is
// [eni.ErrConflict]: detach the members first.
//
// Vendor action: [DetachNetworkInterface], one interface in a request. The vendor
// documents no rate.
//
// RAM permissions: ecs:DetachNetworkInterface and ecs:DescribeNetworkInterfaces.
//
// ECS requires that the instance is Running or Stopped; while it starts or stops, the
// error is [eni.ErrConflict]. If the instance does not exist, the error is never
// [eni.ErrNotFound], because the interface can stay in use for a while. The client then
// describes the interface before each retry. It reports success when the interface is
// free, and [eni.ErrConflict] at the end of the budget. See [eni.Client] for other
// errors.
//
// It is safe for concurrent use. Calls for one interface and one instance share
// one request.
//
// [DetachNetworkInterface]: https://www.alibabacloud.com/help/en/ecs/api-detachnetworkinterface
func (c *Client) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	return c.core.Detach(ctx, req)
}

// Delete deletes an interface; see [eni.Deleter]. With an InstanceID it detaches the
// interface first, as Detach does, and deletes it when a description shows it Available.
// It returns when ECS has accepted the deletion or refused a step, or when ctx ends. The
// interface is then Deleting, and Wait and Poll of the Operation describe it until it is
// gone. If it stays in Deleting, the client sends the deletion again after 15 s, and
// then at doubled intervals, as the vendor documents.
//
// Vendor actions: [DetachNetworkInterface] and [DeleteNetworkInterface], one
// interface in a request. The vendor documents no rates.
//
// RAM permissions: ecs:DeleteNetworkInterface, ecs:DescribeNetworkInterfaces and,
// with an InstanceID, ecs:DetachNetworkInterface.
//
// It is safe for concurrent use.
//
// [DetachNetworkInterface]: https://www.alibabacloud.com/help/en/ecs/api-detachnetworkinterface
// [DeleteNetworkInterface]: https://www.alibabacloud.com/help/en/ecs/api-deletenetworkinterface
func (c *Client) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	return c.core.Delete(ctx, req)
}

// List yields the interfaces that match f; see [eni.Lister].
//
// Vendor action: [DescribeNetworkInterfaces], with 500 interfaces on a page. ECS
// filters by VPC, vSwitch, instance, state, and the types primary and secondary. The
// client filters by tags, because a query by tag returns at most a thousand interfaces,
// and by other types.
//
// RAM permission: ecs:DescribeNetworkInterfaces.
//
// It is safe for concurrent use.
//
// [DescribeNetworkInterfaces]: https://www.alibabacloud.com/help/en/ecs/api-describenetworkinterfaces
func (c *Client) List(ctx context.Context, f eni.Filter) iter.Seq2[eni.Interface, error] {
	return c.core.List(ctx, f)
}

// Describe returns the interfaces with these ids as ECS describes them now, in no
// particular order. An interface that does not exist in this account and region is
// missing from the result, without an error. Without ids, the result is empty and
// nothing is sent.
//
// Vendor action: [DescribeNetworkInterfaces], with at most a hundred interfaces in a
// request; the client reads every page of the response. The vendor documents no rate. A
// throttled or lost request is retried within [eni.Retry].
//
// RAM permission: ecs:DescribeNetworkInterfaces.
//
// If a description is not fully readable, the error is [eni.ErrUnavailable], because a
// missing address would count as released. See [eni.Describer] for other errors.
//
// It is safe for concurrent use. Concurrent calls share requests.
//
// [DescribeNetworkInterfaces]: https://www.alibabacloud.com/help/en/ecs/api-describenetworkinterfaces
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	return c.core.Describe(ctx, interfaceIDs...)
}
