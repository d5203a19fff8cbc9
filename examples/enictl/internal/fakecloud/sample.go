// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// Sample is the size of the default scene.
type Sample struct {
	Interfaces  uint16 // eni-1 and so on
	PerInstance uint16 // interfaces of each instance
	Leaked      uint16 // free interfaces, after the others
	Addresses   uint8  // to release, on each interface
}

// DefaultSeed is the default seed of the faults.
const DefaultSeed = 1

// NewScene returns the default scene with the clouds of these providers.
func NewScene(size Sample, providers ...string) *Scene {
	s := &Scene{Seed: DefaultSeed}
	for _, provider := range providers {
		a := defaultAccount(provider)
		for n := uint16(1); n <= size.Interfaces; n++ {
			a.Interfaces = append(a.Interfaces, size.attached(n, provider))
		}
		for n := size.Interfaces + 1; n <= size.Interfaces+size.Leaked; n++ {
			a.Interfaces = append(a.Interfaces, leaked(n))
		}
		s.Clouds = append(s.Clouds, a)
	}
	return s
}

// defaultAccount has the region and the keys of the wire servers, and no interfaces.
func defaultAccount(provider string) Account {
	if provider == aliyun.Provider {
		s := aliyuntest.NewServer(nil)
		return Account{Provider: provider, Region: s.Region, Credentials: Credentials{ID: s.AccessKeyID, Secret: s.AccessKeySecret}}
	}
	s := tencenttest.NewServer(nil)
	return Account{Provider: provider, Region: s.Region, Credentials: Credentials{ID: s.SecretID, Secret: s.SecretKey}}
}

// SampleAddress is one of the addresses of eni-n. The first is the primary one.
func SampleAddress(n uint16, k uint8) netip.Addr {
	a := [4]byte{10, 0, 0, k}
	binary.BigEndian.PutUint16(a[1:], n)
	return netip.AddrFrom4(a)
}

// attached returns eni-n on its instance.
func (s Sample) attached(n uint16, provider string) eni.Interface {
	i := eni.Interface{
		ID: fmt.Sprintf("eni-%d", n), Type: eni.TypeSecondary, State: eni.StateInUse,
		InstanceID: fmt.Sprintf("i-%d", (n-1)/s.PerInstance+1), VPCID: "vpc-1", Tags: sampleTags(n),
	}
	for k := uint8(1); k <= s.Addresses+1; k++ {
		i.Addresses = append(i.Addresses, eni.Address{Addr: SampleAddress(n, k), Primary: k == 1})
	}
	v6 := netip.MustParseAddr("2001:db8::").As16()
	binary.BigEndian.PutUint32(v6[12:], uint32(n))
	i.Addresses = append(i.Addresses, eni.Address{Addr: netip.AddrFrom16(v6)})
	if provider == aliyun.Provider {
		v4 := netip.MustParseAddr("172.16.0.0").As4()
		binary.BigEndian.PutUint32(v4[:], binary.BigEndian.Uint32(v4[:])+16*uint32(n))
		i.Prefixes = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4(v4), 28)}
	}
	return i
}

// leaked returns eni-n as an unused interface, which was detached and not deleted.
func leaked(n uint16) eni.Interface {
	return eni.Interface{
		ID: fmt.Sprintf("eni-%d", n), Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", Tags: sampleTags(n),
		Addresses: []eni.Address{{Addr: SampleAddress(n, 1), Primary: true}},
	}
}

// sampleTags are those of eni-n.
func sampleTags(n uint16) map[string]string {
	return map[string]string{"created-by": "demo", "pod": fmt.Sprintf("web-%d", n)}
}
