// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"iter"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Client is an [eni.Client], Describer, Deleter and Lister for one account in one region
// of Tencent Cloud. [New] makes one for API 3.0 and [NewLegacy] one for API 2.0; the
// zero Client is not usable. It is safe for concurrent use and has no Close. Make one for
// each account and region and share it: the callers of one Client share requests and
// rates, while two Clients cause conflicts for each other.
type Client struct{ core *core.Client }

var (
	_ eni.Client    = (*Client)(nil)
	_ eni.Describer = (*Client)(nil)
	_ eni.Deleter   = (*Client)(nil)
	_ eni.Lister    = (*Client)(nil)
)

// UnassignPrivateIps releases secondary private IPv4 addresses from an interface and
// disassociates their elastic IPs. It returns when the cloud has accepted or refused
// each of them, or when ctx ends. An accepted change is a task: Wait and Poll of the
// Operation describe the interface or query the task until the addresses are gone. If
// the task has FAILED, they return an error with its output. An address that is not on
// the interface is success, [eni.OutcomeAbsent]. A primary address is [eni.ErrInvalid].
// Tencent Cloud has no delegated prefixes: one in the request is [eni.ErrUnsupported],
// and nothing is sent.
//
// Vendor actions: [UnassignPrivateIpAddresses], with at most ten addresses, 100
// requests per second; [DescribeVpcTaskResult], 20 per second. The first is sent without
// an InstanceId, because with it the cloud also detaches the interface.
//
// CAM permissions: vpc:UnassignPrivateIpAddresses, vpc:DescribeVpcTaskResult and
// vpc:DescribeNetworkInterfaces.
//
// See [eni.Client] for other errors.
//
// A Client of [NewLegacy] sends the API 2.0 action of the same name. That action needs
// the VPC, so the client describes the interface before each change.
//
// It is safe for concurrent use. Calls for one interface share requests.
//
// [UnassignPrivateIpAddresses]: https://www.tencentcloud.com/document/api/215/15814
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
func (c *Client) UnassignPrivateIps(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignPrivateIps(ctx, req)
}

// UnassignIpv6 releases IPv6 addresses from an interface. It returns when the cloud has
// accepted or refused each of them, or when ctx ends. An accepted change is a task: Wait
// and Poll of the Operation describe the interface or query the task until the addresses
// are gone. If the task has FAILED, they return an error with its output. An address
// that is not on the interface is success, [eni.OutcomeAbsent]. A primary address is
// [eni.ErrInvalid]. Tencent Cloud has no delegated prefixes: one in the request is
// [eni.ErrUnsupported], and nothing is sent.
//
// Vendor actions: [UnassignIpv6Addresses], with at most ten addresses, 20 requests per
// second; [DescribeVpcTaskResult], 20 per second.
//
// CAM permissions: vpc:UnassignIpv6Addresses, vpc:DescribeVpcTaskResult and
// vpc:DescribeNetworkInterfaces.
//
// See [eni.Client] for other errors. With a Client of [NewLegacy] the error is
// [eni.ErrUnsupported], and nothing is sent.
//
// It is safe for concurrent use. Calls for one interface share requests.
//
// [UnassignIpv6Addresses]: https://www.tencentcloud.com/document/api/215/34766
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
func (c *Client) UnassignIpv6(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignIpv6(ctx, req)
}

