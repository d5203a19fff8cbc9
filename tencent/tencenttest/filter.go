// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// filter is one of the Filters of a DescribeNetworkInterfaces. An interface must have
// one of its values.
type filter struct {
	Name   string
	Values []string
}

// The vendor's limits.
const (
	maxFilters = 10
	maxValues  = 100 // of a filter
)

// matcher reports whether an interface has one of the values.
type matcher func(i *eni.Interface, values []string) bool

// filters has the vendor's filters by name, except those of tags.
var filters = map[string]matcher{
	"vpc-id":                        byText(func(i *eni.Interface) string { return i.VPCID }),
	"subnet-id":                     byText(func(i *eni.Interface) string { return i.SubnetID }),
	"network-interface-id":          byText(func(i *eni.Interface) string { return i.ID }),
	"network-interface-name":        byText(func(i *eni.Interface) string { return i.Name }),
	"network-interface-description": byText(func(i *eni.Interface) string { return i.Description }),
	"attachment.instance-id":        byText(func(i *eni.Interface) string { return i.InstanceID }),
	"eni-qos":                       byText(func(*eni.Interface) string { return defaultQosLevel }),
	"public-address-ip":             func(*eni.Interface, []string) bool { return false }, // no address of the cloud has one
	"groups.security-group-id": func(i *eni.Interface, values []string) bool {
		return slices.ContainsFunc(i.SecurityGroupIDs, func(id string) bool { return slices.Contains(values, id) })
	},
	"tag-key": func(i *eni.Interface, values []string) bool {
		return slices.ContainsFunc(values, func(key string) bool { _, ok := i.Tags[key]; return ok })
	},
	"is-primary": func(i *eni.Interface, values []string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, "true") == (i.Type == eni.TypePrimary) })
	},
	"eni-type": byText(func(i *eni.Interface) string { return eniTypes[i.Type] }),
	"address-ip": func(i *eni.Interface, values []string) bool {
		if len(values) == 1 {
			return hasAddress(i, netip.Addr.Is4, func(a string) bool { return strings.HasSuffix(a, values[0]) })
		}
		return hasAddress(i, netip.Addr.Is4, func(a string) bool { return slices.Contains(values, a) })
	},
	"address-ipv6": func(i *eni.Interface, values []string) bool {
		return hasAddress(i, netip.Addr.Is6, func(a string) bool { return slices.Contains(values, a) })
	},
}

// exactly is the name of the filter that makes address-ip match a single value exactly.
const exactly = "ip-exact-match"

// eniTypes are the values of the filter eni-type. They are not those of the field
// EniType, which is 0 for all interfaces here.
var eniTypes = map[eni.InterfaceType]string{
	eni.TypeSecondary: "0", eni.TypeMember: "0", eni.TypePrimary: "1", eni.TypeTrunk: "2",
}

// allowed has the values of the filters that do not accept every value.
var allowed = map[string][]string{
	"is-primary": {"true", "false"},
	exactly:      {"true", "false"},
	"eni-type":   {"0", "1", "2"},
	"eni-qos":    {"AG", "AU", "PT", defaultQosLevel},
}

func byText(of func(*eni.Interface) string) matcher {
	return func(i *eni.Interface, values []string) bool { return slices.Contains(values, of(i)) }
}

func hasAddress(i *eni.Interface, family func(netip.Addr) bool, match func(string) bool) bool {
	return slices.ContainsFunc(withPrimary(i.Addresses), func(a eni.Address) bool { return family(a.Addr) && match(a.Addr.String()) })
}

// readFilters reads the filters, or returns an error.
func (d *dialect) readFilters(given []filter) *failure {
	if len(given) > maxFilters {
		return tooMany("Filters", maxFilters)
	}
	exact := slices.ContainsFunc(given, func(f filter) bool {
		return f.Name == exactly && len(f.Values) > 0 && strings.EqualFold(f.Values[0], "true")
	})
	for n, f := range given {
		match, failed := readFilter(f, fmt.Sprintf("Filters.%d", n))
		if failed != nil {
			return failed
		}
		values := f.Values
		if f.Name == "address-ip" && exact {
			values = append(slices.Clone(values), "") // no address is empty, and of two values none is a suffix
		}
		d.passes = append(d.passes, func(i *eni.Interface) bool { return match(i, values) })
		if len(f.Values) == 1 {
			d.noteFilter(f.Name, f.Values[0])
		}
	}
	return nil
}

func readFilter(f filter, path string) (matcher, *failure) {
	key, tagged := strings.CutPrefix(f.Name, "tag:")
	match, known := filters[f.Name]
	switch {
	case f.Name == "":
		return nil, missing(path + ".Name")
	case len(f.Values) == 0:
		return nil, missing(path + ".Values")
	case len(f.Values) > maxValues:
		return nil, tooMany(path+".Values", maxValues)
	}
	for _, value := range f.Values {
		if values := allowed[f.Name]; values != nil && !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, value) }) {
			return nil, malformed(value)
		}
	}
	switch {
	case tagged && key != "":
		return func(i *eni.Interface, values []string) bool {
			value, ok := i.Tags[key]
			return ok && slices.Contains(values, value)
		}, nil
	case f.Name == exactly:
		return func(*eni.Interface, []string) bool { return true }, nil
	case !known:
		return nil, &failure{"InvalidParameter.FilterInvalidKey", fmt.Sprintf("The filter %q is not valid.", f.Name)}
	}
	return match, nil
}

// noteFilter adds the filter to the call, if the call has a field for it.
func (d *dialect) noteFilter(name, value string) {
	to := &d.call.Filter
	key, tagged := strings.CutPrefix(name, "tag:")
	switch {
	case tagged:
		to.Tags = withTag(to.Tags, key, value)
	case name == "tag-key":
		to.Tags = withTag(to.Tags, value, "")
	case name == "vpc-id":
		to.VPCID = value
	case name == "subnet-id":
		to.SubnetID = value
	case name == "attachment.instance-id":
		to.InstanceID = value
	case name == "is-primary" && strings.EqualFold(value, "true"):
		to.Type = eni.TypePrimary
	}
}

func withTag(tags map[string]string, key, value string) map[string]string {
	if tags == nil {
		tags = make(map[string]string)
	}
	tags[key] = value
	return tags
}
