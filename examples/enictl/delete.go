// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cloudeni/cloudeni/eni"
)

// The commands for many interfaces.
const (
	releaseList = "release"
	deleteENIs  = "delete"
	sweepENIs   = "sweep"
)

// deleteJob is the parsed command line of delete.
type deleteJob struct {
	bulkJob
	keep           []string
	keepTags       map[string]string
	ignoreNotFound bool
}

func (p *program) deleteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     deleteENIs + " ENI… | -f FILE",
		Short:   "Delete interfaces, after a detach from an instance if one is given",
		Long:    deleteHelp,
		Example: deleteExamples,
		Args:    cobra.ArbitraryArgs,
	}
	d := deleteJob{bulkJob: bulkJob{job: p.newJob(cmd)}}
	fs := cmd.Flags()
	fs.Lookup("timeout").Usage = "for each interface"
	d.attachmentFlags(fs)
	fs.Lookup("instance").Usage = "`ID` of the instance to detach the interfaces from;\nwithout it only free ones are deleted"
	keepTagFlag(fs, &d.keep)
	fs.BoolVar(&d.ignoreNotFound, "ignore-not-found", false, "take an interface that does not exist for success; in a wrong region or\naccount no interface exists")
	d.bulkFlags(fs)
	cmd.PreRunE = func(_ *cobra.Command, ids []string) error { return d.check(ids) }
	cmd.RunE = func(cmd *cobra.Command, ids []string) error { return p.delete(cmd.Context(), d, ids) }
	return cmd
}

func (d *deleteJob) check(ids []string) error {
	if err := first(d.job.check, d.checkVersion, d.checkBulk, d.checkAttachment); err != nil {
		return err
	}
	switch {
	case len(ids) == 0 && d.file == "":
		return errors.New("no interface: want ids, or --file with a list of them")
	case len(ids) > 0 && d.file != "":
		return fmt.Errorf("--file and %q exclude each other: want ids, or a list of them", ids[0])
	}
	for _, id := range ids {
		if err := checkID("interface", id); err != nil {
			return err
		}
	}
	var err error
	d.keepTags, err = parseTags("--keep-tag", d.keep)
	return err
}

func (d *deleteJob) checkAttachment() error {
	switch {
	case d.trunkID != "" && d.instanceID == "":
		return errors.New("--trunk needs --instance: want the instance of the trunk")
	case d.trunkID != "":
		return first(func() error { return checkID("--trunk", d.trunkID) }, func() error { return checkID("--instance", d.instanceID) })
	case d.instanceID != "":
		return checkID("--instance", d.instanceID)
	}
	return nil
}

// checkVersion returns an error for an API version that can neither list nor delete.
func (j *job) checkVersion() error {
	if j.apiVersion == legacyAPI {
		return fmt.Errorf("--api-version %s has no call for %s", legacyAPI, j.command)
	}
	return nil
}

// delete runs a delete job. The error is about the command line and its files.
func (p *program) delete(ctx context.Context, d deleteJob, ids []string) error {
	targets, err := p.deleteTargets(ctx, d, ids)
	if err != nil {
		return err
	}
	sent := new(tally)
	opts := options(*d.job, sent, p.person)
	opts.Rates.Detach, opts.Rates.Delete = d.rate, d.rate
	client, err := connect(*d.job, opts)
	if err != nil {
		return err
	}
	h := heading{Version: 1, Provider: d.provider, Region: d.region, Input: digest(targets), Command: deleteENIs}
	d.journalFile = d.journalName(h)
	known, _, err := readJournal(d.journalFile, h)
	if err != nil {
		return err
	}
	var found []eni.Interface
	if left := undone(targets, known.done); len(left) > 0 {
		describing, cancel := context.WithTimeout(ctx, d.timeout)
		unwatch := watch(p.person.sayf, sent.trouble)
		found, err = client.Describe(describing, left...)
		unwatch()
		cancel()
		if err != nil {
			p.undescribed(ctx, d, sent, targets, len(known.done), err)
			return nil
		}
	}
	d.introduceDelete(ctx, p.person, targets, found, len(known.done))
	if len(known.done) < len(targets) {
		if err := p.confirm(ctx, d.bulkJob, deleteENIs); err != nil {
			return err
		}
	}
	j, err := openJournal(d.journalFile, h)
	if err != nil {
		return err
	}
	// Before the first deletion, so that a later run knows that they existed.
	if err := j.see(found); err != nil {
		return errors.Join(fmt.Errorf("cannot write the journal: %w", err), j.close())
	}
	c := &campaign{
		program: p, bulkJob: d.bulkJob, client: client, sent: sent, journal: j, latest: make(map[target]record),
		keepTags: d.keepTags, ignoreNotFound: d.ignoreNotFound,
	}
	c.run(ctx, targets)
	if err := j.close(); err != nil {
		p.fail(err)
	}
	return nil
}

