// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// StateCreating is the state of an interface until its creation has taken effect.
const StateCreating eni.InterfaceState = "creating"

// create accepts the creation of an interface, or refuses it. The lock is held.
func (c *Cloud) create(call Call) (Call, *eni.Interface, *Rejection) {
	i := clone(call.Interface)
	refuse := func(reason Reason) (Call, *eni.Interface, *Rejection) {
		return call, nil, &Rejection{Reason: reason, InterfaceID: i.ID, SubnetID: i.SubnetID}
	}
	subnet, ok := c.subnet(i.SubnetID)
	switch {
	case !ok:
		return refuse(NoSubnet)
	case i.ID != "" && c.interfaces[i.ID] != nil:
		return refuse(Taken)
	}
	if !slices.ContainsFunc(i.Addresses, isPrimary) {
		call.Choose.IPv4++
	}
	call.InterfaceID, call.Prefixes, call.Addresses = i.ID, i.Prefixes, nil
	for _, a := range i.Addresses {
		call.Addresses = append(call.Addresses, a.Addr)
	}
	granted, refused := c.grant(call, subnet)
	if refused != nil {
		return call, nil, refused
	}
	put(&i, granted.Addresses, granted.Prefixes)
	at := slices.IndexFunc(i.Addresses, isPrimary)
	i.Addresses[0], i.Addresses[at] = i.Addresses[at], i.Addresses[0] // as the clouds list them
	c.created++
	for n := c.created; i.ID == "" || c.interfaces[i.ID] != nil; n++ {
		i.ID, c.created = fmt.Sprintf("eni-%08d", n), n
	}
	granted.InterfaceID = i.ID
	if i.MAC == "" {
		n := c.created
		i.MAC = fmt.Sprintf("02:00:%02x:%02x:%02x:%02x", n>>24&0xff, n>>16&0xff, n>>8&0xff, n&0xff)
	}
	if i.VPCID == "" {
		i.VPCID = subnet.VPCID
	}
	if i.Zone == "" {
		i.Zone = subnet.Zone
	}
	if i.Type == "" {
		i.Type = eni.TypeSecondary
	}
	i.Created, i.InstanceID, i.TrunkInterfaceID = time.Now(), "", ""
	i.State = eni.StateAvailable // before is what a creation that is done returns to
	if c.interfaces == nil {
		c.interfaces = make(map[string]*eni.Interface)
	}
	c.interfaces[i.ID] = &i
	return granted, &i, nil
}

// isPrimary reports whether an address is the one that every interface has.
func isPrimary(a eni.Address) bool { return a.Primary && a.Addr.Is4() }

// put puts addresses and prefixes on an interface that it has not. The first IPv4
// address of one without any becomes its primary one.
func put(i *eni.Interface, addresses []netip.Addr, prefixes []netip.Prefix) []netip.Prefix {
	var added []netip.Prefix
	for _, a := range addresses {
		if !holds(i, full(a)) {
			primary := a.Is4() && !slices.ContainsFunc(i.Addresses, isPrimary)
			i.Addresses = append(i.Addresses, eni.Address{Addr: a, Primary: primary})
			added = append(added, full(a))
		}
	}
	for _, p := range prefixes {
		if !holds(i, p) {
			i.Prefixes = append(i.Prefixes, p)
			added = append(added, p)
		}
	}
	return added
}

// attachable says why an interface cannot be attached, or nil. The lock is held.
func (c *Cloud) attachable(i *eni.Interface, call Call) *Rejection {
	if refused := c.usable(i.ID, call.InstanceID); refused != nil {
		return refused
	}
	switch {
	case i.Type == eni.TypePrimary:
		return &Rejection{Reason: PrimaryInterface, InterfaceID: i.ID}
	case i.InstanceID != "":
		return &Rejection{Reason: InUse, InterfaceID: i.ID, InstanceID: i.InstanceID, State: i.State}
	case i.State != eni.StateAvailable:
		return &Rejection{Reason: WrongState, InterfaceID: i.ID, State: i.State}
	}
	if call.TrunkInterfaceID == "" {
		return nil
	}
	trunk := c.interfaces[call.TrunkInterfaceID]
	if trunk == nil || trunk.Type != eni.TypeTrunk || trunk.InstanceID != call.InstanceID {
		return &Rejection{Reason: WrongTrunk, InterfaceID: i.ID, InstanceID: call.InstanceID}
	}
	return nil
}

// assignable returns the call with all that it assigns, or says why it cannot. The
// lock is held.
func (c *Cloud) assignable(i *eni.Interface, call Call) (Call, *Rejection) {
	if i.State != eni.StateAvailable && i.State != eni.StateInUse {
		return call, &Rejection{Reason: WrongState, InterfaceID: i.ID, State: i.State}
	}
	subnet, ok := c.subnet(i.SubnetID)
	if !ok {
		return call, &Rejection{Reason: NoSubnet, InterfaceID: i.ID, SubnetID: i.SubnetID}
	}
	return c.grant(call, subnet)
}
