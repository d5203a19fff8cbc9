// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestFlagsAndAddressesInAnyOrder has both styles of long flags, the command and
// the addresses at any place, and the values beside their flags or behind a "=".
func TestFlagsAndAddressesInAnyOrder(t *testing.T) {
	onBoth(t, func(s *site) {
		n := 2
		for _, dashes := range []string{"-", "--"} {
			flags := []string{
				dashes + "provider", s.provider, dashes + "region=" + s.region, dashes + "no-wait",
				dashes + "endpoint", s.url, dashes + "eni", "eni-1",
			}
			for _, args := range [][]string{
				slices.Concat([]string{"unassign-ips"}, flags, []string{"A", "B"}),
				slices.Concat(flags, []string{"unassign-ips", "A", "B"}),
				slices.Concat([]string{"unassign-ips", "A"}, flags, []string{"B"}),
				slices.Concat([]string{"A", "B"}, flags),
				slices.Concat(flags, []string{"unassign-ips", "--", "A", "B"}),
			} {
				a, b := fmt.Sprintf("10.0.0.%d", n), fmt.Sprintf("10.0.0.%d", n+1)
				if args[0] == "A" {
					args = append([]string{"unassign-ips"}, args...)
				}
				args[slices.Index(args, "A")], args[slices.Index(args, "B")] = a, b
				n += 2
				p := runWith(s.Context(), args)
				if p.status != exitDone || !strings.HasSuffix(p.stdout, "eni-1: 2 accepted\n") {
					s.Errorf("%q: exit status %d\n%s%s", args, p.status, p.stdout, p.stderr)
				}
			}
		}
	})
}

// The shorthands that there were, and those that came with pflag.
func TestShorthands(t *testing.T) {
	s := newSite(t, "aliyun")
	for n, flags := range [][]string{{"-o", "json"}, {"-ojson"}, {"-o=json"}, {"--output=json"}, {"-v", "-output", "json"}, {"-v=false", "-no-wait=false", "-output=json"}} {
		p := s.run(t.Context(), unassignIPs, append(flags, fmt.Sprintf("10.0.0.%d", n+2))...)
		if p.status != exitDone || !decode(t, p.stdout).OK {
			t.Errorf("%q: exit status %d\n%s%s", flags, p.status, p.stdout, p.stderr)
		}
		if logged := strings.Contains(p.stderr, "level=DEBUG"); logged != (flags[0] == "-v") {
			t.Errorf("%q: logged:\n%s", flags, p.stderr)
		}
	}
}

