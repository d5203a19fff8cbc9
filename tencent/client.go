// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"iter"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Client is an [eni.Client], Describer, Deleter and Lister for one account in one region
// of Tencent Cloud. [New] makes one that speaks API 3.0, [NewLegacy] one that
// speaks API 2.0; the zero Client is not usable. It is safe for concurrent use and
// needs no closing. Make one for each account and region and share it: the callers
// of one Client share its requests and its rate, and those of two Clients cause
// each other's conflicts.
type Client struct{ core *core.Client }

var (
	_ eni.Client    = (*Client)(nil)
	_ eni.Describer = (*Client)(nil)
	_ eni.Deleter   = (*Client)(nil)
	_ eni.Lister    = (*Client)(nil)
)

// UnassignPrivateIps takes secondary private IPv4 addresses off an interface, and
// disassociates their elastic IPs. It returns when the cloud has accepted or
// refused each of them, or when ctx ends. An accepted change goes on as a task:
// Wait and Poll of the Operation ask for the task, or describe the interface,
// until the addresses are gone or the task has FAILED, which is an error with the
// task's output. What is not on the interface is success, [eni.OutcomeAbsent]. A
// primary address is [eni.ErrInvalid]. Tencent Cloud delegates no prefixes: one in
// the request is [eni.ErrUnsupported], and nothing is sent.
//
// Vendor actions: [UnassignPrivateIpAddresses], with at most ten addresses, 100
// requests a second; [DescribeVpcTaskResult], 20 a second. The InstanceId of the
// first is left empty, because with it the cloud also takes the interface off its
// instance.
//
// CAM permissions: vpc:UnassignPrivateIpAddresses, vpc:DescribeVpcTaskResult and
// vpc:DescribeNetworkInterfaces.
//
// Errors are those of [eni.Client] and of the tables in this package.
//
// A Client of [NewLegacy] sends the action of the same name of API 2.0, with the
// VPC of the interface, for which it describes the interface before each change.
//
// It is safe for concurrent use. Calls for one interface share requests.
//
// [UnassignPrivateIpAddresses]: https://www.tencentcloud.com/document/api/215/15814
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
func (c *Client) UnassignPrivateIps(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignPrivateIps(ctx, req)
}

// UnassignIpv6 takes IPv6 addresses off an interface. It returns when the cloud
// has accepted or refused each of them, or when ctx ends. An accepted change goes
// on as a task: Wait and Poll of the Operation ask for the task, or describe the
// interface, until the addresses are gone or the task has FAILED, which is an
// error with the task's output. What is not on the interface is success,
// [eni.OutcomeAbsent]. A primary address is [eni.ErrInvalid]. Tencent Cloud
// delegates no prefixes: one in the request is [eni.ErrUnsupported], and nothing
// is sent.
//
// Vendor actions: [UnassignIpv6Addresses], with at most ten addresses, 20 requests
// a second; [DescribeVpcTaskResult], 20 a second.
//
// CAM permissions: vpc:UnassignIpv6Addresses, vpc:DescribeVpcTaskResult and
// vpc:DescribeNetworkInterfaces.
//
// Errors are those of [eni.Client] and of the tables in this package. Of a Client
// of [NewLegacy] it is [eni.ErrUnsupported], and nothing is sent.
//
// It is safe for concurrent use. Calls for one interface share requests.
//
// [UnassignIpv6Addresses]: https://www.tencentcloud.com/document/api/215/34766
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
func (c *Client) UnassignIpv6(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignIpv6(ctx, req)
}

