// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// filter selects interfaces for a description. An interface must match every field that
// is not empty, and one item of each list.
type filter struct {
	eni.Filter

	securityGroup string
	resourceGroup string
	name          string
	managed       *bool
	primary       netip.Addr
	private       []netip.Addr
	ipv6          []netip.Addr

	capped bool // to maxTagged interfaces, on all pages together
}

// maxTagged is the maximum number of interfaces that a query by tag or by resource group
// returns, on all pages together.
const maxTagged = 1000

// maxTags is the maximum number of tags in a request.
const maxTags = 20

// readFilter reads the filter of a description.
func (q *request) readFilter() (filter, *problem) {
	get := q.form.Get
	f := filter{
		Filter: eni.Filter{
			VPCID: get("VpcId"), SubnetID: get("VSwitchId"), InstanceID: get("InstanceId"),
			Type:  eni.InterfaceType(strings.ToLower(get("Type"))),
			State: eni.InterfaceState(strings.ToLower(get("Status"))),
		},
		securityGroup: get("SecurityGroupId"), resourceGroup: get("ResourceGroupId"), name: get("NetworkInterfaceName"),
	}
	if f.State == "inuse" {
		f.State = eni.StateInUse
	}
	var p *problem
	if f.managed, p = q.truth("ServiceManaged"); p != nil {
		return f, p
	}
	if text := get("PrimaryIpAddress"); text != "" {
		var err error
		if f.primary, err = netip.ParseAddr(text); err != nil {
			return f, invalid("PrimaryIpAddress")
		}
	}
	if f.private, p = q.addresses("PrivateIpAddress", ipv4, maxInterfaces); p != nil {
		return f, p
	}
	if f.ipv6, p = q.addresses("Ipv6Address", ipv6, maxInterfaces); p != nil {
		return f, p
	}
	f.Tags, p = q.tags()
	f.capped = len(f.Tags) > 0 || f.resourceGroup != ""
	return f, p
}

// matches reports whether the filter selects an interface. A query by any resource group
// also returns the interfaces of the account's default group, as the vendor documents.
func (f *filter) matches(i *eni.Interface) bool {
	has := func(wanted []netip.Addr) bool {
		return len(wanted) == 0 || slices.ContainsFunc(i.Addresses, func(a eni.Address) bool { return slices.Contains(wanted, a.Addr) })
	}
	group := i.Tags[ResourceGroupTag]
	return f.Matches(i) &&
		(f.securityGroup == "" || slices.Contains(i.SecurityGroupIDs, f.securityGroup)) &&
		(f.resourceGroup == "" || group == "" || group == f.resourceGroup) &&
		(f.name == "" || f.name == i.Name) &&
		(f.managed == nil || *f.managed == (i.Manager != "")) &&
		(!f.primary.IsValid() || slices.Contains(i.Addresses, eni.Address{Addr: f.primary, Primary: true})) &&
		has(f.private) && has(f.ipv6)
}

// tags reads Tag.1.Key, Tag.1.Value and so on.
func (q *request) tags() (map[string]string, *problem) {
	var tags map[string]string
	for n := 1; ; n++ {
		name := "Tag." + strconv.Itoa(n)
		if !q.form.Has(name + ".Key") {
			return tags, nil
		}
		key := q.form.Get(name + ".Key")
		_, twice := tags[key]
		switch {
		case key == "":
			return nil, &problem{http.StatusBadRequest, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid."}
		case twice:
			return nil, &problem{http.StatusBadRequest, "Duplicate.TagKey", "The Tag.N.Key contain duplicate key."}
		case n > maxTags:
			return nil, &problem{http.StatusForbidden, "QuotaExceed.Tags", "The maximum number of tags is exceeded."}
		}
		if tags == nil {
			tags = make(map[string]string)
		}
		tags[key] = q.form.Get(name + ".Value")
	}
}
