// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/parser"
	"slices"
	"strings"
	"testing"
)

// One version of the package holds what is broken in functions and in the values of
// variables; what is elsewhere is built alone.
func TestGather(t *testing.T) {
	const code = `
const size = 1 + 2

var strict = true

var a, b = true, false

func do(n int) {
	n++
}

func done(n int) bool { return n > 0 }

func loop(n int) {
again:
	for n > 0 {
		n--
		continue again
	}
}
`
	s := newSubject(t, header+code)
	mutants, _, err := s.mutants(s.files)
	if err != nil {
		t.Fatal(err)
	}
	v := gather(s, mutants)
	var alone []string
	numbers := map[int]bool{}
	for _, m := range mutants {
		if n := v.numbers[m]; n > 0 {
			numbers[n] = true
		} else {
			alone = append(alone, m.line()+": "+m.operator)
		}
	}
	want := []string{"const size = 1 + 2: sign", "var a, b = true, false: literal", "var a, b = true, false: literal", "for n > 0 {: compare", "n--: drop", "continue again: drop"}
	if !slices.Equal(alone, want) {
		t.Errorf("alone are %q, want %q", alone, want)
	}
	if len(numbers) != 3 || len(numbers) != len(v.numbers) || len(v.overlay) != 2 {
		t.Errorf("numbers %v in %d files", numbers, len(v.overlay))
	}
	text := v.overlay[s.files[0].name]
	if _, err := parser.ParseFile(s.fset, "gathered.go", text, 0); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	for _, want := range []string{
		"mutantPick(func() bool { return true }, map[int]func() bool{\n1: func() bool { return false },\n})",
		"func do(n int) {\nswitch mutantActive {\ncase 2:",
		"if false { n++ }\n\nreturn\n}",
		"func done(n int) bool {\nswitch mutantActive {\ncase 3:\n return n >= 0 \n}",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
}
