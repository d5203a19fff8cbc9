// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"net/netip"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// readSubnet reads one subnet.
func (c *cast) readSubnet(n *node, path string) {
	r, before := c.r, len(c.r.problems)
	var s enitest.Subnet
	ok := r.object(n, path, fields{
		"id": r.id(&s.ID), "vpc_id": r.id(&s.VPCID), "zone": r.id(&s.Zone), "ipv4": r.prefixOf(&s.IPv4, netip.Addr.Is4, "IPv4"), "ipv6": r.prefixOf(&s.IPv6, netip.Addr.Is6, "IPv6"),
	})
	for _, name := range []string{"id", "ipv4"} {
		if ok && !n.has(name) {
			r.badf(n, path, "has no %s", name)
		}
	}
	if len(r.problems) > before {
		c.unread("subnet "+s.ID, n)
		return
	}
	if c.first("subnet "+s.ID, n, path) {
		c.account.Subnets = append(c.account.Subnets, s)
	}
}

// prefixOf reads a prefix of one family of addresses.
func (r *reader) prefixOf(to *netip.Prefix, is func(netip.Addr) bool, family string) field {
	return func(n *node, path string) {
		var p netip.Prefix
		before := len(r.problems)
		r.prefix(&p)(n, path)
		if len(r.problems) == before && !is(p.Addr()) {
			r.badf(n, path, "got %s, want a prefix of %s", p, family)
		}
		*to = p
	}
}

var instanceStates = []enitest.InstanceState{enitest.InstanceRunning, enitest.InstanceStopped, enitest.InstanceStarting, enitest.InstanceStopping}

// readInstance reads one instance. The default state is running.
func (c *cast) readInstance(n *node, path string) {
	r, before := c.r, len(c.r.problems)
	i := enitest.Instance{State: enitest.InstanceRunning}
	ok := r.object(n, path, fields{
		"id": r.id(&i.ID), "name": r.text(&i.Name), "state": word(r, &i.State, instanceStates...),
		"vpc_id": r.id(&i.VPCID), "subnet_id": r.id(&i.SubnetID), "zone": r.id(&i.Zone),
	})
	if ok && !n.has("id") {
		r.badf(n, path, "has no id")
	}
	if len(r.problems) == before && c.first("instance "+i.ID, n, path) {
		c.account.Instances = append(c.account.Instances, i)
	}
}
