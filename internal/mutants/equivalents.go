// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// equivalent is a line of the file of equivalents: a mutant, and why tests cannot detect
// it.
type equivalent struct {
	path     string
	function string // empty where the line leaves it open
	operator string
	line     string // the text of the mutant's line
	after    string // what it becomes; empty where the line leaves it open
	reason   string
}

// parseEquivalents reads lines of the form
//
//	path[#function]:operator:text of the line[ → change] :: reason
//
// It skips empty lines and lines that begin with #.
func parseEquivalents(text string) ([]equivalent, error) {
	var list []equivalent
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		what, reason := cutLast(line, " :: ")
		parts := strings.SplitN(what, ":", 3)
		if len(parts) < 3 || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("line %d: want path:operator:text of the line :: reason", number+1)
		}
		e := equivalent{operator: parts[1], reason: strings.TrimSpace(reason)}
		e.path, e.function, _ = strings.Cut(parts[0], "#")
		e.line, e.after = cutLast(parts[2], " → ")
		e.line = strings.TrimSpace(e.line)
		list = append(list, e)
	}
	return list, nil
}

// cutLast returns what is before and after the last separator.
func cutLast(s, separator string) (before, after string) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):]
	}
	return s, ""
}

func (e equivalent) matches(m *mutant) bool {
	return e.path == m.file.path && e.operator == m.operator && e.line == m.line() &&
		(e.function == "" || e.function == m.function) && (e.after == "" || e.after == m.after)
}

// leftOut is a skipped mutant, with the reason.
type leftOut struct {
	mutant *mutant
	reason string
}

// leaveOut removes the equivalents from the mutants. A line must match one change in one
// function, because its reason may not be true for another place.
func leaveOut(mutants []*mutant, list []equivalent) (kept []*mutant, out []leftOut, err error) {
	reasons := map[*mutant]string{}
	for _, e := range list {
		var first *mutant
		for _, m := range mutants {
			if !e.matches(m) {
				continue
			}
			if first == nil {
				first = m
			}
			if m.function != first.function || m.after != first.after {
				return nil, nil, fmt.Errorf("ambiguous, name the function or the change: %s stands for %s, and for %s", e, first, m)
			}
			reasons[m] = e.reason
		}
		if first == nil {
			return nil, nil, fmt.Errorf("stale, it stands for no mutant: %s", e)
		}
	}
	for _, m := range mutants {
		if reason, ok := reasons[m]; ok {
			out = append(out, leftOut{m, reason})
		} else {
			kept = append(kept, m)
		}
	}
	return kept, out, nil
}

// String returns the line without the reason.
func (e equivalent) String() string {
	s := e.path
	if e.function != "" {
		s += "#" + e.function
	}
	s += ":" + e.operator + ":" + e.line
	if e.after != "" {
		s += " → " + e.after
	}
	return s
}

// readEquivalents returns the lines of a file for these sources. One file serves all
// packages. A line for a source that does not exist is an error.
func readEquivalents(name, root string, sources []*source) ([]equivalent, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	list, err := parseEquivalents(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	about := make(map[string]bool, len(sources))
	for _, s := range sources {
		about[s.path] = true
	}
	var mine []equivalent
	for _, e := range list {
		if about[e.path] {
			mine = append(mine, e)
		} else if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(e.path))); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: stale, the file is gone: %s", name, e)
		}
	}
	return mine, nil
}
