// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/cloudeni/cloudeni/eni"
)

// showTimeout is the default timeout: a describe takes less than a second, unless it is
// throttled.
const showTimeout = 30 * time.Second

func (p *program) showCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show ENI…",
		Short:   "Show interfaces: state, attachment, addresses, prefixes",
		Long:    showHelp,
		Example: showExamples,
		Args:    cobra.ArbitraryArgs,
	}
	j := p.newJob(cmd)
	j.timeout = showTimeout
	cmd.Flags().Lookup("timeout").DefValue = showTimeout.String()
	cmd.PreRunE = func(_ *cobra.Command, ids []string) error {
		if err := j.check(); err != nil {
			return err
		}
		if len(ids) == 0 {
			return errors.New("no interface: want the ids of interfaces")
		}
		for _, id := range ids {
			if err := checkID("interface", id); err != nil {
				return err
			}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, ids []string) error { return p.show(cmd.Context(), *j, ids) }
	return cmd
}

// shown is the object of show -o json. Its interfaces are in the order of the command
// line.
type shown struct {
	OK         bool             `json:"ok"`
	Provider   string           `json:"provider"`
	Interfaces []shownInterface `json:"interfaces"`
	Missing    []string         `json:"missing"` // not in this account and region
	Error      *failure         `json:"error,omitempty"`
}

type shownInterface struct {
	ID               string         `json:"id"`
	Type             string         `json:"type"`
	State            string         `json:"state"`
	InstanceID       string         `json:"instance_id,omitempty"`
	TrunkInterfaceID string         `json:"trunk_interface_id,omitempty"`
	VPCID            string         `json:"vpc_id,omitempty"`
	Addresses        []shownAddress `json:"addresses"`
	Prefixes         []string       `json:"prefixes"`

	Name             string            `json:"name,omitempty"`
	Description      string            `json:"description,omitempty"`
	MAC              string            `json:"mac,omitempty"`
	SubnetID         string            `json:"subnet_id,omitempty"`
	Zone             string            `json:"zone,omitempty"`
	SecurityGroupIDs []string          `json:"security_group_ids,omitempty"`
	Tags             map[string]string `json:"tags,omitempty"`
	Manager          string            `json:"manager,omitempty"` // the service of the cloud that manages it
	Created          time.Time         `json:"created,omitzero"`
}

type shownAddress struct {
	Address string `json:"address"`
	Primary bool   `json:"primary"`
}

func (p *program) show(ctx context.Context, j job, ids []string) error {
	var sent tally
	client, err := connect(j, options(j, &sent, p.person))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, j.timeout)
	defer cancel()
	unwatch := watch(p.person.sayf, sent.trouble)
	found, err := client.Describe(ctx, ids...)
	unwatch()
	if err != nil {
		p.status = exitFailed
		explain(p.person, j, err)
		if j.output == jsonOutput {
			encode(p.stdout, shown{Provider: j.provider, Interfaces: []shownInterface{}, Missing: []string{}, Error: newFailure(err)})
		}
		return nil
	}
	found, missing := inOrder(found, ids)
	if j.output == jsonOutput {
		s := shown{OK: len(missing) == 0, Provider: j.provider, Interfaces: []shownInterface{}, Missing: missing}
		for _, i := range found {
			s.Interfaces = append(s.Interfaces, newShown(i))
		}
		encode(p.stdout, s)
	} else if len(found) > 0 {
		writeTable(p.stdout, interfaceRows(found))
	}
	for _, id := range missing {
		p.person.sayf("%s: no such interface", id)
	}
	if len(missing) > 0 {
		p.status = exitFailed
		p.person.sayf("%s", adviceFor(j.provider, eni.ErrNotFound))
	}
	return nil
}

// inOrder returns the interfaces in the order of the ids, each once, and the ids that were
// not found.
func inOrder(found []eni.Interface, ids []string) (ordered []eni.Interface, missing []string) {
	byID := make(map[string]eni.Interface, len(found))
	for _, i := range found {
		byID[i.ID] = i
	}
	missing = []string{}
	asked := make(map[string]bool, len(ids))
	for _, id := range ids {
		i, ok := byID[id]
		switch {
		case asked[id]:
		case ok:
			ordered = append(ordered, i)
		default:
			missing = append(missing, id)
		}
		asked[id] = true
	}
	return ordered, missing
}

func newShown(i eni.Interface) shownInterface {
	s := shownInterface{
		ID: i.ID, Type: string(i.Type), State: string(i.State),
		InstanceID: i.InstanceID, TrunkInterfaceID: i.TrunkInterfaceID, VPCID: i.VPCID,
		Addresses: []shownAddress{}, Prefixes: []string{},
		Name: i.Name, Description: i.Description, MAC: i.MAC, SubnetID: i.SubnetID, Zone: i.Zone,
		SecurityGroupIDs: i.SecurityGroupIDs, Tags: i.Tags, Manager: i.Manager, Created: i.Created,
	}
	for _, a := range i.Addresses {
		s.Addresses = append(s.Addresses, shownAddress{a.Addr.String(), a.Primary})
	}
	for _, prefix := range i.Prefixes {
		s.Prefixes = append(s.Prefixes, prefix.String())
	}
	return s
}

// interfaceRows returns a row for each interface with its first address, and one for each
// further address.
func interfaceRows(interfaces []eni.Interface) [][]string {
	rows := [][]string{{"ENI", "TYPE", "STATE", "ATTACHED TO", "ADDRESSES"}}
	for _, i := range interfaces {
		row := []string{i.ID, string(i.Type), string(i.State), attachment(&i)}
		var addresses []string
		for _, a := range i.Addresses {
			word := a.Addr.String()
			if a.Primary {
				word += " (primary)"
			}
			addresses = append(addresses, word)
		}
		for _, prefix := range i.Prefixes {
			addresses = append(addresses, prefix.String())
		}
		if len(addresses) == 0 {
			addresses = []string{"-"}
		}
		for _, word := range addresses {
			rows = append(rows, append(slices.Clone(row), word))
			row = []string{"", "", "", ""}
		}
	}
	return rows
}