// deleteTargets returns the interfaces of the command line or the list.
func (p *program) deleteTargets(ctx context.Context, d deleteJob, ids []string) ([]target, error) {
	if d.file != "" {
		return p.readTargets(ctx, d.file, &interfaceList)
	}
	var targets []target
	for _, id := range ids {
		if t := (target{eni: id}); !slices.Contains(targets, t) {
			targets = append(targets, t)
		}
	}
	return targets, nil
}

// undone returns the interfaces that are not done according to the journal.
func undone(targets []target, done map[target]eni.Outcome) []string {
	var ids []string
	for _, t := range targets {
		if _, ok := done[t]; !ok {
			ids = append(ids, t.eni)
		}
	}
	return ids
}

// undescribed ends a delete before any change was sent, because the interfaces could not
// be described.
func (p *program) undescribed(ctx context.Context, d deleteJob, sent *tally, targets []target, before int, err error) {
	p.status = exitFailed
	if ctx.Err() != nil || newFailure(err).passes() && !sent.neverReached() {
		p.status = exitUnfinished
	}
	explain(p.person, *d.job, err)
	if d.output == jsonOutput {
		s := summary{
			Provider: d.provider, Region: d.region, Interfaces: len(targets), Before: before,
			NotTried: len(targets) - before, Next: []string{}, Error: newFailure(err),
		}
		encode(p.stdout, map[string]summary{"summary": s})
	}
}

// introduceDelete prints what will be deleted, with some of the interfaces, because a
// deletion cannot be undone.
func (d *deleteJob) introduceDelete(ctx context.Context, person *console, targets []target, found []eni.Interface, before int) {
	counts := fmt.Sprint(len(targets)) + doneBefore(before)
	if missing := len(targets) - before - len(found); missing > 0 {
		counts += fmt.Sprintf(", %d not found", missing)
	}
	from := "none: only free interfaces are deleted"
	if d.instanceID != "" {
		from = d.instanceID
	}
	about := [][2]string{{"interfaces", counts}, {"instance", from}}
	if len(d.keepTags) > 0 {
		about = append(about, [2]string{"keep", tagWords(d.keepTags)})
	}
	d.introduce(ctx, person, about...)
	if d.yes || !isTerminal(person.w) || len(found) == 0 {
		return
	}
	rows := &alignedRows{w: person}
	rows.write(interfaceLines(found[:min(len(found), mostRows)], withHeader)...)
	if more := len(found) - mostRows; more > 0 {
		fmt.Fprintf(person, "… and %d more\n", more)
	}
}

// deletion returns the job that deletes one interface.
func (c *campaign) deletion(ctx context.Context, id string) ending {
	var e ending
	e.op, e.callErr = c.client.Delete(ctx, eni.DeleteRequest{
		InterfaceID: id, InstanceID: c.instanceID, TrunkInterfaceID: c.trunkID, KeepTags: c.keepTags,
	})
	e.waitErr = e.op.Wait(ctx)
	return e
}

// deleted returns the outcome for an interface. If it is not found and was seen before, it
// was deleted.
func (c *campaign) deleted(t target, e ending) record {
	err := e.err()
	if e.op.Outcome() == eni.OutcomeAbsent && (c.ignoreNotFound || c.journal.seen[t.eni]) {
		err = eni.IgnoreNotFound(err)
	}
	return record{
		Time: time.Now().UTC(), ENI: t.eni, Outcome: e.op.Outcome().String(),
		Error: newFailure(err), RequestIDs: e.op.RequestIDs(),
		target: t, outcome: e.op.Outcome(),
	}
}

// deletionWord returns the text for the outcome of a deletion.
func deletionWord(o eni.Outcome) string {
	if o == eni.OutcomeReleased {
		return "deleted"
	}
	return word(o)
}

// parseTags reads the tags of a flag, each a key or key=value.
func parseTags(flag string, words []string) (map[string]string, error) {
	tags := make(map[string]string, len(words))
	for _, word := range words {
		key, value, exact := strings.Cut(word, "=")
		switch other, twice := tags[key]; {
		case key == "":
			return nil, fmt.Errorf("%s %q has no key: want key or key=value", flag, word)
		case exact && value == "":
			return nil, fmt.Errorf("%s %q has no value: want key=value, or key alone for any value", flag, word)
		case twice && other != value:
			return nil, fmt.Errorf("%s names the key %q twice: want one value, or key alone for any value", flag, key)
		}
		tags[key] = value
	}
	return tags, nil
}

// tagWords returns tags as text, sorted by key.
func tagWords(tags map[string]string) string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		word := printable(key)
		if value := tags[key]; value != "" {
			word += "=" + printable(value)
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}
