// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"fmt"
	"net/netip"
	"strings"
)

// ParseAddrs parses addresses and delegated prefixes, of either family and in any
// order, such as "10.0.0.7", "2001:db8::7" and "10.1.0.0/28". A prefix of full
// length becomes an address, and an IPv4 address in IPv6 form becomes IPv4.
// ParseAddrs also parses what [Result.String] returns. Order and duplicates are kept.
//
// The error lists every invalid text as an [*Error] of the kind [ErrInvalid]. With
// an error both slices are nil.
func ParseAddrs(texts ...string) ([]netip.Addr, []netip.Prefix, error) {
	var (
		addresses []netip.Addr
		prefixes  []netip.Prefix
		wrong     []error
	)
	for _, text := range texts {
		p, err := parseAddr(text)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case p.IsSingleIP():
			addresses = append(addresses, p.Addr())
		default:
			prefixes = append(prefixes, p)
		}
	}
	if wrong != nil {
		return nil, nil, Join(wrong...)
	}
	return addresses, prefixes, nil
}

// parseAddr parses a prefix, or an address as a prefix of full length.
func parseAddr(text string) (netip.Prefix, error) {
	invalid := func(format string, args ...any) (netip.Prefix, error) {
		return netip.Prefix{}, &Error{Kind: ErrInvalid, Message: fmt.Sprintf("%q ", text) + fmt.Sprintf(format, args...)}
	}
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil:
			return invalid("is not an address: want one such as 10.0.0.7 or 2001:db8::7")
		case a.Zone() != "":
			return invalid("has a zone: want %s", a.WithZone(""))
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return invalid("is not a prefix: want one such as 10.1.0.0/28")
	case p.Addr().Is4In6():
		return invalid("is an IPv4 prefix in IPv6 form: want the IPv4 form")
	case p != p.Masked():
		return invalid("has host bits set: want %s, or the address without a length", p.Masked())
	}
	return p, nil
}
