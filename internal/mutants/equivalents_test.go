// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const repeated = `
func f(a, b int) int {
	if a > b {
		return a - b
	}
	return 0
}

func g(a, b int) int {
	if a > b && b > 0 {
		return 1
	}
	if a > b {
		return a - b
	}
	return 0
}
`

func TestLeaveOut(t *testing.T) {
	for _, test := range []struct {
		name string
		file string
		want []string // the mutants that are left out
		err  string
	}{
		{name: "nothing", file: "\n# only a remark\n"},
		{
			name: "one", file: "p/p.go:literal:x :: no\n", err: "stale, it stands for no mutant: p/p.go:literal:x",
		},
		{
			name: "by its function", file: "p/p.go#f:compare:if a > b { :: the difference is 0",
			want: []string{"p/p.go:4: compare: a > b → a >= b: the difference is 0"},
		},
		{
			name: "by its change", file: "p/p.go:compare:if a > b && b > 0 { → a >= b :: so",
			want: []string{"p/p.go:11: compare: a > b → a >= b: so"},
		},
		{
			name: "in two functions", file: "p/p.go:compare:if a > b { :: the difference is 0",
			err: "ambiguous, name the function or the change: p/p.go:compare:if a > b { stands for p/p.go:4: compare: a > b → a >= b, and for p/p.go:14: compare: a > b → a >= b",
		},
		{
			name: "two changes", file: "p/p.go:compare:if a > b && b > 0 { :: so",
			err: "ambiguous, name the function or the change: p/p.go:compare:if a > b && b > 0 { stands for p/p.go:11: compare: a > b → a >= b, and for p/p.go:11: compare: b > 0 → b >= 0",
		},
		{name: "another operator", file: "p/p.go#f:sign:if a > b { :: so", err: "stale, it stands for no mutant: p/p.go#f:sign:if a > b {"},
		{name: "another function", file: "p/p.go#h:compare:if a > b { :: so", err: "stale, it stands for no mutant: p/p.go#h:compare:if a > b {"},
		{name: "another change", file: "p/p.go#f:compare:if a > b { → a == b :: so", err: "stale, it stands for no mutant: p/p.go#f:compare:if a > b { → a == b"},
		{name: "no reason", file: "p/p.go:compare:if a > b { ::", err: "line 1: want path:operator:text of the line :: reason"},
		{name: "no operator", file: "\np/p.go :: so", err: "line 2: want path:operator:text of the line :: reason"},
	} {
		t.Run(test.name, func(t *testing.T) {
			mutants := plantedIn(t, repeated)
			list, err := parseEquivalents(test.file)
			var kept []*mutant
			var out []leftOut
			if err == nil {
				kept, out, err = leaveOut(mutants, list)
			}
			if test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Fatalf("got  %v\nwant %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range out {
				got = append(got, l.mutant.String()+": "+l.reason)
				if slices.Contains(kept, l.mutant) {
					t.Errorf("%s is left out and kept", l.mutant)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if len(kept)+len(out) != len(mutants) {
				t.Errorf("%d are kept and %d left out of %d", len(kept), len(out), len(mutants))
			}
		})
	}
}

// One file serves several packages: what is about another is not stale, unless its
// source is gone.
func TestReadEquivalents(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		name = filepath.Join(root, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("other.go", "package other")
	mine := []*source{{path: "mine.go"}}

	list, err := readEquivalents(write("good", "mine.go:drop:a :: so\nother.go:drop:b :: so\n"), root, mine)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].path != "mine.go" {
		t.Errorf("got %v, want the one about mine.go", list)
	}
	_, err = readEquivalents(write("bad", "gone.go:drop:a :: so\n"), root, mine)
	if err == nil || !strings.Contains(err.Error(), "stale, the file is gone: gone.go:drop:a") {
		t.Errorf("a file that is gone: got %v", err)
	}
	if _, err = readEquivalents(filepath.Join(root, "missing"), root, mine); err == nil {
		t.Error("a missing list of equivalents is no error")
	}
}
