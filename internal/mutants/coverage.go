// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// coverage has the parts of the files that the tests reach, by the file's import path and
// name.
type coverage map[string][]block

// block is a part of a file, from its first byte up to the one after its last.
type block struct {
	fromLine, fromColumn, toLine, toColumn int
	reached                                bool
}

// measure runs the tests and returns their coverage of the package.
func (r *runner) measure(ctx context.Context, pkg string) (coverage, error) {
	profile := filepath.Join(r.scratch, "coverage")
	args := []string{"test", "-count=1", "-p=1", "-vet=off", "-run=" + r.pattern, "-coverpkg=" + pkg, "-coverprofile=" + profile}
	for _, s := range r.suites {
		args = append(args, s.path)
	}
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the tests fail when their coverage is measured: %w\n%s", err, out)
	}
	text, err := os.ReadFile(profile)
	if err != nil {
		return nil, err
	}
	return parseCoverage(string(text))
}

// parseCoverage reads a profile of go test -coverprofile.
func parseCoverage(profile string) (coverage, error) {
	c := coverage{}
	for number, line := range strings.Split(strings.TrimSpace(profile), "\n") {
		if number == 0 && strings.HasPrefix(line, "mode:") {
			continue
		}
		file, rest := cutLast(line, ":")
		var b block
		var statements, count int
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d",
			&b.fromLine, &b.fromColumn, &b.toLine, &b.toColumn, &statements, &count); err != nil {
			return nil, fmt.Errorf("line %d of the coverage: %w", number+1, err)
		}
		b.reached = count > 0
		c[file] = append(c[file], b)
	}
	return c, nil
}

// misses reports whether the tests never reach a place. A place in no block, such as a
// declaration, is not missed. There is one block for each package of tests.
func (c coverage) misses(pkg string, at token.Position) bool {
	known := false
	for _, b := range c[path.Join(pkg, filepath.Base(at.Filename))] {
		if !b.holds(at) {
			continue
		}
		if b.reached {
			return false
		}
		known = true
	}
	return known
}

func (b block) holds(at token.Position) bool {
	from := at.Line > b.fromLine || at.Line == b.fromLine && at.Column >= b.fromColumn
	to := at.Line < b.toLine || at.Line == b.toLine && at.Column < b.toColumn
	return from && to
}
