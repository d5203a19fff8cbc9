package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The commands.
const (
	unassignIPs  = "unassign-ips"
	unassignIPv6 = "unassign-ipv6"
	detach       = "detach"
)

// The forms of output.
const (
	textOutput = "text"
	jsonOutput = "json"
)

// job is a command line, understood.
type job struct {
	command     string
	provider    string
	region      string
	endpoint    string
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

// parse reads a command line and checks all that can be checked without a cloud.
// The error is flag.ErrHelp where help is asked for, else about the command line;
// the job then has what was understood, so that the error can be told in the form
// of output that was asked for.
func parse(args []string) (job, error) {
	var j job
	words, err := interleaved(j.flags(), args)
	if err != nil {
		return j, err
	}
	if len(words) > 0 {
		j.command, words = words[0], words[1:]
	}
	if j.command == "help" {
		return j, flag.ErrHelp
	}
	if err := j.check(); err != nil {
		return j, err
	}
	if j.command == detach {
		return j, j.checkDetach(words)
	}
	return j, j.checkUnassign(words)
}

// flags returns the flags, which fill in the job.
func (j *job) flags() *flag.FlagSet {
	// The usage text describes the flags: a test sees to it that it has them all.
	fs := flag.NewFlagSet("enictl", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&j.provider, "provider", "", "")
	fs.StringVar(&j.region, "region", "", "")
	fs.StringVar(&j.endpoint, "endpoint", "", "")
	fs.StringVar(&j.apiVersion, "api-version", "", "")
	fs.StringVar(&j.interfaceID, "eni", "", "")
	fs.StringVar(&j.instanceID, "instance", "", "")
	fs.StringVar(&j.trunkID, "trunk", "", "")
	fs.DurationVar(&j.timeout, "timeout", 2*time.Minute, "")
	fs.StringVar(&j.output, "output", textOutput, "")
	fs.BoolVar(&j.noWait, "no-wait", false, "")
	fs.BoolVar(&j.verbose, "v", false, "")
	return fs
}

// interleaved parses flags that may stand before, between and after the other
// words, and returns those.
func interleaved(fs *flag.FlagSet, args []string) ([]string, error) {
	var words []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return words, nil
		}
		words, args = append(words, fs.Arg(0)), fs.Args()[1:]
	}
}

// check checks what all commands have in common.
func (j *job) check() error {
	commands := []string{unassignIPs, unassignIPv6, detach}
	switch {
	case j.output != textOutput && j.output != jsonOutput:
		return fmt.Errorf("-output %q is unknown: want %s or %s", j.output, textOutput, jsonOutput)
	case j.command == "":
		return fmt.Errorf("no command: want %s", oneOf(commands))
	case !slices.Contains(commands, j.command):
		return fmt.Errorf("unknown command %q: want %s", j.command, oneOf(commands))
	case j.provider == "":
		return fmt.Errorf("no -provider: want %s", oneOf(slices.Sorted(maps.Keys(providers))))
	case providers[j.provider].connect == nil:
		return fmt.Errorf("unknown -provider %q: want %s", j.provider, oneOf(slices.Sorted(maps.Keys(providers))))
	case j.apiVersion != "" && len(providers[j.provider].versions) == 0:
		return fmt.Errorf("-api-version is not for %s, which has one version", j.provider)
	case j.apiVersion != "" && !slices.Contains(providers[j.provider].versions, j.apiVersion):
		return fmt.Errorf("unknown -api-version %q: want %s", j.apiVersion, oneOf(providers[j.provider].versions))
	case j.region == "":
		return fmt.Errorf("no -region: want an id such as %s", providers[j.provider].region)
	case j.timeout <= 0:
		return fmt.Errorf("-timeout %s leaves no time: want a duration such as 30s", j.timeout)
	}
	return checkID("-eni", j.interfaceID)
}

func (j *job) checkDetach(words []string) error {
	switch {
	case len(words) > 0:
		return fmt.Errorf("%s takes no addresses, got %q", detach, words[0])
	case j.instanceID == "":
		return fmt.Errorf("no -instance: %s names the instance, so that an interface which has moved on stays there", detach)
	case j.trunkID != "" && j.trunkID == j.interfaceID:
		return fmt.Errorf("-trunk %s is the interface itself: want the trunk that it hangs on", j.trunkID)
	case j.trunkID != "":
		if err := checkID("-trunk", j.trunkID); err != nil {
			return err
		}
	}
	return checkID("-instance", j.instanceID)
}

func (j *job) checkUnassign(words []string) error {
	// To accept and ignore these would look like a guard that there is not.
	switch {
	case j.instanceID != "":
		return fmt.Errorf("-instance is for %s only", detach)
	case j.trunkID != "":
		return fmt.Errorf("-trunk is for %s only", detach)
	case len(words) == 0:
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

// checkID refuses what no cloud hands out as an id.
func checkID(name, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("no %s: want an id", name)
	case strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return fmt.Errorf("%s %q has a character that is in no id", name, id)
	}
	return nil
}

// oneOf lists words for a person: "a, b or c".
func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

const usage = `enictl takes addresses off elastic network interfaces, and interfaces off instances.

Release two addresses and a delegated prefix:
  enictl unassign-ips -provider aliyun -region cn-hangzhou -eni eni-bp67acfm 10.0.0.5 10.0.0.6 10.1.0.0/28

Release an IPv6 address, and keep what became of it:
  enictl unassign-ipv6 -provider tencent -region ap-guangzhou -eni eni-m6dyj72l -output json 2001:db8::5 >result.json

Detach an interface from an instance, and give it 30 seconds to come free:
  enictl detach -provider aliyun -region cn-hangzhou -eni eni-bp67acfm -instance i-bp1a2b3c -timeout 30s

What is gone already is success, so that any command may be repeated.

Flags, before or after the addresses:
  -provider NAME   aliyun or tencent
  -region ID       the region of the interface
  -eni ID          the interface
  -instance ID     the instance to detach it from; on any other it is left alone
  -trunk ID        the trunk that a member interface hangs on, for detach (aliyun)
  -endpoint URL    where the API is, when not at the vendor's public address
  -api-version 3.0 or 2.0, for private clouds that have no other (tencent); it has
                   unassign-ips only
  -timeout 2m      for everything together, the waiting included
  -no-wait         be content when the cloud has accepted; else wait until it is so
  -output text     or json: one object on standard output
  -v               log every request to standard error

Credentials come from the environment, else from where the vendor's SDK looks for
them by itself (profile files, the role of the instance):
  aliyun   ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET,
           and with a session ALIBABA_CLOUD_SECURITY_TOKEN
  tencent  TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY,
           and with a session TENCENTCLOUD_TOKEN

The exit status is 0 when it is done, 1 when it failed or was cut short, and 2 when
nothing was sent because the command line is wrong.

In JSON, released holds what the cloud has accepted to release: it is gone, unless
-no-wait was given or its entry in results has an error.
`
