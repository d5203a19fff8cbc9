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

// introduce prints what a task will do: the key, the place and the amount.
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

// countedOn returns a text with the numbers of addresses and interfaces, and how many of
// them are done according to the journal.
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

// The ends of a task before anything was sent that are no errors of the command line.
var (
	errDeclined = errors.New("not confirmed: nothing was sent")
	errNoAnswer = errors.New("interrupted: nothing was sent")
)

// confirm asks for confirmation on a terminal. Without a terminal it does not ask.
func (p *program) confirm(ctx context.Context, b bulkJob, action string) error {
	if b.yes || !isTerminal(p.person.w) {
		return nil
	}
	answers := p.stdin
	if b.file == standardInput {
		// The list came from standard input.
		terminal, err := os.Open("/dev/tty")
		if err != nil {
			return nil // no terminal to ask on
		}
		defer func() { _ = terminal.Close() }() //nolint:errcheck // only for reading
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

// firstLine reads a line. At the end of the input it returns "".
func firstLine(r io.Reader) string {
	line := bufio.NewScanner(r)
	line.Scan()
	return strings.TrimSpace(line.Text())
}
