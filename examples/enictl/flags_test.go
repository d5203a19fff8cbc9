package main

import (
	"flag"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestFlagsAndAddressesInAnyOrder(t *testing.T) {
	want := []string{"-provider", "aliyun", "-region=r-1", "-no-wait", "-eni", "eni-1"}
	for _, args := range [][]string{
		slices.Concat([]string{"unassign-ips"}, want, []string{"10.0.0.5", "10.0.0.6"}),
		slices.Concat(want, []string{"unassign-ips", "10.0.0.5", "10.0.0.6"}),
		slices.Concat([]string{"unassign-ips", "10.0.0.5"}, want, []string{"10.0.0.6"}),
		slices.Concat([]string{"unassign-ips", "10.0.0.5", "10.0.0.6"}, want),
	} {
		j, err := parse(args)
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		if got := len(j.addresses); got != 2 || j.interfaceID != "eni-1" || !j.noWait {
			t.Errorf("%q: %d addresses, interface %q, no-wait %t", args, got, j.interfaceID, j.noWait)
		}
	}
}

func TestAddressesAndPrefixes(t *testing.T) {
	for _, test := range []struct {
		command, word string
		address       string
		prefix        string
	}{
		{unassignIPs, "10.0.0.5", "10.0.0.5", ""},
		{unassignIPs, "10.0.0.5/32", "10.0.0.5", ""},
		{unassignIPs, "10.1.0.0/28", "", "10.1.0.0/28"},
		{unassignIPs, "::ffff:10.0.0.5", "10.0.0.5", ""},
		{unassignIPv6, "2001:DB8:0::5", "2001:db8::5", ""},
		{unassignIPv6, "2001:db8::5/128", "2001:db8::5", ""},
		{unassignIPv6, "2001:db8:1::/80", "", "2001:db8:1::/80"},
	} {
		j, err := parse([]string{test.command, "-provider", "aliyun", "-region", "r-1", "-eni", "eni-1", test.word})
		if err != nil {
			t.Errorf("%s: %v", test.word, err)
			continue
		}
		var addresses []netip.Addr
		var prefixes []netip.Prefix
		if test.address != "" {
			addresses = append(addresses, netip.MustParseAddr(test.address))
		}
		if test.prefix != "" {
			prefixes = append(prefixes, netip.MustParsePrefix(test.prefix))
		}
		if !slices.Equal(j.addresses, addresses) || !slices.Equal(j.prefixes, prefixes) {
			t.Errorf("%s: addresses %v, prefixes %v", test.word, j.addresses, j.prefixes)
		}
	}
}

// misuses are command lines that are wrong, each with what is said of it. All but
// those that are about the common flags are for eni-1 on a cloud that is there.
var misuses = []struct {
	name string
	args []string // after the common ones
	want string
}{
	{"no address", []string{"unassign-ips"}, "no address: want the addresses and prefixes to release"},
	{"bad address", []string{"unassign-ips", "10.0.0.300"}, `"10.0.0.300" is not an address`},
	{"bad address after a good one", []string{"unassign-ips", "10.0.0.5", "ten"}, `"ten" is not an address`},
	{"empty address", []string{"unassign-ips", ""}, `"" is not an address`},
	{"bad prefix", []string{"unassign-ips", "10.0.0.0/33"}, `"10.0.0.0/33" is not a prefix`},
	{"host bits", []string{"unassign-ips", "10.1.0.5/28"}, `"10.1.0.5/28" has host bits set: want 10.1.0.0/28, or the address without a length`},
	{"zone", []string{"unassign-ipv6", "fe80::1%eth0"}, `"fe80::1%eth0" has a zone: want the address alone`},
	{"IPv4 prefix in IPv6 form", []string{"unassign-ips", "::ffff:10.1.0.0/124"}, `"::ffff:10.1.0.0/124" is an IPv4 prefix in IPv6 form: want it as IPv4`},
	{"IPv6 for unassign-ips", []string{"unassign-ips", "2001:db8::5"}, `"2001:db8::5" is IPv6: want unassign-ipv6`},
	{"IPv4 for unassign-ipv6", []string{"unassign-ipv6", "10.0.0.5"}, `"10.0.0.5" is IPv4: want unassign-ips`},
	{"IPv6 prefix for unassign-ips", []string{"unassign-ips", "2001:db8::/80"}, `"2001:db8::/80" is IPv6: want unassign-ipv6`},
	{"instance for unassign-ips", []string{"unassign-ips", "-instance", "i-1", "10.0.0.5"}, "-instance is for detach only"},
	{"trunk for unassign-ips", []string{"unassign-ips", "-trunk", "eni-2", "10.0.0.5"}, "-trunk is for detach only"},
	{"no instance", []string{"detach"}, "no -instance: detach names the instance, so that an interface which has moved on stays there"},
	{"bad instance", []string{"detach", "-instance", "i 1"}, `-instance "i 1" has a character that is in no id`},
	{"bad trunk", []string{"detach", "-instance", "i-1", "-trunk", "eni\n2"}, `-trunk "eni\n2" has a character that is in no id`},
	{"its own trunk", []string{"detach", "-instance", "i-1", "-trunk", "eni-1"}, "-trunk eni-1 is the interface itself: want the trunk that it hangs on"},
	{"address for detach", []string{"detach", "-instance", "i-1", "10.0.0.5"}, `detach takes no addresses, got "10.0.0.5"`},
	{"no command", nil, "no command: want unassign-ips, unassign-ipv6 or detach"},
	{"unknown command", []string{"release"}, `unknown command "release": want unassign-ips, unassign-ipv6 or detach`},
	{"no interface", []string{"unassign-ips", "-eni", "", "10.0.0.5"}, "no -eni: want an id"},
	{"bad interface", []string{"unassign-ips", "-eni", "eni 1", "10.0.0.5"}, `-eni "eni 1" has a character that is in no id`},
	{"no provider", []string{"unassign-ips", "-provider", "", "10.0.0.5"}, "no -provider: want aliyun or tencent"},
	{"unknown provider", []string{"unassign-ips", "-provider", "qcloud", "10.0.0.5"}, `unknown -provider "qcloud": want aliyun or tencent`},
	{"unknown version", []string{"unassign-ips", "-provider", "tencent", "-api-version", "1.0", "10.0.0.5"}, `unknown -api-version "1.0": want 3.0 or 2.0`},
	{"version where there is one", []string{"unassign-ips", "-provider", "aliyun", "-api-version", "3.0", "10.0.0.5"}, "-api-version is not for aliyun, which has one version"},
	{"no time", []string{"unassign-ips", "-timeout", "0s", "10.0.0.5"}, "-timeout 0s leaves no time: want a duration such as 30s"},
	{"bad timeout", []string{"unassign-ips", "-timeout", "2", "10.0.0.5"}, `invalid value "2" for flag -timeout: parse error`},
	{"unknown flag", []string{"unassign-ips", "-force", "10.0.0.5"}, "flag provided but not defined: -force"},
}

// TestMisuse sees nothing sent, and a pointer to where it is explained.
func TestMisuse(t *testing.T) {
	onBoth(t, func(s *site) {
		for _, test := range misuses {
			s.Run(test.name, func(t *testing.T) {
				common := s.args("")[1:]
				text := runWith(t.Context(), slices.Concat(common, test.args))
				stderr := "enictl: " + test.want + "\nenictl: see enictl -h\n"
				text.check(t, exitMisuse, "", stderr)

				asJSON := runWith(t.Context(), slices.Concat(common, []string{"-output", "json"}, test.args))
				asJSON.check(t, exitMisuse, asJSON.stdout, stderr)
				got := decode(t, asJSON.stdout)
				if got.OK || got.Error == nil || got.Error.Kind != "invalid_argument" || got.Error.Message != test.want {
					t.Errorf("object: %s", asJSON.stdout)
				}
			})
		}
		for _, rest := range [][]string{
			{"-region", "", "10.0.0.5"},
			{"-region", "no region", "10.0.0.5"},
			{"-endpoint", "ftp://example.com", "10.0.0.5"},
			{"-output", "yaml", "10.0.0.5"},
		} {
			if p := s.run(s.Context(), unassignIPs, rest...); p.status != exitMisuse || p.stdout != "" {
				s.Errorf("%q: exit status %d, stdout %q", rest, p.status, p.stdout)
			}
		}
		if n := s.requests.Load(); n != 0 {
			s.Errorf("%d requests were sent", n)
		}
	})
}

func TestMisuseAsJSON(t *testing.T) {
	runWith(t.Context(), []string{"detach", "-output", "json", "-provider", "aliyun", "-region", "r-1", "-eni", "eni-1", "10.0.0.5"}).check(t, exitMisuse,
		`{"ok":false,"provider":"aliyun","operation":"detach","interface_id":"eni-1","released":[],"already_gone":[],"results":[],"request_ids":[],"attempts":0,`+
			`"error":{"kind":"invalid_argument","code":"","message":"detach takes no addresses, got \"10.0.0.5\"","request_id":"","http_status":0,"retryable":false}}`+"\n",
		"enictl: detach takes no addresses, got \"10.0.0.5\"\nenictl: see enictl -h\n")
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"--help"}, {"help"}, {"detach", "-h"}, {"unassign-ips", "10.0.0.5", "-help"}} {
		runWith(t.Context(), args).check(t, exitDone, usage, "")
	}
}

// TestUsage sees to it that the text tells of everything that there is.
func TestUsage(t *testing.T) {
	new(job).flags().VisitAll(func(f *flag.Flag) {
		if !strings.Contains(usage, "\n  -"+f.Name+" ") {
			t.Errorf("the flag -%s is missing", f.Name)
		}
	})
	for name, p := range providers {
		for _, word := range append(strings.FieldsFunc(p.keys, isSeparator), name) {
			if word != "and" && !strings.Contains(usage, word) {
				t.Errorf("%s: %s is missing", name, word)
			}
		}
	}
	for line := range strings.Lines(usage) {
		example, ok := strings.CutPrefix(line, "  enictl ")
		if !ok {
			continue
		}
		command, _, _ := strings.Cut(example, ">")
		if _, err := parse(strings.Fields(command)); err != nil {
			t.Errorf("the example %q: %v", example, err)
		}
	}
}

func isSeparator(r rune) bool { return r == ' ' || r == ',' }
