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
// concurrent use and needs no closing. Make one for each account and region and
// share it: the callers of one Client share its requests and its rate, and those
// of two Clients cause each other's conflicts.
type Client struct{ core *core.Client }

var (
	_ eni.Client    = (*Client)(nil)
	_ eni.Describer = (*Client)(nil)
	_ eni.Deleter   = (*Client)(nil)
	_ eni.Lister    = (*Client)(nil)
)

// UnassignPrivateIps takes secondary private IPv4 addresses and delegated IPv4
// prefixes off an interface. It returns when ECS has accepted or refused each of
// them, or when ctx ends. ECS has no tasks: Wait and Poll of the Operation
// describe the interface until they are gone. What is not on the interface is
// success, [eni.OutcomeAbsent]. A primary address is [eni.ErrInvalid]: ECS answers
// for it as for an address that is not there, so the client describes the
// interface to distinguish the two.
//
// Vendor action: [UnassignPrivateIpAddresses], with at most ten addresses or ten
// prefixes, which is what every instance type takes. Addresses and prefixes, and
// prefixes of different lengths, go in different requests. The vendor documents no
// rate.
//
// RAM permissions: ecs:UnassignPrivateIpAddresses and
// ecs:DescribeNetworkInterfaces.
//
// ECS requires an interface that is Available or InUse. For a primary interface it
// requires an instance that is Running or Stopped: while the instance starts or
// stops the error is [eni.ErrConflict]. A region without prefixes is
// [eni.ErrUnsupported]. Further errors are those of [eni.Client] and of the table
// in this package.
//
// It is safe for concurrent use. Calls for one interface share requests.
//
// [UnassignPrivateIpAddresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignprivateipaddresses
func (c *Client) UnassignPrivateIps(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignPrivateIps(ctx, req)
}

// UnassignIpv6 takes IPv6 addresses and delegated IPv6 prefixes off an interface.
// It returns when ECS has accepted or refused each of them, or when ctx ends. ECS
// has no tasks: Wait and Poll of the Operation describe the interface until they
// are gone. What is not on the interface is success, [eni.OutcomeAbsent].
//
// Vendor action: [UnassignIpv6Addresses], with at most ten addresses or ten
// prefixes. Addresses and prefixes, and prefixes of different lengths, go in
// different requests. The vendor documents no rate.
//
// RAM permissions: ecs:UnassignIpv6Addresses and ecs:DescribeNetworkInterfaces.
//
// ECS requires an interface that is Available or InUse. For a primary interface it
// requires an instance that is Running or Stopped: while the instance starts or
// stops the error is [eni.ErrConflict]. A region without prefixes is
// [eni.ErrUnsupported]. Further errors are those of [eni.Client] and of the table
// in this package.
//
// It is safe for concurrent use. Calls for one interface share requests.
//
// [UnassignIpv6Addresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignipv6addresses
func (c *Client) UnassignIpv6(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignIpv6(ctx, req)
}

// Detach takes a secondary interface off the instance that req names; with
// TrunkInterfaceID, a member interface off its trunk. It returns when ECS has
// accepted or refused that, or when ctx ends. The interface is then Detaching:
// Wait and Poll of the Operation describe it until it is free. Where it stays
// Detaching, the client sends the detach again after 15 s, and then after twice
// that time each: this is the cure that the vendor documents.
//
// An interface that is attached to no instance is success, [eni.OutcomeAbsent].
// One that is attached to another instance, or to another trunk, is
// [eni.ErrState]; the primary interface of an instance is [eni.ErrInvalid]. Both
// are left alone. A trunk with members is [eni.ErrConflict] until they are gone:
// its members go first.
//
// Vendor action: [DetachNetworkInterface], one interface in a request. The vendor
// documents no rate.
//
// RAM permissions: ecs:DetachNetworkInterface and ecs:DescribeNetworkInterfaces.
//
// ECS requires an instance that is Running or Stopped: while it starts or stops
// the error is [eni.ErrConflict]. An instance that does not exist is never
// [eni.ErrNotFound]: the interface may still be in use for a while. The client
// describes it before each further detach within the budget, and reports success
// when it is free, else [eni.ErrConflict]. Further errors are those of [eni.Client]
// and of the table in this package.
//
// It is safe for concurrent use. Calls for one interface and one instance share
// one request.
//
// [DetachNetworkInterface]: https://www.alibabacloud.com/help/en/ecs/api-detachnetworkinterface
func (c *Client) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	return c.core.Detach(ctx, req)
}

// Delete makes an interface no longer exist; see [eni.Deleter]. With an InstanceID
// it is detached first, as by Detach, and deleted when a description shows it
// Available. It returns when ECS has accepted the deletion or refused a step, or
// when ctx ends. The interface is then Deleting: Wait and Poll of the Operation
// describe it until it is gone. Where it stays Deleting, the client sends the
// deletion again after 15 s, and then after twice that time each: this is the cure
// that the vendor documents.
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

// List yields the interfaces that f picks; see [eni.Lister].
//
// Vendor action: [DescribeNetworkInterfaces], with 500 interfaces on a page. ECS
// filters by VPC, vSwitch, instance, state, and by the types primary and secondary.
// The client filters by tags and other types: a query by tag returns a thousand
// interfaces at most.
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
// promised order. An interface that does not exist in this account and region is
// left out, without an error. No ids are no interfaces, and nothing is sent.
//
// Vendor action: [DescribeNetworkInterfaces], with at most a hundred interfaces in
// a request; every page of the answer is read. The vendor documents no rate. A
// request that is throttled, or whose answer is lost, is made again within
// [eni.Retry].
//
// RAM permission: ecs:DescribeNetworkInterfaces.
//
// A description that cannot be read in full is [eni.ErrUnavailable]: an address
// that is left out would count as released. Further errors are those of the table in
// this package.
//
// It is safe for concurrent use. Calls at the same time share requests.
//
// [DescribeNetworkInterfaces]: https://www.alibabacloud.com/help/en/ecs/api-describenetworkinterfaces
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	return c.core.Describe(ctx, interfaceIDs...)
}
