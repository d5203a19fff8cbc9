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

// target is one address or prefix to release, or, with the zero prefix, an interface
// to delete. An address has its full length.
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

// standardInput is the name of the file that stands for it.
const standardInput = "-"

// readTargets reads a file, or standard input where its name is "-". The error has
// all lines that are wrong.
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

// errReading is the end of a program that was interrupted before it had the list.
var errReading = errors.New("interrupted while reading the list: nothing was sent")

// read returns the contents of a file. A person at a terminal is told that they are
// read, and can end that.
func (p *program) read(ctx context.Context, file string, form *listForm) ([]byte, error) {
	if file != standardInput {
		return os.ReadFile(file)
	}
	if !isTerminal(p.stdin) {
		return p.readInput(ctx)
	}
	p.person.sayf("reading the list from this terminal: lines such as %s", form.csv)
	p.person.sayf("Ctrl-D behind the last line ends it, Ctrl-C gives up")
	return p.readInput(ctx)
}

// readInput reads standard input until its end or that of ctx. After the end of ctx
// a goroutine still waits for the input: nothing can end a read of a terminal.
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

// parseTargets reads a list: a JSON array, JSON lines or CSV. A target that is there
// twice counts once. It goes on behind a line that is wrong.
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

// entry is what one line says, not checked yet.
type entry struct {
	line         int
	eni, address string
}

func entriesOf(text []byte, form *listForm) ([]entry, []badLine) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // spreadsheets put it there
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

// badLine is a line of a list that is wrong.
type badLine struct {
	line int
	err  error
}

// listError is the error of a list: all that is wrong with it.
type listError struct {
	file  string
	lines []badLine
}

// texts has the error of each line, and one that sums up.
func (b *listError) texts() []string {
	var texts []string
	for _, l := range b.lines {
		texts = append(texts, fmt.Sprintf("%s:%d: %v", b.file, l.line, l.err))
	}
	return append(texts, fmt.Sprintf("%s: %s, nothing was sent", b.file, counted(len(b.lines), "line is wrong", "lines are wrong")))
}

func (b *listError) Error() string { return strings.Join(b.texts(), "; ") }

// digest names a set of targets, in whatever order and form they were written.
func digest(targets []target) string {
	lines := make([]string, len(targets))
	for n, t := range targets {
		lines[n] = t.String() + "\n"
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
