// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"net/netip"
)

// Client changes the network interfaces of one account in one region of one
// cloud.
//
// Every method states a goal, an end state, and is idempotent: what is so already
// is success. A method returns once the cloud has accepted a change to that end
// or refused it for good; the [Operation] tells when it has taken effect, and
// [Blocking] makes every method wait for that. On a partial failure both results
// are there: the Operation tells what was accepted, the error why the rest was
// not. A request that cannot be right is refused with [ErrInvalid], and one that
// the cloud has no form for with [ErrUnsupported], before anything is sent.
//
// An unknown interface is an error, [ErrNotFound], because a wrong region or
// account looks the same; [IgnoreNotFound] opts out. Its addresses are
// [OutcomeAbsent], or [OutcomeReleased] where a change of the call may have taken
// them off before the interface was deleted.
//
// Methods honour ctx down to the socket. When it ends they return at once with
// an error that matches ctx.Err() and holds the cloud's last answer; what was
// under way may still take effect, which Results reports as [OutcomeUnknown]. With
// a ctx that has already ended they send nothing, and the error is not retryable.
//
// A Client is safe for concurrent use. Calls for one interface at the same time
// share their changes, because the clouds take one change per interface at a
// time and answer the rest with a conflict.
type Client interface {
	// UnassignPrivateIps takes secondary private IPv4 addresses and delegated
	// IPv4 prefixes off an interface. A primary address is refused with
	// [ErrInvalid]. On Tencent Cloud this also disassociates the address's
	// elastic IP.
	//
	// Vendor actions: UnassignPrivateIpAddresses (Alibaba Cloud ECS
	// 2014-05-26), UnassignPrivateIpAddresses (Tencent Cloud VPC 2017-03-12).
	UnassignPrivateIps(ctx context.Context, req UnassignRequest) (*Operation, error)

	// UnassignIpv6 takes IPv6 addresses and delegated IPv6 prefixes off an
	// interface.
	//
	// Vendor actions: UnassignIpv6Addresses (Alibaba Cloud ECS 2014-05-26),
	// UnassignIpv6Addresses (Tencent Cloud VPC 2017-03-12).
	UnassignIpv6(ctx context.Context, req UnassignRequest) (*Operation, error)

	// Detach takes a secondary interface off its instance. An interface that is
	// attached to no instance is success; one attached to another instance is
	// [ErrState], and the primary interface of an instance is [ErrInvalid]: both
	// are left alone. One that is being attached, or detached from another
	// instance, is [ErrConflict], which is retried.
	//
	// Vendor actions: DetachNetworkInterface (Alibaba Cloud ECS 2014-05-26),
	// DetachNetworkInterface (Tencent Cloud VPC 2017-03-12).
	Detach(ctx context.Context, req DetachRequest) (*Operation, error)
}

// UnassignRequest names what to take off one interface. At least one address or
// prefix is required, all of the call's family: IPv4 for UnassignPrivateIps,
// IPv6 for UnassignIpv6.
type UnassignRequest struct {
	// InterfaceID is the cloud's id of the interface, such as eni-bp67acfm. Required.
	InterfaceID string

	// Addresses to release, any number: the client makes as many changes as the
	// cloud's limit per call needs. Order and duplicates do not matter.
	Addresses []netip.Addr

	// Prefixes to release, as they were delegated, where the cloud has them
	// (Alibaba Cloud has, Tencent Cloud has not: ErrUnsupported).
	Prefixes []netip.Prefix
}

// DetachRequest names one interface and the instance it should no longer be on.
type DetachRequest struct {
	// InterfaceID is the cloud's id of the interface. Required.
	InterfaceID string

	// InstanceID is the cloud's id of the instance. Required, so that an
	// interface that has moved on to another instance stays there.
	InstanceID string

	// TrunkInterfaceID is the trunk that a member interface hangs on, empty for
	// an ordinary interface. Alibaba Cloud only; elsewhere ErrUnsupported.
	TrunkInterfaceID string
}
