// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"net/netip"
	"time"
)

// Describer describes interfaces. The clients of this module implement it beside
// [Client].
type Describer interface {
	// Describe returns the interfaces as the cloud describes them now, in no
	// particular order. An interface that does not exist in this account and region
	// is missing from the result; that is not an error. With an error, Describe still
	// returns the interfaces that it could describe. When ctx ends, the error matches
	// ctx.Err() and holds the cloud's last response. Describe is safe for concurrent
	// use; concurrent calls share requests.
	//
	// Vendor action: DescribeNetworkInterfaces on both clouds.
	Describe(ctx context.Context, interfaceIDs ...string) ([]Interface, error)
}

// Interface is one network interface as the cloud describes it.
type Interface struct {
	ID               string
	Type             InterfaceType
	State            InterfaceState
	InstanceID       string    // the instance that it is attached to; empty when free
	TrunkInterfaceID string    // the trunk of a member; else empty
	Addresses        []Address // IPv4 and IPv6
	Prefixes         []netip.Prefix

	Name             string
	Description      string
	MAC              string // as the cloud writes it
	VPCID            string
	SubnetID         string // the vSwitch, on Alibaba Cloud
	Zone             string
	SecurityGroupIDs []string
	Tags             map[string]string

	// Manager is the cloud service that created the interface and manages it. Empty
	// means that the account manages it.
	Manager string

	// Created is the time of creation. It is zero if the cloud reports no time, or a
	// time without a zone.
	Created time.Time
}

// Address is one address of an interface.
type Address struct {
	Addr    netip.Addr
	Primary bool // a primary address cannot be released
}

// InterfaceType is the role of an interface.
type InterfaceType string

// The types of interfaces. Any other type of a cloud is kept, in lower case.
const (
	TypePrimary   InterfaceType = "primary"   // created with the instance; cannot be detached
	TypeSecondary InterfaceType = "secondary" // can be attached and detached
	TypeTrunk     InterfaceType = "trunk"     // has member interfaces
	TypeMember    InterfaceType = "member"    // belongs to a trunk
)

// InterfaceState is the state of an interface.
type InterfaceState string

// The states of interfaces. Any other state of a cloud is kept, in lower case.
const (
	StateAvailable InterfaceState = "available" // attached to no instance
	StateInUse     InterfaceState = "in_use"    // attached to an instance
	StateAttaching InterfaceState = "attaching"
	StateDetaching InterfaceState = "detaching"
	StateDeleting  InterfaceState = "deleting"
)
