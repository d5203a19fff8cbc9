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

// introduce says what a release is about to do: with whose key, where, and how much.
func (r releaseJob) introduce(ctx context.Context, person *console, targets []target, journal string, before int) {
	interfaces := make(map[string]bool)
	for _, t := range targets {
		interfaces[t.eni] = true
	}
	key := r.key(ctx)
	if r.profile != "" {
		key += ", profile " + r.profile
	}
	counts := fmt.Sprintf("%d on %s", len(targets), counted(len(interfaces), "interface", "interfaces"))
	if before > 0 {
		counts += fmt.Sprintf(", %d done before", before)
	}
	person.sayf("release on %s", providers[r.provider].title)
	for _, line := range [][2]string{
		{"region", r.region},
		{"endpoint", r.address()},
		{"key", key},
		{"addresses", counts},
		{"journal", cmp.Or(journal, "none")},
	} {
		fmt.Fprintf(person, "  %-9s %s\n", line[0], line[1])
	}
}

// The ends of a release before anything was sent, which are nobody's mistake.
var (
	errDeclined = errors.New("not confirmed: nothing was sent")
	errNoAnswer = errors.New("interrupted: nothing was sent")
)

// confirm asks a person at a terminal. Where there is none, nobody can answer, and
// the command line counts as meant.
func (p *program) confirm(ctx context.Context, r releaseJob) error {
	if r.yes || !isTerminal(p.person.w) {
		return nil
	}
	answers := p.stdin
	if r.file == standardInput {
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
	fmt.Fprint(p.person, "enictl: release them? [y/N] ")
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
