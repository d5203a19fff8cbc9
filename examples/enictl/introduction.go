// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// introduce says what a task is about to do: with whose key, where, and how much.
func (b *bulkJob) introduce(ctx context.Context, person *console, about ...[2]string) {
	key := b.key(ctx)
	if b.profile != "" {
		key += ", profile " + b.profile
	}
	person.sayf("%s on %s", b.command, providers[b.provider].title)
	lines := [][2]string{{"region", b.region}, {"endpoint", b.address()}, {"key", key}}
	lines = append(append(lines, about...), [2]string{"journal", cmp.Or(b.journalFile, "none")})
	width := 0
	for _, line := range lines {
		width = max(width, len(line[0]))
	}
	for _, line := range lines {
		fmt.Fprintf(person, "  %-*s %s\n", width, line[0], line[1])
	}
}

// countedOn says how many addresses of how many interfaces there are, and how many of
// them are done by the journal.
func countedOn(targets []target, before int) string {
	interfaces := make(map[string]bool)
	for _, t := range targets {
		interfaces[t.eni] = true
	}
	return fmt.Sprintf("%d on %s", len(targets), counted(len(interfaces), "interface", "interfaces")) + doneBefore(before)
}

func doneBefore(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d done before", n)
}

// The ends of a task before anything was sent, which are nobody's mistake.
var (
	errDeclined = errors.New("not confirmed: nothing was sent")
	errNoAnswer = errors.New("interrupted: nothing was sent")
)

// confirm asks a person at a terminal. Where there is none, nobody can answer, and
// the command line counts as meant.
func (p *program) confirm(ctx context.Context, b bulkJob, action string) error {
	if b.yes || !isTerminal(p.person.w) {
		return nil
	}
	answers := p.stdin
	if b.file == standardInput {
		// The list came from there.
		terminal, err := os.Open("/dev/tty")
		if err != nil {
			return nil // no terminal to ask on
		}
		defer func() { _ = terminal.Close() }() //nolint:errcheck // it was only read
		answers = terminal
	}
	if !isTerminal(answers) {
		return nil
	}
	fmt.Fprintf(p.person, "enictl: %s them? [y/N] ", action)
	answer := make(chan string, 1)
	go func() { answer <- firstLine(answers) }()
	select {
	case word := <-answer:
		if word = strings.ToLower(word); word != "y" && word != "yes" {
			return errDeclined
		}
		return nil
	case <-ctx.Done():
		fmt.Fprintln(p.person)
		return errNoAnswer
	}
}

// firstLine reads a line; the end of the input is an empty one.
func firstLine(r io.Reader) string {
	line := bufio.NewScanner(r)
	line.Scan()
	return strings.TrimSpace(line.Text())
}
