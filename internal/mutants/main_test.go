// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const toy = "./testdata/toy"

// The mutants of a toy are tried for real, with every kind of outcome.
func TestToy(t *testing.T) {
	s, err := load(t.Context(), toy)
	if err != nil {
		t.Fatal(err)
	}
	path := s.files[0].path
	equivalents := filepath.Join(t.TempDir(), "equivalents")
	entry := path + ":compare:if cmp.Compare(a, b) > 0 { :: of two equal numbers either is the larger\n"
	if err := os.WriteFile(equivalents, []byte(entry), 0o600); err != nil {
		t.Fatal(err)
	}

	var stdout, stderr bytes.Buffer
	err = run(t.Context(), []string{
		"-v", "-cover", "-timeout", "2s", "-min", "85", "-equivalent", equivalents, "-tests", toy + "," + toy + "/outside", toy,
	}, &stdout, &stderr)
	if want := "75.0 % of the mutants were noticed: want 85 %"; err == nil || err.Error() != want {
		t.Errorf("got the error %v, want %s", err, want)
	}
	want := `toy.go:23: compare: n < 0 → n <= 0
toy.go:42: drop: b = true → nothing (not covered)
toy.go:42: literal: true → false (not covered)
toy.go:31: compare: cmp.Compare(a, b) > 0 → cmp.Compare(a, b) >= 0 (left out: of two equal numbers either is the larger)
12 mutants, 9 noticed (75.0 %), 1 equivalent, 14 statements
there are 13, 0.93 for each statement; 1 changes do not compile
`
	if got := strings.ReplaceAll(stdout.String(), path, "toy.go"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	progress := strings.ReplaceAll(stderr.String(), path, "toy.go")
	for _, want := range []string{
		"toy.go:6: sign: 1 + 2 → 1 - 2: does not compile\n",
		"toy.go:9: literal: true → false: noticed\n",
		"toy.go:15: drop: n-- → nothing: ", // it loops for ever: who ends it depends on the machine
		"toy.go:23: if-true: n < 0 → true: noticed\n",
		"toy.go:38: sign: n + n → n - n: noticed\n",
	} {
		if !strings.Contains(progress, want) {
			t.Errorf("the progress lacks %q:\n%s", want, progress)
		}
	}
}

// The tests that are run notice nothing, and one mutant is enough.
func TestFlags(t *testing.T) {
	var stdout bytes.Buffer
	err := run(t.Context(), []string{"-json", "-sample", "1", "-j", "1", "-files", "toy.go", "-run", "^TestNothing$", toy}, &stdout, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(r.Package, toy[1:]) || r.Mutants+r.Broken < 1 || r.Mutants > 1 || r.Noticed != 0 || len(r.Lines) != 1 {
		t.Errorf("got %s", &stdout)
	}
}

// Tests that fail without a mutant would notice every one.
func TestFailingTests(t *testing.T) {
	t.Setenv("TOY_FAILS", "1")
	err := run(t.Context(), []string{toy}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "fail without a mutant") || !strings.Contains(err.Error(), "it was asked to fail") {
		t.Errorf("got %v, want that the tests fail", err)
	}
}

func TestWrongUse(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"no package", nil, "want one package"},
		{"no jobs", []string{"-j", "0", toy}, "want one package, and at least one job"},
		{"two packages", []string{toy, toy}, "want one package"},
		{"no such package", []string{"./testdata/missing"}, "go list: "},
		{"another package's file", []string{"-files", "other.go", toy}, "other.go is no file of "},
		{"a package without tests", []string{"-tests", "unsafe", toy}, "unsafe has no tests"},
		{"no list of equivalents", []string{"-equivalent", "testdata/missing", toy}, "testdata/missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := run(t.Context(), test.args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
