// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

// introduce says where the clouds are, in the words of a shell, and what to try.
func (f *fakeJob) introduce(w *output, printed fakePrinted) {
	for n, s := range printed.Clouds {
		interfaces := f.scene.Clouds[n].Interfaces
		fmt.Fprintf(w, "# %s: %s, %s to release\n", providers[s.Provider].title,
			counted(len(interfaces), "interface", "interfaces"), counted(len(releasable(interfaces)), "address", "addresses"))
		fmt.Fprintf(w, "export ENICTL_PROVIDER=%s ENICTL_REGION=%s ENICTL_ENDPOINT=%s\n", s.Provider, s.Region, s.Endpoint)
		var pairs []string
		for _, key := range s.keys {
			pairs = append(pairs, key+"="+s.Env[key])
		}
		fmt.Fprintf(w, "export %s\n\n", strings.Join(pairs, " "))
	}
	fmt.Fprintf(w, "# Faults, requests, scene and reset, over HTTP\n")
	fmt.Fprintf(w, "export ENICTL_FAKE=%s\n\n", printed.Control)
	fmt.Fprintf(w, "# Paste the lines of a cloud, and the last one, into another shell, and try:\n")
	for _, line := range f.tries() {
		fmt.Fprintf(w, "#   %s\n", line)
	}
	fmt.Fprintf(w, "# Ctrl-C ends the fake.\n")
}

// tries are commands for the interfaces of the first cloud.
func (f *fakeJob) tries() []string {
	interfaces := f.scene.Clouds[0].Interfaces
	first := func(is func(*eni.Interface) bool) *eni.Interface {
		for n := range interfaces {
			if is(&interfaces[n]) {
				return &interfaces[n]
			}
		}
		return nil
	}
	var tries []string
	tag := ""
	if i := first(func(*eni.Interface) bool { return true }); i != nil {
		tries = append(tries, "enictl show "+i.ID)
		for _, key := range slices.Sorted(maps.Keys(i.Tags))[:min(1, len(i.Tags))] {
			tag = " --tag " + key + "=" + i.Tags[key]
		}
	}
	if targets := releasable(interfaces); len(targets) > 0 {
		tries = append(tries, fmt.Sprintf("enictl unassign-ips --eni %s %s", targets[0].eni, targets[0].address()))
	}
	if i := first(func(i *eni.Interface) bool { return i.Type == eni.TypeSecondary && i.State == eni.StateInUse }); i != nil {
		tries = append(tries, fmt.Sprintf("enictl detach --eni %s --instance %s", i.ID, i.InstanceID))
	}
	tries = append(tries, fmt.Sprintf("enictl release -f %s --dry-run", cmp.Or(f.targets, "FILE")), "enictl list"+tag)
	if i := first(func(i *eni.Interface) bool { return i.State == eni.StateAvailable }); i != nil {
		if tag != "" {
			tries = append(tries, "enictl sweep"+tag+" --grace 2s")
		}
		tries = append(tries, "enictl delete "+i.ID)
	}
	return append(tries, "curl -d conflict:3 $ENICTL_FAKE/faults")
}

// releasable are the IPv4 addresses that can be released.
func releasable(interfaces []eni.Interface) []target {
	var targets []target
	for _, i := range interfaces {
		for _, a := range i.Addresses {
			if a.Addr.Is4() && !a.Primary {
				prefix, err := a.Addr.Prefix(a.Addr.BitLen())
				if err == nil {
					targets = append(targets, target{i.ID, prefix})
				}
			}
		}
	}
	return targets
}

// writeTargets writes what release -f reads.
func (f *fakeJob) writeTargets() error {
	if f.targets == "" {
		return nil
	}
	targets := releasable(f.scene.Clouds[0].Interfaces)
	for _, other := range f.scene.Clouds[1:] {
		if !slices.Equal(targets, releasable(other.Interfaces)) {
			return fmt.Errorf("--targets: the clouds of the scene have different addresses: want --provider %s", oneOf(fakecloud.Providers))
		}
	}
	var text strings.Builder
	form := "{\"eni\":\"%s\",\"address\":\"%s\"}\n"
	if strings.HasSuffix(f.targets, ".csv") {
		form = "%s,%s\n"
		text.WriteString("eni,address\n")
	}
	for _, t := range targets {
		fmt.Fprintf(&text, form, t.eni, t.address())
	}
	return os.WriteFile(f.targets, []byte(text.String()), 0o600)
}
