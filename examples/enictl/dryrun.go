// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// verdict is what release would do with a target, as in -o json.
type verdict string

const (
	wouldRelease verdict = "would_release"
	isAbsent     verdict = "absent"
	isPrimary    verdict = "primary"
	noInterface  verdict = "no_such_interface"
	unsupported  verdict = "unsupported"
)

// verdicts has the verdicts in the order of the summary.
var verdicts = []struct {
	verdict verdict
	word    string
	bad     bool // release would fail
}{
	{wouldRelease, "would be released", false},
	{isAbsent, "absent", false},
	{isPrimary, "would be refused: primary", true},
	{noInterface, "no such interface", true},
	{unsupported, "would be refused: not on this cloud", true},
}

// dryRunLine is a line of release --dry-run -o json.
type dryRunLine struct {
	ENI     string  `json:"eni"`
	Address string  `json:"address"`
	Verdict verdict `json:"verdict"`
}

// dryRunSummary is the last line of release --dry-run -o json.
type dryRunSummary struct {
	OK       bool            `json:"ok"` // release would not fail
	Verdicts map[verdict]int `json:"verdicts"`
	Before   int             `json:"done_before"` // according to the journal
	Error    *failure        `json:"error,omitempty"`
}

// printDryRun describes the interfaces and prints what release would do. It sends no
// change.
func (p *program) printDryRun(ctx context.Context, r releaseJob, client cloudeni.Client, sent *tally, targets []target, done map[target]eni.Outcome) {
	var ids []string
	targets = slices.DeleteFunc(targets, func(t target) bool { _, ok := done[t]; return ok })
	for _, t := range targets {
		ids = append(ids, t.eni)
	}
	slices.Sort(ids)
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	count := make(map[verdict]int)
	unwatch := watch(p.person.sayf, sent.trouble)
	found, err := client.Describe(ctx, slices.Compact(ids)...)
	unwatch()
	if err != nil {
		p.status = exitFailed
		explain(p.person, *r.job, err)
		if r.output == jsonOutput {
			encode(p.stdout, map[string]dryRunSummary{"dry_run": {Verdicts: count, Before: len(done), Error: newFailure(err)}})
		}
		return
	}
	judge := newJudge(r, found)
	var rows [][]string
	for _, t := range targets {
		v := judge(t)
		count[v]++
		if r.output == jsonOutput {
			encode(p.stdout, dryRunLine{t.eni, name(t.prefix), v})
		}
		for _, known := range verdicts {
			if known.verdict == v {
				rows = append(rows, []string{t.eni, name(t.prefix), known.word})
			}
		}
	}
	var words []string
	for _, known := range verdicts {
		if count[known.verdict] == 0 {
			continue
		}
		words = append(words, fmt.Sprintf("%d %s", count[known.verdict], known.word))
		if known.bad {
			p.status = exitFailed
		}
	}
	if len(done) > 0 {
		words = append(words, fmt.Sprintf("%d done before, as the journal says", len(done)))
	}
	if r.output == jsonOutput {
		encode(p.stdout, map[string]dryRunSummary{"dry_run": {OK: p.status == exitDone, Verdicts: count, Before: len(done)}})
		return
	}
	writeTable(p.stdout, rows)
	fmt.Fprintf(p.stdout, "dry run, nothing was changed: %s\n", strings.Join(words, ", "))
}

// newJudge returns a function that decides from the described interfaces what release
// would do with a target.
func newJudge(r releaseJob, found []eni.Interface) func(target) verdict {
	on := make(map[target]bool) // whether it is the primary address
	exists := make(map[string]bool)
	for _, i := range found {
		exists[i.ID] = true
		for _, a := range i.Addresses {
			on[target{i.ID, netip.PrefixFrom(a.Addr, a.Addr.BitLen())}] = a.Primary
		}
		for _, prefix := range i.Prefixes {
			on[target{i.ID, prefix}] = false
		}
	}
	return func(t target) verdict {
		primary, there := on[t]
		switch {
		case !t.prefix.IsSingleIP() && !providers[r.provider].prefixes,
			t.prefix.Addr().Is6() && r.apiVersion == legacyAPI:
			return unsupported
		case !exists[t.eni]:
			return noInterface
		case !there:
			return isAbsent
		case primary:
			return isPrimary
		default:
			return wouldRelease
		}
	}
}
