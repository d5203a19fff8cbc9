// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// verdict is how a promise fared.
type verdict string

// The verdicts.
const (
	kept    verdict = "kept"
	broken  verdict = "BROKEN"
	skipped verdict = "skipped"
)

// judge makes a verdict of how a step ended.
func judge(err error) (verdict, string) {
	var s skippedError
	switch {
	case err == nil:
		return kept, ""
	case errors.As(err, &s):
		return skipped, s.reason
	}
	return broken, err.Error()
}

// report is what a run has found out. Its lines hold no ids and no addresses of the
// account: the scrubber has seen them.
type report struct {
	provider, region string
	promises         []line
	answers          []line
	requests         int
	withheld         map[string]int // exchanges that are not in the recording
	left             error          // why something may be left
	ended            error          // why the run ended early
}

// line is one line of a report.
type line struct {
	name    string
	verdict verdict // of a promise
	text    string
}

// broken is how many promises were not kept.
func (r *report) broken() (n int) {
	for _, p := range r.promises {
		if p.verdict == broken {
			n++
		}
	}
	return n
}

// complete reports whether every promise was kept, every question was asked and nothing
// is left.
func (r *report) complete() bool { return r.broken() == 0 && r.ended == nil && r.left == nil }

// write writes the report in Markdown.
func (r *report) write(w io.Writer, scrub func(string) string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# The contract on %s\n\nRegion %s, %d requests.\n", r.provider, r.region, r.requests)
	if r.ended != nil {
		fmt.Fprintf(&b, "\nThe run ended early: %s\n", cell(scrub(r.ended.Error())))
	}
	if r.left != nil {
		fmt.Fprintf(&b, "\nSomething may be left: %s\n", cell(scrub(r.left.Error())))
	}
	for what, n := range r.withheld {
		fmt.Fprintf(&b, "\n%d exchanges are not in the recording: they would show %s.\n", n, what)
	}
	fmt.Fprint(&b, "\n## Promises\n\n| promise | | |\n|---|---|---|\n")
	for _, p := range r.promises {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.name, p.verdict, cell(scrub(p.text)))
	}
	fmt.Fprint(&b, "\n## Open questions\n\n| question | answer |\n|---|---|\n")
	for _, a := range r.answers {
		fmt.Fprintf(&b, "| %s | %s |\n", a.name, cell(scrub(a.text)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell keeps a text within one cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
