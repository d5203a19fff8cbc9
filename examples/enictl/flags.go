// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// The forms of output.
const (
	textOutput = "text"
	jsonOutput = "json"
)

// job is a parsed command line.
type job struct {
	command     string
	provider    string
	region      string
	endpoint    string
	profile     string
	account     profile // the values of the profile
	apiVersion  string
	interfaceID string
	instanceID  string
	trunkID     string
	addresses   []netip.Addr
	prefixes    []netip.Prefix
	timeout     time.Duration
	output      string
	noWait      bool
	verbose     bool
}

// commonFlags registers the flags of all commands that call a cloud.
func (j *job) commonFlags(fs *pflag.FlagSet) {
	fs.StringVar(&j.provider, "provider", "", "`NAME` of the cloud: "+oneOf(providerNames()))
	fs.StringVar(&j.region, "region", "", "`ID` of the region of the interfaces")
	fs.StringVar(&j.endpoint, "endpoint", "", "`URL` of the API, if not the vendor's public endpoint")
	fs.StringVar(&j.profile, "profile", "", "`NAME` of a profile of the vendor's command line (aliyun, tccli), with\ncredentials and a default region")
	fs.StringVar(&j.apiVersion, "api-version", "", "`3.0` or 2.0, for private clouds without 3.0 (tencent):\n2.0 releases IPv4 addresses only")
	fs.DurationVar(&j.timeout, "timeout", 2*time.Minute, "for the whole command, with the wait")
	fs.StringVarP(&j.output, "output", "o", textOutput, "`FORM` of the result on standard output: text or json")
	fs.BoolVarP(&j.verbose, "verbose", "v", false, "log every request to standard error")
}

// interfaceFlags registers the flags of commands for one interface.
func (j *job) interfaceFlags(fs *pflag.FlagSet) {
	fs.StringVar(&j.interfaceID, "eni", "", "`ID` of the interface")
	fs.BoolVar(&j.noWait, "no-wait", false, "return when the cloud has accepted the change; do not wait until it is\ncomplete")
}

func (j *job) attachmentFlags(fs *pflag.FlagSet) {
	fs.StringVar(&j.instanceID, "instance", "", "`ID` of the instance; on any other the interface is not detached")
	fs.StringVar(&j.trunkID, "trunk", "", "`ID` of the trunk of a member interface (aliyun)")
}

// check checks the common flags, after it has set missing ones from the environment.
func (j *job) check() error {
	j.provider = cmp.Or(j.provider, os.Getenv("ENICTL_PROVIDER"))
	j.region = cmp.Or(j.region, os.Getenv("ENICTL_REGION"))
	j.endpoint = cmp.Or(j.endpoint, os.Getenv("ENICTL_ENDPOINT"))
	j.profile = cmp.Or(j.profile, os.Getenv("ENICTL_PROFILE"))
	cloud, known := providers[j.provider]
	switch {
	case j.output != textOutput && j.output != jsonOutput:
		return fmt.Errorf("--output %q is unknown: want %s or %s", j.output, textOutput, jsonOutput)
	case j.provider == "":
		return fmt.Errorf("no --provider: want %s", oneOf(providerNames()))
	case !known:
		return fmt.Errorf("unknown --provider %q: want %s", j.provider, oneOf(providerNames()))
	case j.apiVersion != "" && len(cloud.versions) == 0:
		return fmt.Errorf("--api-version is only for tencent: %s has one version", j.provider)
	case j.apiVersion != "" && !slices.Contains(cloud.versions, j.apiVersion):
		return fmt.Errorf("unknown --api-version %q: want %s", j.apiVersion, oneOf(cloud.versions))
	case j.timeout <= 0:
		return fmt.Errorf("--timeout %s: want a positive duration such as 30s", j.timeout)
	}
	if j.profile != "" {
		var err error
		if j.account, err = readProfile(j.provider, j.profile); err != nil {
			return err
		}
	}
	if j.region = cmp.Or(j.region, j.account.region); j.region == "" {
		return fmt.Errorf("no --region: want an id such as %s", cloud.region)
	}
	return nil
}

func (j *job) checkInterface() error { return checkID("--eni", j.interfaceID) }

func (j *job) checkDetach(words []string) error {
	switch {
	case len(words) > 0:
		return fmt.Errorf("%s takes no addresses, got %q", detach, words[0])
	case j.instanceID == "":
		return fmt.Errorf("no --instance: %s needs it, so that an interface on another instance is not detached", detach)
	case j.trunkID != "" && j.trunkID == j.interfaceID:
		return fmt.Errorf("--trunk %s is the interface itself: want its trunk", j.trunkID)
	case j.trunkID != "":
		if err := checkID("--trunk", j.trunkID); err != nil {
			return err
		}
	}
	return checkID("--instance", j.instanceID)
}

func (j *job) checkUnassign(words []string) error {
	if len(words) == 0 {
		return errors.New("no address: want the addresses and prefixes to release")
	}
	for _, word := range words {
		p, err := parsePrefix(word)
		if err != nil {
			return err
		}
		if err := j.checkFamily(word, p.Addr()); err != nil {
			return err
		}
		if p.IsSingleIP() {
			j.addresses = append(j.addresses, p.Addr())
		} else {
			j.prefixes = append(j.prefixes, p)
		}
	}
	return nil
}

// parsePrefix reads an address, which gets its full length, or a prefix.
func parsePrefix(word string) (netip.Prefix, error) {
	if !strings.Contains(word, "/") {
		a, err := netip.ParseAddr(word)
		switch {
		case err != nil:
			return netip.Prefix{}, fmt.Errorf("%q is not an address", word)
		case a.Zone() != "":
			return netip.Prefix{}, fmt.Errorf("%q has a zone: want the address alone", word)
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(word)
	switch {
	case err != nil:
		return p, fmt.Errorf("%q is not a prefix", word)
	case p.Addr().Is4In6():
		return p, fmt.Errorf("%q is an IPv4 prefix in IPv6 form: want it as IPv4", word)
	case p != p.Masked():
		return p, fmt.Errorf("%q has host bits set: want %s, or the address without a length", word, p.Masked())
	}
	return p, nil
}

func (j *job) checkFamily(word string, a netip.Addr) error {
	switch {
	case a.Is4() && j.command == unassignIPv6:
		return fmt.Errorf("%q is IPv4: want %s", word, unassignIPs)
	case a.Is6() && j.command == unassignIPs:
		return fmt.Errorf("%q is IPv6: want %s", word, unassignIPv6)
	}
	return nil
}

// checkID returns an error for an id that no cloud uses.
func checkID(name, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("no %s: want an id", name)
	case strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return fmt.Errorf("%s %q has an invalid character: want printable ASCII without spaces", name, id)
	}
	return nil
}

// oneOf lists words as text: "a, b or c".
func oneOf(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
