// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// need returns an error if one of the parameters is missing.
func (q *request) need(names ...string) *problem {
	for _, name := range names {
		if q.form.Get(name) == "" {
			return missing(name)
		}
	}
	return nil
}

// list reads key.1, key.2 and so on, up to the first missing one.
func (q *request) list(key string) []string {
	var items []string
	for n := 1; ; n++ {
		name := key + "." + strconv.Itoa(n)
		if !q.form.Has(name) {
			return items
		}
		items = append(items, q.form.Get(name))
	}
}

// number reads an integer; if the parameter is missing, it returns otherwise.
func (q *request) number(name string, otherwise int) (int, *problem) {
	text := q.form.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, invalid(name)
	}
	return n, nil
}

// truth reads true or false; it returns nil if the parameter is missing.
func (q *request) truth(name string) (*bool, *problem) {
	switch text := q.form.Get(name); {
	case text == "":
		return nil, nil
	case strings.EqualFold(text, "true"), strings.EqualFold(text, "false"):
		is := strings.EqualFold(text, "true")
		return &is, nil
	default:
		return nil, invalid(name)
	}
}

// addresses reads a list of addresses of a family.
func (q *request) addresses(key string, of family, most int) ([]netip.Addr, *problem) {
	written := q.list(key)
	if len(written) > most {
		return nil, invalid(key)
	}
	var addresses []netip.Addr
	for _, text := range written {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil || !of.has(a):
			return nil, invalid(key)
		case slices.Contains(addresses, a):
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpRepeated", fmt.Sprintf("The specified IP %q is repeated.", text)}
		}
		addresses = append(addresses, a)
	}
	return addresses, nil
}

// prefixes reads a list of prefixes of a family.
func (q *request) prefixes(key string, of family) ([]netip.Prefix, *problem) {
	written := q.list(key)
	if len(written) > maxItems {
		return nil, invalid(key)
	}
	var prefixes []netip.Prefix
	for _, text := range written {
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil || !of.has(p.Addr()):
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixIllegal", fmt.Sprintf("The ip prefixes %s is/are illegal.", text)}
		case p != p.Masked():
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixNotStrict", "The ip prefix must be strict cidr format."}
		case len(prefixes) > 0 && prefixes[0].Bits() != p.Bits():
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixMaskNotSame",
				fmt.Sprintf("The ip prefixes %s are illegal which mask must be same.", text)}
		case slices.Contains(prefixes, p):
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpRepeated", fmt.Sprintf("The specified IP %q is repeated.", text)}
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}
