// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/cloudeni/cloudeni/eni"
)

// The commands that are one call of eni.Client each.
const (
	unassignIPs  = "unassign-ips"
	unassignIPv6 = "unassign-ipv6"
	detach       = "detach"
)

func (p *program) unassignCommand(name, short, long string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     name + " --eni ID ADDRESS…",
		Short:   short,
		Long:    long,
		Example: map[string]string{unassignIPs: unassignIPsExamples, unassignIPv6: unassignIPv6Examples}[name],
		Args:    cobra.ArbitraryArgs,
	}
	j := p.newJob(cmd)
	j.interfaceFlags(cmd.Flags())
	cmd.PreRunE = func(_ *cobra.Command, args []string) error {
		return first(j.check, j.checkInterface, func() error { return j.checkUnassign(args) })
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.call(cmd.Context(), *j) }
	return cmd
}

func (p *program) detachCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     detach + " --eni ID --instance ID",
		Short:   "Detach an interface from an instance",
		Long:    detachHelp,
		Example: detachExamples,
		Args:    cobra.ArbitraryArgs,
	}
	j := p.newJob(cmd)
	j.interfaceFlags(cmd.Flags())
	j.attachmentFlags(cmd.Flags())
	cmd.PreRunE = func(_ *cobra.Command, args []string) error {
		return first(j.check, j.checkInterface, func() error { return j.checkDetach(args) })
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.call(cmd.Context(), *j) }
	return cmd
}

// first returns the first error of the checks.
func first(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// call runs a job that is one call. The error is about the command line.
func (p *program) call(ctx context.Context, j job) error {
	var sent tally
	client, err := connect(j, options(j, &sent, p.person))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, j.timeout)
	defer cancel()
	unwatch := watch(p.person.sayf, sent.String)
	e := perform(ctx, client, j)
	unwatch()

	write(p.stdout, j, e)
	if err := e.err(); err != nil {
		p.status = exitFailed
		explain(p.person, j, err)
	}
	return nil
}

func options(j job, sent *tally, person *console) *eni.Options {
	opts := &eni.Options{
		// Only the timeout bounds the call.
		Retry:     eni.Retry{MaxAttempts: -1, MaxElapsed: -1},
		OnAttempt: sent.attempt,
		OnQuery:   sent.query,
	}
	if j.verbose {
		opts.Logger = slog.New(slog.NewTextHandler(person, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return opts
}

// ending is the result of a job.
type ending struct {
	op      *eni.Operation
	callErr error // why the cloud did not accept the whole call
	waitErr error // why accepted changes are not complete, or not known to be
}

// perform runs a job. Unlike a client of eni.Blocking, it keeps the error of the call
// and the error of the wait apart.
func perform(ctx context.Context, client eni.Client, j job) ending {
	var e ending
	e.op, e.callErr = call(ctx, client, j)
	if !j.noWait {
		// Also after a partial failure: accepted changes have an outcome.
		e.waitErr = e.op.Wait(ctx)
	}
	return e
}

func call(ctx context.Context, client eni.Client, j job) (*eni.Operation, error) {
	if j.command == detach {
		return client.Detach(ctx, eni.DetachRequest{
			InterfaceID: j.interfaceID, InstanceID: j.instanceID, TrunkInterfaceID: j.trunkID,
		})
	}
	unassign := client.UnassignPrivateIps
	if j.command == unassignIPv6 {
		unassign = client.UnassignIpv6
	}
	if len(j.addresses) == 0 || len(j.prefixes) == 0 || providers[j.provider].prefixes {
		return unassign(ctx, eni.UnassignRequest{InterfaceID: j.interfaceID, Addresses: j.addresses, Prefixes: j.prefixes})
	}
	// A cloud without prefixes refuses the whole call if it has one.
	addresses, err := unassign(ctx, eni.UnassignRequest{InterfaceID: j.interfaceID, Addresses: j.addresses})
	prefixes, otherErr := unassign(ctx, eni.UnassignRequest{InterfaceID: j.interfaceID, Prefixes: j.prefixes})
	return eni.NewOperation(both{addresses, prefixes}), eni.Join(err, otherErr)
}

// err returns why the job is not done, or nil.
func (e ending) err() error {
	if e.waitErr == nil || errors.Is(e.callErr, e.waitErr) {
		return e.callErr
	}
	if e.callErr == nil {
		return e.waitErr
	}
	return eni.Join(e.callErr, e.waitErr)
}

// reason returns why a target is not certainly gone; nil if it is. If a target is absent
// because its interface was not found, the region or the account may be wrong.
func (e ending) reason(r eni.Result) error {
	switch {
	case r.Err != nil:
		return r.Err
	case r.Outcome == eni.OutcomeAccepted:
		return e.waitErr
	case r.Outcome == eni.OutcomeAbsent && errors.Is(e.err(), eni.ErrNotFound):
		return e.err()
	default:
		return nil
	}
}
