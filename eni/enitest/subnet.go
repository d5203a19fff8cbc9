// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"math/big"
	"net/netip"
	"slices"
)

// Subnet is a range of addresses for interfaces.
type Subnet struct {
	ID    string
	VPCID string
	Zone  string
	IPv4  netip.Prefix
	IPv6  netip.Prefix // the zero Prefix if the subnet has none
}

// PutSubnet adds subnets, or replaces those with the same id. If there are none, every
// subnet that a client names exists. It has addresses of 10.0.0.0/8 and 2001:db8::/64,
// and the VPC and the zone of its interfaces and instances.
func (c *Cloud) PutSubnet(subnets ...Subnet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subnets == nil {
		c.subnets = make(map[string]Subnet)
	}
	for _, s := range subnets {
		s.IPv4, s.IPv6 = s.IPv4.Masked(), s.IPv6.Masked()
		c.subnets[s.ID] = s
	}
}

// Counts is the number of addresses and prefixes that the cloud chooses.
type Counts struct{ IPv4, IPv6, IPv4Prefixes, IPv6Prefixes int }

// maxChosen limits the number of addresses that the cloud chooses for one call, so that
// no call can fill the memory. The limits of the vendors are lower.
const maxChosen = 1000

// The lengths of the prefixes that the cloud chooses.
const (
	ipv4PrefixBits = 28
	ipv6PrefixBits = 80
)

var impliedIPv4, impliedIPv6 = netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/64")

// subnet returns the subnet with an id, and whether it exists. The lock is held.
func (c *Cloud) subnet(id string) (Subnet, bool) {
	if len(c.subnets) > 0 {
		s, ok := c.subnets[id]
		return s, ok
	}
	implied := Subnet{ID: id, VPCID: "vpc-1", IPv4: impliedIPv4, IPv6: impliedIPv6}
	for _, i := range c.instances {
		if i != nil && id != "" && i.SubnetID == id && i.VPCID != "" {
			implied.VPCID, implied.Zone = i.VPCID, i.Zone
			return implied, true
		}
	}
	for _, i := range c.interfaces {
		if id != "" && i.SubnetID == id && i.VPCID != "" {
			implied.VPCID, implied.Zone = i.VPCID, i.Zone
			return implied, true
		}
	}
	return implied, true
}

// grant returns the call with all addresses and prefixes that it assigns: the named ones
// and those that the cloud chooses. If that is impossible, it returns why. The lock is
// held.
func (c *Cloud) grant(call Call, s Subnet) (Call, *Rejection) {
	refuse := func(reason Reason, bad ...netip.Prefix) (Call, *Rejection) {
		return call, &Rejection{Reason: reason, InterfaceID: call.InterfaceID, SubnetID: s.ID, Prefixes: bad}
	}
	used := c.used()
	for _, p := range named(call) {
		if len(c.subnets) > 0 && !within(s.IPv4, p) && !within(s.IPv6, p) {
			return refuse(OutOfRange, p)
		}
		if used.overlaps(p) {
			return refuse(Taken, p)
		}
		used.add(p)
	}
	call.Addresses, call.Prefixes = slices.Clone(call.Addresses), slices.Clone(call.Prefixes)
	for _, want := range []struct {
		n    int
		from netip.Prefix
		bits int
	}{
		{call.Choose.IPv4, s.IPv4, 32},
		{call.Choose.IPv6, s.IPv6, 128},
		{call.Choose.IPv4Prefixes, s.IPv4, ipv4PrefixBits},
		{call.Choose.IPv6Prefixes, s.IPv6, ipv6PrefixBits},
	} {
		if want.n > maxChosen {
			return refuse(NoAddresses)
		}
		for range want.n {
			p, ok := c.next(want.from, want.bits, used)
			if !ok {
				return refuse(NoAddresses)
			}
			used.add(p)
			if p.IsSingleIP() {
				call.Addresses = append(call.Addresses, p.Addr())
			} else {
				call.Prefixes = append(call.Prefixes, p)
			}
		}
	}
	call.Choose = Counts{}
	return call, nil
}

func within(outer, p netip.Prefix) bool {
	return outer.IsValid() && outer.Bits() <= p.Bits() && outer.Contains(p.Addr())
}

// next finds a free address or prefix of a length in a range. The search begins after
// the last one that was found, so that a released address is not used again at once. The
// first addresses of a range and the last one are reserved for the cloud. The lock is
// held.
func (c *Cloud) next(from netip.Prefix, bits int, used occupied) (netip.Prefix, bool) {
	if !from.IsValid() || bits <= from.Bits() {
		return netip.Prefix{}, false
	}
	first, end := uint64(1), uint64(1)<<min(bits-from.Bits(), 40)
	if bits == from.Addr().BitLen() {
		first, end = 4, end-1
	}
	if first >= end {
		return netip.Prefix{}, false
	}
	place := netip.PrefixFrom(from.Addr(), bits)
	at := max(c.cursors[place], first)
	for range end - first {
		if at >= end {
			at = first
		}
		p := block(from.Addr(), bits, at)
		at++
		if used.overlaps(p) {
			continue
		}
		if c.cursors == nil {
			c.cursors = make(map[netip.Prefix]uint64)
		}
		c.cursors[place] = at
		return p, true
	}
	return netip.Prefix{}, false
}

// block returns the nth prefix of a length, counted from an address.
func block(from netip.Addr, bits int, nth uint64) netip.Prefix {
	at := new(big.Int).SetUint64(nth)
	at.Lsh(at, uint(from.BitLen()-bits)).Add(at, new(big.Int).SetBytes(from.AsSlice()))
	a, _ := netip.AddrFromSlice(at.FillBytes(from.AsSlice()))
	return netip.PrefixFrom(a, bits)
}

// occupied is the set of used addresses and prefixes.
type occupied struct {
	addresses map[netip.Addr]bool
	prefixes  map[netip.Prefix]bool
}

// used returns what is on the interfaces, or will be there after the changes in
// progress. The lock is held.
func (c *Cloud) used() occupied {
	u := occupied{make(map[netip.Addr]bool), make(map[netip.Prefix]bool)}
	for _, i := range c.interfaces {
		u.add(contents(i)...)
	}
	for _, r := range c.running {
		if r.call.Action == Assign {
			u.add(named(r.call)...)
		}
	}
	return u
}

func (u occupied) add(given ...netip.Prefix) {
	for _, p := range given {
		if p.IsSingleIP() {
			u.addresses[p.Addr()] = true
		} else {
			u.prefixes[p] = true
		}
	}
}

func (u occupied) overlaps(p netip.Prefix) bool {
	if u.addresses[p.Addr()] {
		return true
	}
	for q := range u.prefixes {
		if p.Overlaps(q) {
			return true
		}
	}
	if p.IsSingleIP() {
		return false
	}
	for a := range u.addresses {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// named lists the addresses and prefixes of a call.
func named(call Call) []netip.Prefix {
	list := slices.Clone(call.Prefixes)
	for _, a := range call.Addresses {
		list = append(list, full(a))
	}
	return list
}
