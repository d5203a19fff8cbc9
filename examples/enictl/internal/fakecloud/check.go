// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// cast is the interfaces of one account during reading, with their positions in the
// file.
type cast struct {
	r         *reader
	account   *Account
	ids       map[string]*node
	nodes     []*node
	paths     []string
	addresses map[place]string // the interface that has it
}

// place is an address or a prefix of one VPC: another VPC may have the same.
type place struct {
	vpc    string
	prefix netip.Prefix
}

// add adds an interface whose fields are valid, and compares it with the earlier
// interfaces.
func (c *cast) add(i *eni.Interface, n *node, path string) {
	if !c.first(i.ID, n, path) {
		return
	}
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			c.r.badf(n, path, format, args...)
		}
	}
	attached, elsewhere := i.InstanceID != "", c.account.Provider != aliyun.Provider
	trunks := i.Type == eni.TypeTrunk || i.Type == eni.TypeMember
	bad(!attached && (i.State == eni.StateInUse || i.State == eni.StateDetaching), "%s is %s and has no instance_id", i.ID, i.State)
	bad(attached && (i.State == eni.StateAvailable || i.State == eni.StateDeleting || i.State == enitest.StateCreating),
		"%s is %s and has the instance_id %s: want %s, or no instance_id", i.ID, i.State, i.InstanceID, eni.StateInUse)
	bad(i.Type == eni.TypePrimary && !attached, "%s is a primary interface and has no instance_id", i.ID)
	bad(elsewhere && !strings.HasPrefix(i.ID, "eni-"), "%s: want an id such as eni-1", i.ID)
	bad(elsewhere && trunks, "%s: %s has no trunks: want the type %s or %s", i.ID, c.account.Provider, eni.TypePrimary, eni.TypeSecondary)
	bad(elsewhere && len(i.Prefixes) > 0, "%s: %s delegates no prefixes: want no prefixes", i.ID, c.account.Provider)
	bad((i.Type == eni.TypeMember) != (i.TrunkInterfaceID != "") && (!elsewhere || !trunks),
		"%s: want a trunk_interface_id for each member, and for nothing else", i.ID)
	primaries := 0
	taken := slices.Clone(i.Prefixes)
	for _, a := range i.Addresses {
		taken = append(taken, netip.PrefixFrom(a.Addr, a.Addr.BitLen()))
		if a.Primary {
			primaries++
		}
	}
	switch {
	case primaries == 0:
		c.r.badf(n, path, "%s has no IPv4 address: want one at least, which is its primary one", i.ID)
	case primaries > 1:
		c.r.badf(n, path, "%s has %d primary addresses, want 1", i.ID, primaries)
	}
	for _, p := range taken {
		at := place{i.VPCID, p}
		if other, twice := c.addresses[at]; twice {
			c.r.badf(n, path, "%s is on %s already", name(p), other)
		}
		c.addresses[at] = i.ID
	}
	c.account.Interfaces = append(c.account.Interfaces, *i)
	c.nodes, c.paths = append(c.nodes, n), append(c.paths, path)
}

// unread records an interface or a subnet with an invalid field: it exists, but
// references to it cannot be checked.
func (c *cast) unread(what string, n *node) {
	if c.ids[what] == nil {
		c.ids[what] = n
	}
}

// first reports whether an id is new in the file.
func (c *cast) first(what string, n *node, path string) bool {
	if other := c.ids[what]; other != nil {
		c.r.badf(n, path, "%s is on line %d already", what, other.line)
		return false
	}
	c.ids[what] = n
	return true
}

// check checks the references between interfaces.
func (c *cast) check() {
	types := make(map[string]eni.InterfaceType)
	for _, i := range c.account.Interfaces {
		types[i.ID] = i.Type
	}
	for k, i := range c.account.Interfaces {
		if i.SubnetID != "" && len(c.account.Subnets) > 0 && c.ids["subnet "+i.SubnetID] == nil {
			c.r.badf(c.nodes[k], c.paths[k], "its subnet_id %s is not among the subnets", i.SubnetID)
		}
		if kind, ok := types[i.TrunkInterfaceID]; ok && kind != eni.TypeTrunk {
			c.r.badf(c.nodes[k], c.paths[k], "its trunk_interface_id %s is not of the type %s", i.TrunkInterfaceID, eni.TypeTrunk)
		}
		if i.TrunkInterfaceID != "" && c.ids[i.TrunkInterfaceID] == nil {
			c.r.badf(c.nodes[k], c.paths[k], "its trunk_interface_id %s is not in the scene", i.TrunkInterfaceID)
		}
	}
}

// name is an address without its length, or a prefix.
func name(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
