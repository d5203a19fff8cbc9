// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// ReadScene reads a scene. The error is a [SceneError] with all errors of the file,
// whose name is for messages.
func ReadScene(file string, text []byte) (*Scene, error) {
	root, problem := parse(text)
	if problem != nil {
		return nil, &SceneError{file, []Problem{*problem}}
	}
	var r reader
	s := &Scene{Seed: DefaultSeed}
	r.scene(s, root)
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int { return a.Line - b.Line })
		return nil, &SceneError{file, r.problems}
	}
	return s, nil
}

func (r *reader) scene(s *Scene, n *node) {
	ok := r.object(n, "", fields{
		"seed":           r.seed(&s.Seed),
		"faults":         r.list(r.fault(&s.Faults)),
		aliyun.Provider:  r.account(s, aliyun.Provider),
		tencent.Provider: r.account(s, tencent.Provider),
	})
	if ok && len(s.Clouds) == 0 {
		r.badf(n, "the scene", "has no cloud: want %s", oneOf(Providers))
	}
	slices.SortFunc(s.Clouds, func(a, b Account) int {
		return slices.Index(Providers, a.Provider) - slices.Index(Providers, b.Provider)
	})
}

func (r *reader) seed(to *uint64) field {
	return func(n *node, path string) {
		seed, err := strconv.ParseUint(fmt.Sprint(n.value), 10, 64)
		if n.kind() != "a number" || err != nil {
			r.badf(n, path, "got %s, want a whole number from 0 on", n.written())
			return
		}
		*to = seed
	}
}

func (r *reader) fault(to *[]string) field {
	return func(n *node, path string) {
		var text string
		r.text(&text)(n, path)
		if _, err := ParseFault(text); n.kind() == "text" && err != nil {
			r.badf(n, path, "%v", err)
		}
		*to = append(*to, text)
	}
}

func (r *reader) account(s *Scene, provider string) field {
	return func(n *node, path string) {
		a := defaultAccount(provider)
		c := cast{r: r, account: &a, ids: make(map[string]*node), addresses: make(map[place]string)}
		r.object(n, path, fields{
			"region":      r.id(&a.Region),
			"credentials": r.credentials(&a.Credentials),
			"answers":     r.answers(&a.Answers, provider),
			"subnets":     r.list(c.readSubnet),
			"instances":   r.list(c.readInstance),
			"interfaces":  r.list(c.readInterface),
		})
		c.check()
		s.Clouds = append(s.Clouds, a)
	}
}

// credentials must be complete if there are any: an id with the default secret is
// probably a mistake.
func (r *reader) credentials(to *Credentials) field {
	return func(n *node, path string) {
		var c Credentials
		if !r.object(n, path, fields{"id": r.id(&c.ID), "secret": r.id(&c.Secret), "token": r.text(&c.Token)}) {
			return
		}
		for _, one := range []struct{ name, value string }{{"id", c.ID}, {"secret", c.Secret}} {
			if one.value == "" && !n.has(one.name) {
				r.badf(n, path, "has no %s", one.name)
			}
		}
		*to = c
	}
}

func (n *node) has(name string) bool {
	return slices.ContainsFunc(n.members, func(m member) bool { return m.name == name })
}

var (
	types  = []eni.InterfaceType{eni.TypePrimary, eni.TypeSecondary, eni.TypeTrunk, eni.TypeMember}
	states = []eni.InterfaceState{eni.StateAvailable, eni.StateInUse, eni.StateAttaching, eni.StateDetaching, eni.StateDeleting, enitest.StateCreating}
	mac    = regexp.MustCompile(`^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$`)
)

// readInterface reads one interface and sets the defaults: it is secondary, in use if it
// has an instance, and else free.
func (c *cast) readInterface(n *node, path string) {
	r, before := c.r, len(c.r.problems)
	i := eni.Interface{Type: eni.TypeSecondary}
	ok := r.object(n, path, fields{
		"id":                 r.id(&i.ID),
		"type":               word(r, &i.Type, types...),
		"state":              word(r, &i.State, states...),
		"instance_id":        r.id(&i.InstanceID),
		"trunk_interface_id": r.id(&i.TrunkInterfaceID),
		"vpc_id":             r.id(&i.VPCID),
		"subnet_id":          r.id(&i.SubnetID),
		"zone":               r.id(&i.Zone),
		"security_group_ids": r.texts(&i.SecurityGroupIDs),
		"name":               r.text(&i.Name),
		"description":        r.text(&i.Description),
		"mac":                r.mac(&i.MAC),
		"manager":            r.text(&i.Manager),
		"created":            r.time(&i.Created),
		"addresses":          r.list(r.interfaceAddress(&i)),
		"prefixes": r.list(func(n *node, path string) {
			var p netip.Prefix
			r.prefix(&p)(n, path)
			i.Prefixes = append(i.Prefixes, p)
		}),
		"tags": r.textMap(&i.Tags),
	})
	if ok && !n.has("id") {
		r.badf(n, path, "has no id")
	}
	if i.State == "" {
		i.State = eni.StateAvailable
		if i.InstanceID != "" {
			i.State = eni.StateInUse
		}
	}
	choosePrimary(i.Addresses)
	if len(r.problems) > before {
		c.unread(i.ID, n)
		return
	}
	c.add(&i, n, path)
}

// interfaceAddress reads an address: a string, or an object that says whether it is
// primary.
func (r *reader) interfaceAddress(i *eni.Interface) field {
	return func(n *node, path string) {
		var a eni.Address
		if n.kind() != "an object" {
			r.address(&a.Addr)(n, path)
		} else if r.object(n, path, fields{"address": r.address(&a.Addr), "primary": r.flag(&a.Primary)}) && !n.has("address") {
			r.badf(n, path, "has no address")
		}
		if a.Primary && a.Addr.Is6() {
			r.badf(n, path, "%s is IPv6, want an IPv4 address as the primary one", a.Addr)
		}
		i.Addresses = append(i.Addresses, a)
	}
}

// choosePrimary makes the first IPv4 address the primary one if none is marked.
func choosePrimary(addresses []eni.Address) {
	if slices.ContainsFunc(addresses, func(a eni.Address) bool { return a.Primary }) {
		return
	}
	if n := slices.IndexFunc(addresses, func(a eni.Address) bool { return a.Addr.Is4() }); n >= 0 {
		addresses[n].Primary = true
	}
}

func (r *reader) mac(to *string) field {
	return func(n *node, path string) {
		text := n.text()
		if !mac.MatchString(text) {
			r.badf(n, path, "%s is no MAC address: want one such as \"00:16:3e:12:34:56\"", n.written())
			return
		}
		*to = text
	}
}

func (r *reader) time(to *time.Time) field {
	return func(n *node, path string) {
		text := n.text()
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			r.badf(n, path, "%s is no time: want one such as \"2025-03-01T09:30:00Z\"", n.written())
			return
		}
		*to = at
	}
}
