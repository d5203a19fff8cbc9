// SPDX-License-Identifier: Apache-2.0

package reply

import "net/netip"

// Addr4 returns a required IPv4 address.
func (f Fields) Addr4(name string) netip.Addr {
	a, _ := netip.ParseAddr(f.Text(name)) //nolint:errcheck // that of an error is of no family
	if !a.Is4() {
		f.Fail("%s is not an IPv4 address", name)
	}
	return a
}

// Addr6 returns a required IPv6 address, which may have the length /128.
func (f Fields) Addr6(name string) netip.Addr {
	written := f.Text(name)
	a, _ := netip.ParseAddr(written)                        //nolint:errcheck // that of an error is of no family
	if p, _ := netip.ParsePrefix(written); p.IsSingleIP() { //nolint:errcheck // that of an error is not single
		a = p.Addr()
	}
	if !a.Is6() || a.Is4In6() || a.Zone() != "" {
		f.Fail("%s is not an IPv6 address", name)
	}
	return a
}

// Prefix returns a required prefix, with its host bits cleared.
func (f Fields) Prefix(name string) netip.Prefix {
	p, err := netip.ParsePrefix(f.Text(name))
	if err != nil || p.Addr().Is4In6() {
		f.Fail("%s is not a prefix", name)
		return netip.Prefix{}
	}
	return p.Masked()
}
