// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// report is the result of a run.
type report struct {
	Package    string  `json:"package"`
	Mutants    int     `json:"mutants"` // tried, or not covered
	Noticed    int     `json:"noticed"`
	Percent    float64 `json:"percent"`
	Equivalent int     `json:"equivalent"` // skipped
	Statements int     `json:"statements"`
	All        int     `json:"all"`    // mutants there are, the equivalents too
	Broken     int     `json:"broken"` // changes that do not compile
	Lines      []line  `json:"results"`
}

// line is the entry of one mutant in the report.
type line struct {
	File     string  `json:"file"`
	Line     int     `json:"line"`
	Function string  `json:"function"`
	Operator string  `json:"operator"`
	Before   string  `json:"before"`
	After    string  `json:"after"`
	Outcome  outcome `json:"outcome"`
	Reason   string  `json:"reason,omitempty"` // of an equivalent
	Seconds  float64 `json:"seconds"`
}

// equivalence is the outcome of a skipped mutant.
const equivalence outcome = "equivalent"

func newLine(m *mutant, o outcome) line {
	return line{
		File: m.file.path, Line: m.pos.Line, Function: m.function,
		Operator: m.operator, Before: m.before, After: m.after, Outcome: o,
	}
}

// newReport counts the outcomes of the mutants.
func newReport(results []result, out []leftOut) *report {
	r := &report{Lines: []line{}}
	for _, t := range results {
		l := newLine(t.mutant, t.outcome)
		l.Seconds = t.took.Seconds()
		r.Lines = append(r.Lines, l)
		switch t.outcome {
		case broken:
			r.Broken++
			continue
		case noticed, timedOut:
			r.Noticed++
		default:
		}
		r.Mutants++
	}
	for _, e := range out {
		l := newLine(e.mutant, equivalence)
		l.Reason = e.reason
		r.Lines = append(r.Lines, l)
		r.Equivalent++
	}
	if r.Mutants > 0 {
		r.Percent = 100 * float64(r.Noticed) / float64(r.Mutants)
	}
	return r
}

// check returns an error if too few mutants were detected, if there are too few mutants
// for a meaningful number, or if too many were skipped.
func (r *report) check(least float64) error {
	switch {
	case 10*r.Equivalent > r.All:
		return fmt.Errorf("%d of %d mutants are left out as equivalent: more than a tenth", r.Equivalent, r.All)
	case 2*r.All < r.Statements:
		return fmt.Errorf("%d mutants for %d statements: fewer than one for two", r.All, r.Statements)
	case r.Percent < least:
		return fmt.Errorf("%.1f %% of the mutants were noticed: want %g %%", r.Percent, least)
	}
	return nil
}

// write writes a line for each mutant that was not detected or not tried, and the numbers.
func (r *report) write(w io.Writer) {
	for _, l := range r.Lines {
		text := fmt.Sprintf("%s:%d: %s: %s → %s", l.File, l.Line, l.Operator, l.Before, l.After)
		switch l.Outcome {
		case unnoticed:
			fmt.Fprintln(w, text)
		case uncovered:
			fmt.Fprintf(w, "%s (not covered)\n", text)
		case equivalence:
			fmt.Fprintf(w, "%s (left out: %s)\n", text, l.Reason)
		default:
		}
	}
	fmt.Fprintf(w, "%d mutants, %d noticed (%.1f %%), %d equivalent, %d statements\n",
		r.Mutants, r.Noticed, r.Percent, r.Equivalent, r.Statements)
	fmt.Fprintf(w, "there are %d, %.2f for each statement; %d changes do not compile\n",
		r.All, float64(r.All)/float64(max(r.Statements, 1)), r.Broken)
}

func (r *report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "\t")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}