// Detach takes a secondary interface off the instance that req names. It returns
// when the cloud has accepted or refused that, or when ctx ends. An accepted
// detach goes on as a task: Wait and Poll of the Operation ask for the task, or
// describe the interface, until it is free or the task has FAILED, which is an
// error with the task's output. A detach is not sent again while it goes on.
//
// An interface that is attached to no instance is success, [eni.OutcomeAbsent].
// One that is attached to another instance is [eni.ErrState]; the primary
// interface of an instance is [eni.ErrInvalid]. Both are left alone. Tencent Cloud
// has no member interfaces: a TrunkInterfaceID is [eni.ErrUnsupported], and
// nothing is sent.
//
// Vendor actions: [DetachNetworkInterface], one interface in a request, 50
// requests a second, without a ClientToken; [DescribeVpcTaskResult], 20 a second.
//
// CAM permissions: vpc:DetachNetworkInterface, vpc:DescribeVpcTaskResult and
// vpc:DescribeNetworkInterfaces.
//
// The cloud answers ResourceNotFound for an interface and for an instance that
// does not exist. It becomes [eni.ErrNotFound] only where a description of the
// interface says so too. Further errors are those of [eni.Client] and of the
// tables in this package. Of a Client of [NewLegacy] it is [eni.ErrUnsupported],
// and nothing is sent.
//
// It is safe for concurrent use. Calls for one interface and one instance share
// one request.
//
// [DetachNetworkInterface]: https://www.tencentcloud.com/document/api/215/15816
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
func (c *Client) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	return c.core.Detach(ctx, req)
}

// Delete makes an interface no longer exist; see [eni.Deleter]. With an InstanceID
// it is detached first, as by Detach, and deleted when a description shows it
// AVAILABLE and attached to nothing. It returns when the VPC service has accepted
// the deletion or refused a step, or when ctx ends. The deletion then goes on as a
// task: Wait and Poll of the Operation describe the interface until it is gone, and
// ask for the task when that takes more than two seconds.
//
// Vendor actions: [DetachNetworkInterface], 50 a second, and
// [DeleteNetworkInterface], 100 a second.
//
// CAM permissions: vpc:DeleteNetworkInterface, vpc:DescribeNetworkInterfaces,
// vpc:DescribeVpcTaskResult and, with an InstanceID, vpc:DetachNetworkInterface.
//
// API 2.0 has no such call: a client of [NewLegacy] returns [eni.ErrUnsupported].
//
// It is safe for concurrent use.
//
// [DetachNetworkInterface]: https://www.tencentcloud.com/document/api/215/15816
// [DeleteNetworkInterface]: https://www.tencentcloud.com/document/api/215/15818
func (c *Client) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	return c.core.Delete(ctx, req)
}

// List yields the interfaces that f picks; see [eni.Lister].
//
// Vendor action: [DescribeNetworkInterfaces], with a hundred interfaces on a page.
// The cloud filters by VPC, subnet, instance and tags, and tells primary interfaces
// from others. The client filters by state. Pages are counted, so each begins with
// the last interface of the one before; when they have shifted meanwhile, the list
// is read again.
//
// CAM permission: vpc:DescribeNetworkInterfaces.
//
// A client of [NewLegacy] returns [eni.ErrUnsupported].
//
// It is safe for concurrent use.
//
// [DescribeNetworkInterfaces]: https://www.tencentcloud.com/document/api/215/15817
func (c *Client) List(ctx context.Context, f eni.Filter) iter.Seq2[eni.Interface, error] {
	return c.core.List(ctx, f)
}

// Describe returns the interfaces with these ids as the cloud describes them now,
// in no promised order. An interface that does not exist in this account and
// region is left out, without an error. No ids are no interfaces, and nothing is
// sent. An interface on an instance is [eni.StateInUse], for which the cloud has
// no state of its own.
//
// Vendor action: [DescribeNetworkInterfaces], with at most a hundred interfaces in
// a request; every page of the answer is read. The cloud refuses a request with an
// id that does not exist, so that the others are then described in requests of
// their own. The vendor documents no rate. A request that is throttled, or whose
// answer is lost, is made again within [eni.Retry]. A Client of [NewLegacy]
// describes one interface in a request, and at most ten of them at a time.
//
// CAM permission: vpc:DescribeNetworkInterfaces.
//
// A description that cannot be read in full is [eni.ErrUnavailable]: an address
// that is left out would count as released. Further errors are those of the tables in
// this package.
//
// It is safe for concurrent use. Calls at the same time share requests.
//
// [DescribeNetworkInterfaces]: https://www.tencentcloud.com/document/api/215/15817
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	return c.core.Describe(ctx, interfaceIDs...)
}
