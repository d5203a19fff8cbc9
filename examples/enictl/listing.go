// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cloudeni/cloudeni/eni"
)

// listTimeout is the default timeout: a large account has a thousand pages.
const listTimeout = 10 * time.Minute

// The types and states that a filter accepts. An unknown word would match nothing.
var (
	interfaceTypes  = []string{string(eni.TypePrimary), string(eni.TypeSecondary), string(eni.TypeTrunk), string(eni.TypeMember)}
	interfaceStates = []string{
		string(eni.StateAvailable), string(eni.StateInUse), string(eni.StateAttaching),
		string(eni.StateDetaching), string(eni.StateDeleting),
	}
)

// filterFlags are the flags that select interfaces.
type filterFlags struct {
	filter eni.Filter
	kind   string
	state  string
	tags   []string
}

// register registers the flags of every filter.
func (f *filterFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.filter.VPCID, "vpc", "", "`ID` of the VPC of the interfaces")
	fs.StringVar(&f.filter.SubnetID, "subnet", "", "`ID` of their subnet (the vSwitch, on aliyun)")
	fs.StringVar(&f.kind, "type", "", "`TYPE` of the interfaces: "+oneOf(interfaceTypes))
	fs.StringArrayVar(&f.tags, "tag", nil, "`KEY[=VALUE]` of a tag of the interfaces; may be repeated: they must have\nall of them")
}

func keepTagFlag(fs *pflag.FlagSet, tags *[]string) {
	fs.StringArrayVar(tags, "keep-tag", nil, "`KEY[=VALUE]` of a tag that protects an interface; may be repeated: each\nof them does")
}

// check reads the flags into the filter.
func (f *filterFlags) check() error {
	for _, flag := range []struct {
		name, id string
	}{{"--vpc", f.filter.VPCID}, {"--subnet", f.filter.SubnetID}, {"--instance", f.filter.InstanceID}} {
		if flag.id == "" {
			continue
		}
		if err := checkID(flag.name, flag.id); err != nil {
			return err
		}
	}
	switch {
	case f.kind != "" && !slices.Contains(interfaceTypes, f.kind):
		return fmt.Errorf("unknown --type %q: want %s", f.kind, oneOf(interfaceTypes))
	case f.state != "" && !slices.Contains(interfaceStates, f.state):
		return fmt.Errorf("unknown --state %q: want %s", f.state, oneOf(interfaceStates))
	}
	f.filter.Type, f.filter.State = eni.InterfaceType(f.kind), eni.InterfaceState(f.state)
	var err error
	f.filter.Tags, err = parseTags("--tag", f.tags)
	return err
}

func (p *program) listCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List interfaces by VPC, subnet, instance, type, state and tags",
		Long:    listHelp,
		Example: listExamples,
		Args:    noArguments,
	}
	j := p.newJob(cmd)
	j.timeout = listTimeout
	fs := cmd.Flags()
	fs.Lookup("timeout").DefValue = listTimeout.String()
	var f filterFlags
	f.register(fs)
	fs.StringVar(&f.filter.InstanceID, "instance", "", "`ID` of their instance")
	fs.StringVar(&f.state, "state", "", "`STATE` of the interfaces: "+oneOf(interfaceStates))
	complete(cmd, "type", interfaceTypes...)
	complete(cmd, "state", interfaceStates...)
	cmd.PreRunE = func(*cobra.Command, []string) error { return first(j.check, j.checkVersion, f.check) }
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.list(cmd.Context(), *j, f.filter) }
	return cmd
}

// rowsAtOnce is how many interfaces a table aligns at once.
const rowsAtOnce = 100

// list prints interfaces while it reads the pages of the cloud.
func (p *program) list(ctx context.Context, j job, filter eni.Filter) error {
	var sent tally
	client, err := connect(j, options(j, &sent, p.person))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, j.timeout)
	defer cancel()
	unwatch := watch(p.person.sayf, sent.trouble)
	table := &alignedRows{w: p.stdout}
	header := withHeader
	var rows []eni.Interface
	flush := func() {
		if len(rows) > 0 {
			table.write(interfaceLines(rows, header)...)
			rows, header = rows[:0], withoutHeader
		}
	}
	listed := 0
	for i, listErr := range client.List(ctx, filter) {
		if err = listErr; err != nil {
			break
		}
		listed++
		if j.output == jsonOutput {
			encode(p.stdout, newShown(i))
		} else if rows = append(rows, i); len(rows) == rowsAtOnce {
			flush()
		}
		if p.stdout.err != nil {
			break // standard output is closed or fails
		}
	}
	flush()
	unwatch()
	switch {
	case err != nil:
		p.status = exitFailed
		explain(p.person, j, err)
		if j.output == jsonOutput {
			encode(p.stdout, map[string]*failure{"error": newFailure(err)})
		}
		if listed > 0 {
			p.person.sayf("the list is incomplete: it ends after %s", counted(listed, "interface", "interfaces"))
		}
	case listed == 0:
		p.person.sayf("no interface matches")
	}
	return nil
}

// heading is whether a table begins with a heading.
type tableHeader bool

const (
	withHeader    tableHeader = true
	withoutHeader tableHeader = false
)

// interfaceLines returns a line for each interface.
func interfaceLines(interfaces []eni.Interface, header tableHeader) [][]string {
	var rows [][]string
	if header == withHeader {
		rows = append(rows, []string{"ENI", "TYPE", "STATE", "ATTACHED TO", "ADDRESS", "TAGS"})
	}
	for _, i := range interfaces {
		address := "-"
		if len(i.Addresses) > 0 {
			n := max(0, slices.IndexFunc(i.Addresses, func(a eni.Address) bool { return a.Primary }))
			address = i.Addresses[n].Addr.String()
		}
		tags := tagWords(i.Tags)
		if i.Manager != "" {
			tags = printable("(managed by "+i.Manager+") ") + tags
		}
		rows = append(rows, []string{i.ID, string(i.Type), string(i.State), attachment(&i), address, tags})
	}
	return rows
}

// attachment returns what an interface is attached to, as text.
func attachment(i *eni.Interface) string {
	to := i.InstanceID
	if i.TrunkInterfaceID != "" {
		to += " by " + i.TrunkInterfaceID
	}
	return cmp.Or(to, "-")
}
