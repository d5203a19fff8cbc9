// SPDX-License-Identifier: Apache-2.0

package core

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// lacks returns an error if the cloud does not support an action, else nil.
func (c *Cloud) lacks(action Action) *eni.Error {
	if c.Actions == nil || slices.Contains(c.Actions, action) {
		return nil
	}
	return &eni.Error{Kind: eni.ErrUnsupported, Message: "this cloud's API has no such call"}
}

// checkUnassign returns the request's targets without duplicates, addresses first,
// and the first error of the request, or nil. With an error too, the targets are
// complete, so that each has a result.
func (c *Cloud) checkUnassign(action Action, req eni.UnassignRequest) ([]lane.Target, *eni.Error) {
	invalid := checkID("interface id", req.InterfaceID)
	note := func(e *eni.Error) {
		if invalid == nil {
			invalid = e
		}
	}
	if len(req.Addresses)+len(req.Prefixes) == 0 {
		note(refuse("no address and no prefix to release"))
	}
	seen := make(map[lane.Target]bool, len(req.Addresses)+len(req.Prefixes))
	targets := make([]lane.Target, 0, len(req.Addresses)+len(req.Prefixes))
	add := func(p netip.Prefix) {
		t := lane.Target{Action: action, Prefix: p}
		if !seen[t] {
			seen[t] = true
			targets = append(targets, t)
		}
	}
	for _, a := range req.Addresses {
		note(checkZone(a)) // Unmap would drop it
		a = a.Unmap()
		note(checkAddr(action, a))
		add(netip.PrefixFrom(a, a.BitLen()))
	}
	for _, p := range req.Prefixes {
		note(checkPrefix(action, p))
		add(p)
	}
	note(c.lacks(action))
	if len(req.Prefixes) > 0 && !c.Prefixes {
		note(&eni.Error{Kind: eni.ErrUnsupported, Message: "this cloud cannot release a delegated prefix"})
	}
	return targets, invalid
}

func (c *Cloud) checkDetach(req eni.DetachRequest) ([]lane.Target, *eni.Error) {
	targets := []lane.Target{{Action: Detach, InstanceID: req.InstanceID}}
	if e := checkID("interface id", req.InterfaceID); e != nil {
		return targets, e
	}
	if e := checkID("instance id", req.InstanceID); e != nil {
		return targets, e
	}
	if e := c.lacks(Detach); e != nil || req.TrunkInterfaceID == "" {
		return targets, e
	}
	if !c.Trunks {
		return targets, &eni.Error{Kind: eni.ErrUnsupported, Message: "this cloud cannot detach a member from a trunk"}
	}
	if req.TrunkInterfaceID == req.InterfaceID {
		return targets, refuse("an interface cannot be its own trunk")
	}
	return targets, checkID("trunk interface id", req.TrunkInterfaceID)
}

func (c *Cloud) checkDelete(req eni.DeleteRequest) ([]lane.Target, *eni.Error) {
	targets := lane.DeleteTargets(req.InstanceID)
	if e := checkID("interface id", req.InterfaceID); e != nil {
		return targets, e
	}
	if e := c.lacks(Delete); e != nil {
		return targets, e
	}
	for _, tags := range [...]map[string]string{req.KeepTags, req.RequireTags} {
		if e := checkTags(tags); e != nil {
			return targets, e
		}
	}
	switch {
	case req.InstanceID != "":
		_, e := c.checkDetach(eni.DetachRequest{InterfaceID: req.InterfaceID, InstanceID: req.InstanceID, TrunkInterfaceID: req.TrunkInterfaceID})
		return targets, e
	case req.TrunkInterfaceID != "":
		return targets, refuse("a trunk interface id needs an instance id")
	default:
		return targets, nil
	}
}

// checkFilter returns an error for an id or tag that no interface can have. An empty
// field matches all interfaces.
func checkFilter(f eni.Filter) *eni.Error {
	for _, given := range [...]struct{ name, id string }{{"VPC id", f.VPCID}, {"subnet id", f.SubnetID}, {"instance id", f.InstanceID}} {
		if given.id == "" {
			continue
		}
		if e := checkID(given.name, given.id); e != nil {
			return e
		}
	}
	return checkTags(f.Tags)
}

// checkTags returns an error for a tag without a key.
func checkTags(tags map[string]string) *eni.Error {
	if value, found := tags[""]; found {
		return refuse("a tag with the value %q has no key", value)
	}
	return nil
}

// checkID returns an error for an id that no cloud uses. The cloud checks the exact
// form.
func checkID(name, id string) *eni.Error {
	if id == "" {
		return refuse("no %s", name)
	}
	for _, r := range id {
		if r <= ' ' || r >= 0x7f {
			return refuse("the %s %q has an invalid character: want printable ASCII without spaces", name, id)
		}
	}
	return nil
}

func checkAddr(action Action, a netip.Addr) *eni.Error {
	switch {
	case !a.IsValid():
		return refuse("an address is the zero netip.Addr: want a valid address")
	case a.Is4() != (action == UnassignPrivateIps):
		return refuse("the address %s is of the wrong family for %s", a, action)
	}
	return nil
}

// checkZone returns an error for an address with a zone: clouds have no zones, and
// without its zone the address would be a different one.
func checkZone(a netip.Addr) *eni.Error {
	if a.Zone() == "" {
		return nil
	}
	return refuse("the address %s has a zone: want %s", a, a.WithZone(""))
}

func checkPrefix(action Action, p netip.Prefix) *eni.Error {
	switch {
	case !p.IsValid():
		return refuse("a prefix is invalid: want a valid netip.Prefix")
	case p.Addr().Is4In6():
		return refuse("the prefix %s is IPv4-mapped: want an IPv4 prefix", p)
	case p.Addr().Is4() != (action == UnassignPrivateIps):
		return refuse("the prefix %s is of the wrong family for %s", p, action)
	case p.IsSingleIP():
		return refuse("the prefix %s is a single address: put it in Addresses", p)
	case p != p.Masked():
		return refuse("the prefix %s has host bits set: want %s", p, p.Masked())
	}
	return nil
}

func refuse(format string, args ...any) *eni.Error {
	return &eni.Error{Kind: eni.ErrInvalid, Message: fmt.Sprintf(format, args...)}
}
