// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// flags returns a command line with the common flags.
func (s *site) flags(command string, rest ...string) []string {
	return append([]string{command, "--provider", s.provider, "--region", s.region, "--endpoint", s.url}, rest...)
}

func TestShow(t *testing.T) {
	onBoth(t, func(s *site) {
		free := eni.Interface{
			ID: "eni-2", Type: eni.TypeSecondary, State: eni.StateAvailable,
			Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.9.1"), Primary: true}},
		}
		s.cloud.Put(free)
		s.cloud.Update("eni-1", func(i *eni.Interface) { i.Addresses = i.Addresses[:3] })
		runWith(s.Context(), s.flags("show", "eni-2", "eni-1", "eni-2")).check(s.T, exitDone, ""+
			"ENI     TYPE        STATE       ATTACHED TO   ADDRESSES\n"+
			"eni-2   secondary   available   -             10.0.9.1 (primary)\n"+
			"eni-1   secondary   in_use      i-1           "+addressesOfEni1[s.provider], "")
		if len(s.cloud.Calls()) != len(s.cloud.Calls(enitest.Describe)) {
			s.Errorf("more than describes were sent")
		}
	})
}

// addressesOfEni1 are in the clouds' order: IPv4 before IPv6, and Tencent Cloud
// has no delegated prefixes.
var addressesOfEni1 = map[string]string{
	"aliyun":  "10.0.0.1 (primary)\n" + indented("10.0.0.2") + indented("2001:db8::5") + indented("10.1.0.0/28"),
	"tencent": "10.0.0.1 (primary)\n" + indented("10.0.0.2") + indented("2001:db8::5"),
}

func indented(word string) string { return strings.Repeat(" ", 46) + word + "\n" }

func TestShowAsJSON(t *testing.T) {
	s := newSite(t, "aliyun")
	s.cloud.Update("eni-1", func(i *eni.Interface) {
		i.Addresses = i.Addresses[1:3]
		i.Type, i.TrunkInterfaceID = eni.TypeMember, "eni-9"
	})
	runWith(t.Context(), s.flags("show", "-o", "json", "eni-1")).check(t, exitDone,
		`{"ok":true,"provider":"aliyun","interfaces":[{"id":"eni-1","type":"member","state":"in_use",`+
			`"instance_id":"i-1","trunk_interface_id":"eni-9",`+
			`"addresses":[{"address":"10.0.0.1","primary":true},{"address":"10.0.0.2","primary":false}],`+
			`"prefixes":["10.1.0.0/28"]}],"missing":[]}`+"\n", "")
}

func TestShowMissing(t *testing.T) {
	onBoth(t, func(s *site) {
		p := runWith(s.Context(), s.flags("show", "eni-8", "eni-1", "-o", "json", "eni-9"))
		if p.status != exitFailed || !strings.Contains(p.stdout, `"ok":false`) || !strings.Contains(p.stdout, `"missing":["eni-8","eni-9"]`) ||
			p.stderr != ""+
				"enictl: eni-8: no such interface\nenictl: eni-9: no such interface\n"+
				"enictl: check the interface's id, --region and the account: a wrong region or account looks the same\n" {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
	})
}

func TestShowFails(t *testing.T) {
	onBoth(t, func(s *site) {
		s.setSecret("another secret")
		for _, form := range []string{textOutput, jsonOutput} {
			p := runWith(s.Context(), s.flags("show", "-o", form, "eni-1"))
			if p.status != exitFailed || !strings.HasSuffix(p.stderr, fmt.Sprintf("enictl: check the credentials: %s\n", providers[s.provider].keys)) {
				s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
			}
			if asked := form == jsonOutput; asked != strings.Contains(p.stdout, `"kind":"unauthenticated"`) {
				s.Errorf("-o %s:\n%s", form, p.stdout)
			}
		}
	})
}

func TestShowMisuse(t *testing.T) {
	s := newSite(t, "aliyun")
	for want, args := range map[string][]string{
		"no interface: want the ids of interfaces":                                        {},
		`interface "eni 1" has an invalid character: want printable ASCII without spaces`: {"eni 1"},
		"unknown flag: --eni":                                       {"--eni", "eni-1"},
		`--output "yaml" is unknown: want text or json`:             {"-o", "yaml", "eni-1"},
		"--api-version is only for tencent: aliyun has one version": {"--api-version", "3.0", "eni-1"},
	} {
		p := runWith(t.Context(), s.flags("show", args...))
		p.check(t, exitMisuse, "", "enictl: "+want+"\nenictl: see enictl show -h\n")
	}
}
