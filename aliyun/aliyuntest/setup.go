// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"maps"
	"net/http"
	"net/netip"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// maxCount is the maximum number of addresses that a request may let the cloud choose,
// and that a creation may name.
const maxCount = 49

func readCreate(q *request, _ *dialect) (enitest.Call, *problem) {
	get := q.form.Get
	call := enitest.Call{Action: enitest.Create, Token: get("ClientToken"), Interface: eni.Interface{
		Name: get("NetworkInterfaceName"), Description: get("Description"), SubnetID: get("VSwitchId"),
		SecurityGroupIDs: q.list("SecurityGroupIds"),
	}}
	i := &call.Interface
	if p := q.need("VSwitchId"); p != nil {
		return call, p
	}
	switch group := get("SecurityGroupId"); {
	case group != "" && len(i.SecurityGroupIDs) > 0:
		return call, conflicting("SecurityGroupId", "SecurityGroupIds")
	case group != "":
		i.SecurityGroupIDs = []string{group}
	case len(i.SecurityGroupIDs) == 0:
		return call, missing("SecurityGroupId")
	}
	switch kind := get("InstanceType"); strings.ToLower(kind) {
	case "", "secondary":
		i.Type = eni.TypeSecondary
	case "trunk":
		i.Type = eni.TypeTrunk
	default:
		return call, invalid("InstanceType")
	}
	var p *problem
	if i.Tags, p = q.tags(); p != nil {
		return call, p
	}
	if group := get("ResourceGroupId"); group != "" {
		if i.Tags == nil {
			i.Tags = make(map[string]string)
		}
		i.Tags[ResourceGroupTag] = group
	}
	return call, q.createdWith(&call)
}

// createdWith reads the addresses of an interface to create.
func (q *request) createdWith(call *enitest.Call) *problem {
	i := &call.Interface
	if text := q.form.Get("PrimaryIpAddress"); text != "" {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return invalid("PrimaryIpAddress")
		}
		i.Addresses = append(i.Addresses, eni.Address{Addr: a, Primary: true})
	}
	wanted := enitest.Call{}
	for _, w := range []want{secondary, sixes, prefixes4, prefixes6} {
		if _, p := q.wants(w, &wanted, maxCount); p != nil {
			return p
		}
	}
	for _, a := range wanted.Addresses {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a})
	}
	i.Prefixes, call.Choose = wanted.Prefixes, wanted.Choose
	return nil
}

func readAttach(q *request, _ *dialect) (enitest.Call, *problem) {
	return enitest.Call{
		Action:           enitest.Attach,
		InterfaceID:      q.form.Get("NetworkInterfaceId"),
		InstanceID:       q.form.Get("InstanceId"),
		TrunkInterfaceID: q.form.Get("TrunkNetworkInstanceId"),
	}, q.need("NetworkInterfaceId", "InstanceId")
}

func readAssignPrivateIPs(q *request, d *dialect) (enitest.Call, *problem) {
	return q.assign(d.server.maxAddresses(), secondary, prefixes4)
}

func readAssignIPv6(q *request, _ *dialect) (enitest.Call, *problem) {
	return q.assign(maxItems, sixes, prefixes6)
}

// assign reads an assignment of either addresses or prefixes, which are named or
// counted.
func (q *request) assign(most int, wants ...want) (enitest.Call, *problem) {
	call := enitest.Call{Action: enitest.Assign, InterfaceID: q.form.Get("NetworkInterfaceId"), Token: q.form.Get("ClientToken")}
	if call.InterfaceID == "" {
		return call, missing("NetworkInterfaceId")
	}
	var names []string
	wanted := ""
	for _, w := range wants {
		names = append(names, w.key, w.count)
		name, p := q.wants(w, &call, most)
		switch {
		case p != nil:
			return call, p
		case name != "" && wanted != "":
			return call, conflicting(wanted, name)
		case name != "":
			wanted = name
		}
	}
	if wanted == "" {
		return call, bothEmpty(names...)
	}
	return call, nil
}

