// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"net/netip"
)

// Client changes the network interfaces of one account in one region of one
// cloud.
//
// Every method states an end state and is idempotent: if the interface is already in
// that state, the call succeeds. A method returns when the cloud has accepted a
// change or has refused it for good. The [Operation] reports when the change has
// taken effect; [Blocking] makes every method wait for that. On a partial failure a
// method returns both results: the Operation says what was accepted, the error says
// why the rest was not. An invalid request is [ErrInvalid], and a request that the
// cloud's API cannot express is [ErrUnsupported]; for both, nothing is sent.
//
// If the interface does not exist, the error is [ErrNotFound], because a wrong
// region or account looks the same; [IgnoreNotFound] turns it into success. The
// addresses are then [OutcomeAbsent], or [OutcomeReleased] if a change of the call
// may have released them before the interface was deleted.
//
// ctx applies down to the socket. When ctx ends, a method returns at once with an
// error that matches ctx.Err() and holds the cloud's last response. A change in
// progress can still take effect; Results reports that as [OutcomeUnknown]. If ctx
// has ended before the call, nothing is sent and the error is not retryable.
//
// A Client is safe for concurrent use. Concurrent calls for one interface share
// changes, because the clouds accept one change per interface at a time and refuse
// the others with a conflict.
type Client interface {
	// UnassignPrivateIps releases secondary private IPv4 addresses and delegated
	// IPv4 prefixes from an interface. A primary address is [ErrInvalid]. Tencent
	// Cloud also disassociates the elastic IP of each address.
	//
	// Vendor actions: UnassignPrivateIpAddresses (Alibaba Cloud ECS
	// 2014-05-26), UnassignPrivateIpAddresses (Tencent Cloud VPC 2017-03-12).
	UnassignPrivateIps(ctx context.Context, req UnassignRequest) (*Operation, error)

	// UnassignIpv6 releases IPv6 addresses and delegated IPv6 prefixes from an
	// interface.
	//
	// Vendor actions: UnassignIpv6Addresses (Alibaba Cloud ECS 2014-05-26),
	// UnassignIpv6Addresses (Tencent Cloud VPC 2017-03-12).
	UnassignIpv6(ctx context.Context, req UnassignRequest) (*Operation, error)

	// Detach detaches a secondary interface from its instance. If the interface is
	// attached to no instance, the call succeeds. If it is attached to another
	// instance, the error is [ErrState]; if it is the primary interface of an
	// instance, the error is [ErrInvalid]; in both cases the interface is not
	// changed. If it is being attached, or detached from another instance, the error
	// is [ErrConflict], which is retried.
	//
	// Vendor actions: DetachNetworkInterface (Alibaba Cloud ECS 2014-05-26),
	// DetachNetworkInterface (Tencent Cloud VPC 2017-03-12).
	Detach(ctx context.Context, req DetachRequest) (*Operation, error)
}

// UnassignRequest names what to release from one interface. At least one address or
// prefix is required. All must be of the family of the call: IPv4 for
// UnassignPrivateIps, IPv6 for UnassignIpv6.
type UnassignRequest struct {
	// InterfaceID is the cloud's id of the interface, such as eni-bp67acfm. Required.
	InterfaceID string

	// Addresses to release, any number: the client splits them into changes of the
	// size that the cloud allows. Order and duplicates do not matter.
	Addresses []netip.Addr

	// Prefixes to release, exactly as they were delegated. Alibaba Cloud only;
	// elsewhere ErrUnsupported.
	Prefixes []netip.Prefix
}

// DetachRequest names one interface and the instance to detach it from.
type DetachRequest struct {
	// InterfaceID is the cloud's id of the interface. Required.
	InterfaceID string

	// InstanceID is the cloud's id of the instance. Required, so that an interface
	// that is now attached to another instance stays attached.
	InstanceID string

	// TrunkInterfaceID is the trunk of a member interface; empty for any other
	// interface. Alibaba Cloud only; elsewhere ErrUnsupported.
	TrunkInterfaceID string
}