// What the environment says counts where the command line says nothing.
func TestEnvironment(t *testing.T) {
	onBoth(t, func(s *site) {
		s.Setenv("ENICTL_PROVIDER", s.provider)
		s.Setenv("ENICTL_REGION", s.region)
		s.Setenv("ENICTL_ENDPOINT", s.url)
		runWith(s.Context(), []string{unassignIPs, "--eni", "eni-1", "10.0.0.5"}).check(s.T, exitDone,
			"10.0.0.5   released\neni-1: 1 released\n", "")
		if p := runWith(s.Context(), []string{unassignIPs, "--region", "elsewhere", "--eni", "eni-1", "10.0.0.6"}); p.status != exitFailed {
			s.Errorf("the command line does not come first: exit status %d\n%s", p.status, p.stdout)
		}
	})
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
		j := job{command: test.command}
		if err := j.checkUnassign([]string{test.word}); err != nil {
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
	{"instance for unassign-ips", []string{"unassign-ips", "-instance", "i-1", "10.0.0.5"}, "unknown flag: --instance"},
	{"trunk for unassign-ips", []string{"unassign-ips", "-trunk", "eni-2", "10.0.0.5"}, "unknown flag: --trunk"},
	{"no instance", []string{"detach"}, "no --instance: detach needs it, so that an interface on another instance is not detached"},
	{"bad instance", []string{"detach", "-instance", "i 1"}, `--instance "i 1" has an invalid character: want printable ASCII without spaces`},
	{"bad trunk", []string{"detach", "-instance", "i-1", "-trunk", "eni\n2"}, `--trunk "eni\n2" has an invalid character: want printable ASCII without spaces`},
	{"its own trunk", []string{"detach", "-instance", "i-1", "-trunk", "eni-1"}, "--trunk eni-1 is the interface itself: want its trunk"},
	{"address for detach", []string{"detach", "-instance", "i-1", "10.0.0.5"}, `detach takes no addresses, got "10.0.0.5"`},
	{"no command", nil, "no command: want delete, detach, fake, list, release, show, sweep, unassign-ips or unassign-ipv6"},
	{"unknown command", []string{"attach-all"}, `unknown command "attach-all": want delete, detach, fake, list, release, show, sweep, unassign-ips or unassign-ipv6`},
	{"a slip of the pen", []string{"deatch"}, `unknown command "deatch": did you mean detach?`},
	{"no interface", []string{"unassign-ips", "-eni", "", "10.0.0.5"}, "no --eni: want an id"},
	{"bad interface", []string{"unassign-ips", "-eni", "eni 1", "10.0.0.5"}, `--eni "eni 1" has an invalid character: want printable ASCII without spaces`},
	{"no provider", []string{"unassign-ips", "-provider", "", "10.0.0.5"}, "no --provider: want aliyun or tencent"},
	{"unknown provider", []string{"unassign-ips", "-provider", "qcloud", "10.0.0.5"}, `unknown --provider "qcloud": want aliyun or tencent`},
	{"unknown version", []string{"unassign-ips", "-provider", "tencent", "-api-version", "1.0", "10.0.0.5"}, `unknown --api-version "1.0": want 3.0 or 2.0`},
	{"version where there is one", []string{"unassign-ips", "-provider", "aliyun", "-api-version", "3.0", "10.0.0.5"}, "--api-version is only for tencent: aliyun has one version"},
	{"no time", []string{"unassign-ips", "-timeout", "0s", "10.0.0.5"}, "--timeout 0s: want a positive duration such as 30s"},
	{"bad timeout", []string{"unassign-ips", "-timeout", "2", "10.0.0.5"}, `invalid argument "2" for "--timeout" flag: time: missing unit in duration "2"`},
	{"unknown flag", []string{"unassign-ips", "-force", "10.0.0.5"}, "unknown flag: --force"},
}

// TestMisuse sees nothing sent, and a pointer to where it is explained.
func TestMisuse(t *testing.T) {
	onBoth(t, func(s *site) {
		for _, test := range misuses {
			s.Run(test.name, func(t *testing.T) {
				common := s.args("")[1:]
				text := runWith(t.Context(), slices.Concat(common, test.args))
				about := "enictl"
				if slices.Contains([]string{unassignIPs, unassignIPv6, detach}, slices.Concat(test.args, []string{""})[0]) {
					about += " " + test.args[0]
				}
				stderr := "enictl: " + test.want + "\nenictl: see " + about + " -h\n"
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
		`{"ok":false,"provider":"aliyun","operation":"detach","interface_id":"eni-1","outcome":"not_tried","released":[],"accepted":[],"absent":[],"results":[],"request_ids":[],"attempts":0,`+
			`"error":{"kind":"invalid_argument","code":"","message":"detach takes no addresses, got \"10.0.0.5\"","request_id":"","http_status":0,"retryable":false}}`+"\n",
		"enictl: detach takes no addresses, got \"10.0.0.5\"\nenictl: see enictl detach -h\n")
}

func TestHelp(t *testing.T) {
	for _, test := range []struct {
		want string
		args [][]string
	}{
		{"enictl COMMAND [flags]\n", [][]string{{"-h"}, {"--help"}, {"-help"}, {"help"}}},
		{"enictl detach --eni ID --instance ID [flags]\n", [][]string{{"detach", "-h"}, {"help", "detach"}, {"-provider", "aliyun", "detach", "-help"}}},
		{"enictl unassign-ips --eni ID ADDRESS… [flags]\n", [][]string{{"unassign-ips", "10.0.0.5", "-help"}}},
	} {
		for _, args := range test.args {
			p := runWith(t.Context(), args)
			p.check(t, exitDone, p.stdout, "")
			if !strings.Contains(p.stdout, "\nUsage:\n  "+test.want) {
				t.Errorf("%q: got\n%s", args, p.stdout)
			}
		}
	}
}

// commandsWithoutEffect returns the command line with commands that check what
// they are given and do nothing.
func commandsWithoutEffect() *cobra.Command {
	p := &program{stdout: &output{w: io.Discard}, person: &console{w: io.Discard}, jobs: make(map[*cobra.Command]*job)}
	root := p.root()
	for _, cmd := range root.Commands() {
		cmd.RunE = func(*cobra.Command, []string) error { return nil }
	}
	return root
}

// TestExamples sees to it that every command teaches by examples, and that they
// are right.
func TestExamples(t *testing.T) {
	examples := []string{rootHelp}
	for _, cmd := range commandsWithoutEffect().Commands() {
		if !strings.Contains(cmd.Example, "enictl "+cmd.Name()+" ") {
			t.Errorf("%s has no example", cmd.Name())
		}
		examples = append(examples, cmd.Example)
	}
	for line := range strings.Lines(strings.Join(examples, "\n")) {
		example, ok := strings.CutPrefix(line, "  enictl ")
		if !ok {
			continue
		}
		command, _, _ := strings.Cut(example, ">")
		root := commandsWithoutEffect()
		root.SetArgs(modern(root, strings.Fields(command)))
		if err := root.Execute(); err != nil {
			t.Errorf("%q: %v", example, err)
		}
	}
}

// TestHelpIsComplete sees to it that each flag is described, and all that the
// credentials come from.
func TestHelpIsComplete(t *testing.T) {
	for name, flag := range flagsOf(commandsWithoutEffect()) {
		if flag.Usage == "" {
			t.Errorf("--%s is not described", name)
		}
	}
	for name, p := range providers {
		for _, word := range append(strings.FieldsFunc(p.keys, isSeparator), name) {
			if word != "and" && !strings.Contains(rootHelp, word) {
				t.Errorf("%s: %s is missing", name, word)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string // among the suggestions
	}{
		{[]string{"unassign"}, "unassign-ipv6\t"},
		{[]string{"detach", "--ins"}, "--instance\t"},
		{[]string{"detach", "--provider", ""}, "tencent\n"},
		{[]string{"show", "-o", "js"}, "json\n"},
		{[]string{"completion", "z"}, "zsh\t"},
		{[]string{"swe"}, "sweep\t"},
		{[]string{"list", "--type", "t"}, "trunk\n"},
		{[]string{"list", "--state", "det"}, "detaching\n"},
		{[]string{"sweep", "--type", "s"}, "secondary\n"},
		{[]string{"delete", "--keep"}, "--keep-tag\t"},
		{[]string{"sweep", "--ma"}, "--max\t"},
	} {
		p := runWith(t.Context(), append([]string{"__complete"}, test.args...))
		if p.status != exitDone || !strings.Contains(p.stdout, test.want) {
			t.Errorf("%q: exit status %d\n%s%s", test.args, p.status, p.stdout, p.stderr)
		}
	}
	for want, args := range map[string][]string{
		"no shell: want bash, fish, powershell or zsh":             {"completion"},
		`unknown shell "tcsh": want bash, fish, powershell or zsh`: {"completion", "tcsh"},
		`unknown shell "-": want bash, fish, powershell or zsh`:    {"completion", "-"},
		`unexpected argument "zsh": want only flags`:               {"completion", "bash", "zsh"},
	} {
		p := runWith(t.Context(), args)
		if p.status != exitMisuse || p.stdout != "" || !strings.HasPrefix(p.stderr, "enictl: "+want+"\nenictl: see enictl completion") {
			t.Errorf("%q: exit status %d\n%s%s", args, p.status, p.stdout, p.stderr)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		p := runWith(t.Context(), []string{"completion", shell})
		if p.status != exitDone || !strings.Contains(p.stdout, "__complete") {
			t.Errorf("%s: exit status %d\n%.200s%s", shell, p.status, p.stdout, p.stderr)
		}
	}
}

// Regions are those of the provider that the command line or the environment names,
// and of both where neither does.
func TestCompletionOfRegions(t *testing.T) {
	for _, test := range []struct {
		env             string
		args            []string
		aliyun, tencent bool
	}{
		{"", []string{"show", "--region", ""}, true, true},
		{"", []string{"show", "--provider", "aliyun", "--region", ""}, true, false},
		{"aliyun", []string{"release", "--provider", "tencent", "--region", ""}, false, true},
		{"tencent", []string{"detach", "--region", ""}, false, true},
		{"", []string{"detach", "--region", "cn-hang"}, true, false},
	} {
		t.Setenv("ENICTL_PROVIDER", test.env)
		p := runWith(t.Context(), append([]string{"__complete"}, test.args...))
		if got := strings.Contains(p.stdout, "cn-hangzhou\n"); got != test.aliyun {
			t.Errorf("%q, %q: one of aliyun: %t\n%s", test.env, test.args, got, p.stdout)
		}
		if got := strings.Contains(p.stdout, "ap-guangzhou\n"); got != test.tencent {
			t.Errorf("%q, %q: one of tencent: %t\n%s", test.env, test.args, got, p.stdout)
		}
	}
	for name, p := range providers {
		if !slices.IsSorted(p.regions) || !slices.Contains(p.regions, p.region) {
			t.Errorf("%s: the example %s is not among %q, or they are not in order", name, p.region, p.regions)
		}
	}
}

// Every exit status is in the help and in the README.
func TestExitStatusesAreListed(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{exitDone, exitFailed, exitMisuse, exitUnfinished, 130} {
		if !strings.Contains(rootHelp, fmt.Sprintf("\n  %-3d  ", status)) {
			t.Errorf("%d is not in the help", status)
		}
		if !strings.Contains(string(text), fmt.Sprintf("\n| %d |", status)) {
			t.Errorf("%d is not in the README", status)
		}
	}
}

func isSeparator(r rune) bool { return r == ' ' || r == ',' }
