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
	// promised order. An interface that does not exist in this account and
	// region is left out: that is no error. When ctx ends, the error matches
	// ctx.Err() and holds the cloud's last answer. With an error those are returned
	// that could be described. Safe for concurrent use; calls at the same time share
	// their requests.
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
	TrunkInterfaceID string    // the trunk that a member hangs on; else empty
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

	// Manager is the service of the cloud that created the interface for itself and
	// manages it. Empty means that it is the account's own.
	Manager string

	// Created is when the interface was created. It is zero where the cloud gives
	// no time, or a time without its zone.
	Created time.Time
}

// Address is one address of an interface.
type Address struct {
	Addr    netip.Addr
	Primary bool // a primary address leaves only with its interface
}

// InterfaceType tells what an interface is to its instance.
type InterfaceType string

// The types of interfaces. A cloud's type that is none of them is kept in lower case.
const (
	TypePrimary   InterfaceType = "primary"   // created with the instance, cannot be detached
	TypeSecondary InterfaceType = "secondary" // attached and detached at will
	TypeTrunk     InterfaceType = "trunk"     // carries members
	TypeMember    InterfaceType = "member"    // hangs on a trunk
)

// InterfaceState is where an interface is in its life.
type InterfaceState string

// The states of interfaces. A cloud's state that is none of them is kept in lower case.
const (
	StateAvailable InterfaceState = "available" // attached to nothing
	StateInUse     InterfaceState = "in_use"    // attached to an instance
	StateAttaching InterfaceState = "attaching"
	StateDetaching InterfaceState = "detaching"
	StateDeleting  InterfaceState = "deleting"
)