// Detach detaches a secondary interface from the instance of req. It returns when the
// cloud has accepted or refused the detach, or when ctx ends. An accepted detach is a
// task: Wait and Poll of the Operation describe the interface or query the task until
// the interface is free. If the task has FAILED, they return an error with its output.
// An accepted detach is not sent again.
//
// If the interface is attached to no instance, the call succeeds with
// [eni.OutcomeAbsent]. If it is attached to another instance, the error is
// [eni.ErrState]; if it is the primary interface of an instance, the error is
// [eni.ErrInvalid]; in both cases it is not changed. Tencent Cloud has no member
// interfaces: a TrunkInterfaceID is [eni.ErrUnsupported], and nothing is sent.
//
// Vendor actions: [DetachNetworkInterface], one interface in a request, 50 requests per
// second, without a ClientToken; [DescribeVpcTaskResult], 20 per second.
//
// CAM permissions: vpc:DetachNetworkInterface, vpc:DescribeVpcTaskResult and
// vpc:DescribeNetworkInterfaces.
//
// The cloud returns ResourceNotFound if the interface or the instance does not exist.
// The error is [eni.ErrNotFound] only if a description confirms that the interface does
// not exist. See [eni.Client] for other errors. With a Client of [NewLegacy] the error
// is [eni.ErrUnsupported], and nothing is sent.
//
// It is safe for concurrent use. Calls for one interface and one instance share
// one request.
//
// [DetachNetworkInterface]: https://www.tencentcloud.com/document/api/215/15816
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
func (c *Client) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	return c.core.Detach(ctx, req)
}

// Delete deletes an interface; see [eni.Deleter]. With an InstanceID it detaches the
// interface first, as Detach does, and deletes it when a description shows it AVAILABLE
// and free. It returns when the cloud has accepted the deletion or refused a step, or
// when ctx ends. An accepted deletion is a task: Wait and Poll of the Operation query the
// task and describe the interface until it is gone.
//
// Vendor actions: [DetachNetworkInterface], 50 requests per second,
// [DeleteNetworkInterface], 100 per second, and DescribeVpcTaskResult, 20 per second.
//
// CAM permissions: vpc:DeleteNetworkInterface, vpc:DescribeNetworkInterfaces,
// vpc:DescribeVpcTaskResult and, with an InstanceID, vpc:DetachNetworkInterface.
//
// With a Client of [NewLegacy] the error is [eni.ErrUnsupported], and nothing is sent.
//
// It is safe for concurrent use.
//
// [DetachNetworkInterface]: https://www.tencentcloud.com/document/api/215/15816
// [DeleteNetworkInterface]: https://www.tencentcloud.com/document/api/215/15818
func (c *Client) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	return c.core.Delete(ctx, req)
}

// List yields the interfaces that match f; see [eni.Lister].
//
// Vendor action: [DescribeNetworkInterfaces], with a hundred interfaces on a page. The
// cloud filters by VPC, subnet, instance, tags, and primary or other interfaces. The
// client filters by state. Pages are counted by offset, so each page begins with the
// last interface of the previous one; if the pages have shifted, the client reads an
// earlier page.
//
// CAM permission: vpc:DescribeNetworkInterfaces.
//
// With a Client of [NewLegacy] the error is [eni.ErrUnsupported], and nothing is sent.
//
// It is safe for concurrent use.
//
// [DescribeNetworkInterfaces]: https://www.tencentcloud.com/document/api/215/15817
func (c *Client) List(ctx context.Context, f eni.Filter) iter.Seq2[eni.Interface, error] {
	return c.core.List(ctx, f)
}

// Describe returns the interfaces with these ids as the cloud describes them now, in no
// particular order. An interface that does not exist in this account and region is
// missing from the result, without an error. Without ids, the result is empty and
// nothing is sent. An interface on an instance is [eni.StateInUse]; the cloud has no such
// state.
//
// Vendor action: [DescribeNetworkInterfaces], with at most a hundred interfaces in a
// request; the client reads every page of the response. The cloud refuses a request with
// an unknown id, so the client then describes the others in separate requests. The
// vendor documents no rate. A throttled or lost request is retried within [eni.Retry]. A
// Client of [NewLegacy] describes one interface in a request and sends at most ten
// requests at a time.
//
// CAM permission: vpc:DescribeNetworkInterfaces.
//
// If a description is not fully readable, the error is [eni.ErrUnavailable], because a
// missing address would count as released. See [eni.Describer] for other errors.
//
// It is safe for concurrent use. Concurrent calls share requests.
//
// [DescribeNetworkInterfaces]: https://www.tencentcloud.com/document/api/215/15817
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	return c.core.Describe(ctx, interfaceIDs...)
}
