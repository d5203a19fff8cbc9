// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// target is one address or prefix to release, or, with the zero prefix, an interface to
// delete. The prefix of an address has its full length.
type target struct {
	eni    string
	prefix netip.Prefix
}

func (t target) isInterface() bool { return !t.prefix.IsValid() }

func (t target) String() string { return strings.TrimSuffix(t.eni+" "+t.address(), " ") }

// address is empty for an interface.
func (t target) address() string {
	if t.isInterface() {
		return ""
	}
	return name(t.prefix)
}

func parseInterface(eni string) (target, error) { return target{eni: eni}, checkID("eni", eni) }

func parseTarget(eni, address string) (target, error) {
	if err := checkID("eni", eni); err != nil {
		return target{}, err
	}
	prefix, err := parsePrefix(address)
	return target{eni, prefix}, err
}

// standardInput is the file name for standard input.
const standardInput = "-"

// readTargets reads a file, or standard input if its name is "-". The error has all wrong
// lines.
func (p *program) readTargets(ctx context.Context, file string, form *listForm) ([]target, error) {
	text, err := p.read(ctx, file, form)
	if err != nil {
		return nil, err
	}
	targets, bad := parseTargets(text, form)
	switch {
	case len(bad) > 0:
		return nil, &listError{file, bad}
	case len(targets) == 0:
		return nil, fmt.Errorf("%s has no %s: want lines such as %s", file, form.what, form.csv)
	}
	return targets, nil
}

// errReading is the error of a program that was interrupted while it read the list.
var errReading = errors.New("interrupted while reading the list: nothing was sent")

// read returns the contents of a file. If it reads from a terminal, it says so, and ctx
// can end it.
func (p *program) read(ctx context.Context, file string, form *listForm) ([]byte, error) {
	if file != standardInput {
		return os.ReadFile(file)
	}
	if !isTerminal(p.stdin) {
		return p.readInput(ctx)
	}
	p.person.sayf("reading the list from this terminal: lines such as %s", form.csv)
	p.person.sayf("press Ctrl-D after the last line, or Ctrl-C to cancel")
	return p.readInput(ctx)
}

// readInput reads standard input until its end or the end of ctx. After the end of ctx a
// goroutine still waits for input, because a read of a terminal cannot be canceled.
func (p *program) readInput(ctx context.Context) ([]byte, error) {
	type input struct {
		text []byte
		err  error
	}
	whole := make(chan input, 1)
	go func() {
		text, err := io.ReadAll(p.stdin)
		whole <- input{text, err}
	}()
	select {
	case got := <-whole:
		return got.text, got.err
	case <-ctx.Done():
		return nil, errReading
	}
}

// parseTargets reads a list: a JSON array, JSON lines or CSV. It removes duplicates, and
// continues after a wrong line.
func parseTargets(text []byte, form *listForm) ([]target, []badLine) {
	var targets []target
	known := make(map[target]bool)
	entries, bad := entriesOf(text, form)
	for _, e := range entries {
		t, err := parseInterface(e.eni)
		if !form.wholeInterfaces() {
			t, err = parseTarget(e.eni, e.address)
		}
		switch {
		case err != nil:
			bad = append(bad, badLine{e.line, err})
		case !known[t]:
			known[t] = true
			targets = append(targets, t)
		}
	}
	slices.SortStableFunc(bad, func(a, b badLine) int { return a.line - b.line })
	return targets, bad
}

// entry is the unchecked content of one line.
type entry struct {
	line         int
	eni, address string
}

func entriesOf(text []byte, form *listForm) ([]entry, []badLine) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // written by spreadsheets
	begin := bytes.TrimSpace(text)
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}), bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return nil, []badLine{{1, errors.New("the file is UTF-16: want UTF-8, which a spreadsheet calls CSV UTF-8")}}
	case bytes.HasPrefix(begin, []byte("[")):
		return parseJSONArray(text, form)
	case bytes.HasPrefix(begin, []byte("{")):
		return parseJSONLines(text, form)
	default:
		return parseCSV(text, form)
	}
}

// badLine is a wrong line of a list.
type badLine struct {
	line int
	err  error
}

// listError is the error of a list, with all wrong lines.
type listError struct {
	file  string
	lines []badLine
}

// texts returns the error of each line, and a summary.
func (b *listError) texts() []string {
	var texts []string
	for _, l := range b.lines {
		texts = append(texts, fmt.Sprintf("%s:%d: %v", b.file, l.line, l.err))
	}
	return append(texts, fmt.Sprintf("%s: %s, nothing was sent", b.file, counted(len(b.lines), "line is wrong", "lines are wrong")))
}

func (b *listError) Error() string { return strings.Join(b.texts(), "; ") }

// digest identifies a set of targets, independent of their order and form.
func digest(targets []target) string {
	lines := make([]string, len(targets))
	for n, t := range targets {
		lines[n] = t.String() + "\n"
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
