// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// summary is the last line of release, delete and sweep -o json. Its numbers count
// addresses, or for delete and sweep interfaces, with those of earlier runs in the same
// journal.
type summary struct {
	OK         bool     `json:"ok"`
	Provider   string   `json:"provider"`
	Region     string   `json:"region"`
	Interfaces int      `json:"interfaces"`
	Addresses  int      `json:"addresses,omitempty"` // of release
	Before     int      `json:"done_before"`         // according to the journal
	Released   int      `json:"released"`
	Accepted   int      `json:"accepted"`
	Absent     int      `json:"absent"`
	Refused    int      `json:"refused"`
	Unknown    int      `json:"unknown"`
	NotTried   int      `json:"not_tried"`
	Next       []string `json:"next"`            // what to do next
	Error      *failure `json:"error,omitempty"` // why nothing was tried
}

// sumUp writes the summary and sets the exit status. The cause is why the run ended early,
// or nil.
func (c *campaign) sumUp(targets []target, cause error) {
	count := make(map[eni.Outcome]int)
	kinds := make(map[eni.Kind]int)
	interfaces := make(map[string]bool)
	var rows [][]string
	interrupted := errors.Is(cause, context.Canceled) || errors.Is(cause, errNoReader)
	unreached := cause != nil && !interrupted && c.sent.neverReached()
	failed, unfinished := 0, false
	for _, t := range targets {
		interfaces[t.eni] = true
		outcome, before := c.journal.done[t]
		r, tried := c.latest[t]
		if !before {
			outcome = r.outcome
		}
		count[outcome]++
		if before || r.done() {
			continue
		}
		failed++
		switch {
		case !tried:
			unfinished = unfinished || interrupted
			continue
		case unreached && r.Error != nil:
			kinds[r.Error.kind]++ // the same command would fail like this
		case r.Error == nil, r.Error.passes():
			unfinished = true
		default:
			kinds[r.Error.kind]++
			unfinished = unfinished || outcome == eni.OutcomeAccepted || outcome == eni.OutcomeUnknown
		}
		rows = append(rows, failureRow(t, outcome, r.Error))
	}
	switch {
	case unfinished:
		c.status = exitUnfinished
	case failed > 0:
		c.status = exitFailed
	}

	next := c.advise(kinds, unreached)
	switch {
	case unfinished && c.journalFile != "":
		next = append(next, "run the same command again: it continues where it stopped, with the journal")
	case unfinished:
		next = append(next, "run the same command again: it describes the interfaces to find out what was done")
	case len(c.journal.done) == len(targets):
		next = append(next, "nothing was sent: the journal says that everything is done; --no-journal ignores it")
	case cause != nil && !interrupted:
		next = append(next, "then run the same command again for the rest")
	}
	s := summary{
		OK: failed == 0, Provider: c.provider, Region: c.region,
		Interfaces: len(interfaces), Before: len(c.journal.done), Next: next,
	}.with(count)
	if c.command == releaseList {
		s.Addresses = len(targets)
	}
	if c.output == jsonOutput {
		encode(c.stdout, map[string]summary{"summary": s})
	} else {
		writeSome(c.stdout, rows)
		fmt.Fprintln(c.stdout, s)
	}
	allDone := failed == 0 && errors.Is(cause, errNoReader) // the reader left after the last change
	if cause != nil && !errors.Is(cause, context.Canceled) && !allDone {
		c.person.sayf("ended early: %v", cause)
	}
	for _, line := range next {
		c.person.sayf("%s", line)
	}
}

// advise returns, for each kind of error, the count and what to do next.
func (c *campaign) advise(kinds map[eni.Kind]int, unreached bool) []string {
	next := []string{}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		advice := adviceFor(c.provider, kind)
		if unreached && kind == eni.ErrUnavailable {
			advice = "check --endpoint, --region and the network: the cloud has answered nothing"
		}
		next = append(next, fmt.Sprintf("%s (%d): %s", kind, kinds[kind], advice))
	}
	return next
}

// with returns the summary with the outcomes counted.
func (s summary) with(count map[eni.Outcome]int) summary {
	s.Released, s.Accepted, s.Absent = count[eni.OutcomeReleased], count[eni.OutcomeAccepted], count[eni.OutcomeAbsent]
	s.Refused, s.Unknown, s.NotTried = count[eni.OutcomeRefused], count[eni.OutcomeUnknown], count[eni.OutcomeNotTried]
	return s
}

// failureRow returns the row for a target that is not done.
func failureRow(t target, outcome eni.Outcome, why *failure) []string {
	if t.isInterface() {
		return []string{t.eni, deletionWord(outcome), why.brief()}
	}
	return []string{t.eni, name(t.prefix), word(outcome), why.brief()}
}

// String returns the summary as text.
func (s summary) String() string {
	text := counted(s.Interfaces, "interface", "interfaces")
	wordFor := deletionWord
	if s.Addresses > 0 {
		text, wordFor = counted(s.Addresses, "address", "addresses")+" on "+text, word
	}
	var counts []string
	for _, part := range []struct {
		n       int
		outcome eni.Outcome
	}{
		{s.Released, eni.OutcomeReleased},
		{s.Accepted, eni.OutcomeAccepted},
		{s.Absent, eni.OutcomeAbsent},
		{s.Refused, eni.OutcomeRefused},
		{s.Unknown, eni.OutcomeUnknown},
		{s.NotTried, eni.OutcomeNotTried},
	} {
		if part.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", part.n, wordFor(part.outcome)))
		}
	}
	if len(counts) > 0 {
		text += ": " + strings.Join(counts, ", ")
	}
	if s.Before > 0 {
		text += fmt.Sprintf(" (%d of them before, as the journal says)", s.Before)
	}
	return text
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// mostRows is how many failures are printed. The journal has all of them.
const mostRows = 20

func writeSome(w *output, rows [][]string) {
	writeTable(w, rows[:min(len(rows), mostRows)])
	if more := len(rows) - mostRows; more > 0 {
		fmt.Fprintf(w, "… and %d more; the journal and -o json have all of them\n", more)
	}
}