// want is something that a request names in a list or counts.
type want struct {
	key, count string
	of         family
	prefixes   bool
	chosen     func(*enitest.Counts) *int
}

var (
	secondary = want{"PrivateIpAddress", "SecondaryPrivateIpAddressCount", ipv4, false, func(c *enitest.Counts) *int { return &c.IPv4 }}
	sixes     = want{"Ipv6Address", "Ipv6AddressCount", ipv6, false, func(c *enitest.Counts) *int { return &c.IPv6 }}
	prefixes4 = want{"Ipv4Prefix", "Ipv4PrefixCount", ipv4, true, func(c *enitest.Counts) *int { return &c.IPv4Prefixes }}
	prefixes6 = want{"Ipv6Prefix", "Ipv6PrefixCount", ipv6, true, func(c *enitest.Counts) *int { return &c.IPv6Prefixes }}
)

// wants adds what the request names or counts to a call, and returns the name of the
// parameter, if there is one.
func (q *request) wants(w want, call *enitest.Call, most int) (string, *problem) {
	n, p := q.number(w.count, 0)
	if p != nil {
		return "", p
	}
	counted := q.form.Get(w.count) != ""
	named := len(q.list(w.key)) > 0
	switch {
	case counted && (n < 1 || n > maxCount):
		return "", invalid(w.count)
	case counted && named:
		return "", conflicting(w.key, w.count)
	case counted:
		*w.chosen(&call.Choose) = n
		return w.count, nil
	case !named:
		return "", nil
	}
	if w.prefixes {
		prefixes, p := q.prefixes(w.key, w.of)
		call.Prefixes = append(call.Prefixes, prefixes...)
		return w.key, p
	}
	addresses, p := q.addresses(w.key, w.of, most)
	call.Addresses = append(call.Addresses, addresses...)
	return w.key, p
}

func (d *dialect) Created(i eni.Interface) enitest.Reply {
	return d.success(models[createInterface].only(d.describe(&i)))
}

func (d *dialect) Assigned(interfaceID string, assigned []netip.Prefix) enitest.Reply {
	addresses, prefixes := []any{}, []any{}
	for _, p := range assigned {
		if p.IsSingleIP() {
			addresses = append(addresses, p.Addr().String())
		} else {
			prefixes = append(prefixes, p.String())
		}
	}
	if d.action == "AssignIpv6Addresses" {
		return d.success(map[string]any{
			"NetworkInterfaceId": interfaceID,
			"Ipv6Sets":           map[string]any{"Ipv6Address": addresses},
			"Ipv6PrefixSets":     map[string]any{"Ipv6Prefix": prefixes},
		})
	}
	return d.success(map[string]any{"AssignedPrivateIpAddressesSet": map[string]any{
		"NetworkInterfaceId": interfaceID,
		"PrivateIpSet":       map[string]any{"PrivateIpAddress": addresses},
		"Ipv4PrefixSet":      map[string]any{"Ipv4Prefixes": prefixes},
	}})
}

// answerTagResources adds tags to interfaces, the only supported resources.
func answerTagResources(q *request, d *dialect) enitest.Reply {
	tags, p := q.tags()
	ids := q.list("ResourceId")
	switch {
	case p != nil:
		return d.problem(p)
	case q.form.Get("ResourceType") == "":
		return d.problem(missing("ResourceType"))
	case q.form.Get("ResourceType") != "eni":
		p := invalid("ResourceType")
		p.message += " This server tags resources of the type eni."
		return d.problem(p)
	case len(ids) == 0:
		return d.problem(missing("ResourceId"))
	case len(tags) == 0:
		return d.problem(missing("Tag"))
	}
	for _, id := range ids {
		if _, ok := d.cloud.Get(id); !ok {
			return d.Failed(http.StatusNotFound, "InvalidResourceId.NotFound", "The specified ResourceId is not found: "+id+".")
		}
	}
	for _, id := range ids {
		d.cloud.Update(id, func(i *eni.Interface) {
			if i.Tags == nil {
				i.Tags = make(map[string]string)
			}
			maps.Copy(i.Tags, tags)
		})
	}
	return d.Accepted()
}
