// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// imported is a package whose constants the sources of these tests use.
const imported = `package kinds

type Kind int

const (
	Zero Kind = iota
	One
	hidden
	Two
	Uno = One
)

const Weight = 3
`

// known imports the packages that it holds, by their paths.
type known map[string]*types.Package

func (k known) Import(path string) (*types.Package, error) {
	if k[path] == nil {
		return nil, fmt.Errorf("no package %s", path)
	}
	return k[path], nil
}

// newSubject is a package of one file in the module m. It can import m/kinds, and
// more/kinds of another module.
func newSubject(t *testing.T, code string) *subject {
	t.Helper()
	fset := token.NewFileSet()
	packages := known{}
	for _, path := range []string{"m/kinds", "more/kinds"} {
		pkg, err := new(types.Config).Check(path, fset, []*ast.File{syntaxOf(t, fset, "kinds.go", imported)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		packages[path] = pkg
	}
	s := &subject{path: "m/p", module: "m", fset: fset}
	s.config.Importer = packages
	s.files = []*source{{name: "/m/p/p.go", path: "p/p.go", code: []byte(code), syntax: syntaxOf(t, fset, "/m/p/p.go", code)}}
	return s
}

func syntaxOf(t *testing.T, fset *token.FileSet, name, code string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(fset, name, code, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const header = "package p\n"

// plantedIn returns the mutants of the code that compile.
func plantedIn(t *testing.T, code string) []*mutant {
	t.Helper()
	s := newSubject(t, header+code)
	mutants, _, err := s.mutants(s.files)
	if err != nil {
		t.Fatal(err)
	}
	return mutants
}

// Each source has the mutants of one operator beside it, whole.
func TestOperators(t *testing.T) {
	for _, test := range []struct {
		name, operator, code string
		want                 []string
	}{
		{"a call", "drop", "func f() { f() }", []string{"func f() { if false { f() } }"}},
		{"assignments", "drop", "func f(a int) { a = 1; a += 2; a++ }", []string{
			"func f(a int) { if false { a = 1 }; a += 2; a++ }",
			"func f(a int) { a = 1; if false { a += 2 }; a++ }",
			"func f(a int) { a = 1; a += 2; if false { a++ } }",
		}},
		{"what a dropped statement uses is still used", "drop", "func f(p *int) { a := 1; *p = a }", []string{
			"func f(p *int) { a := 1; if false { *p = a } }",
		}},
		{"declarations stay", "drop", "func f() int { a := 1; var b = a; return b }", nil},
		{"the blank identifier", "drop", "func f(a int) int { _ = a; _ = f(a); return a }", []string{
			"func f(a int) int { _ = a; if false { _ = f(a) }; return a }",
		}},
		{"loops", "drop", "func f() { for { continue }; for { break } }", []string{
			"func f() { for { if false { continue } }; for { break } }",
			"func f() { for { continue }; for { if false { break } } }",
		}},
		{"a bare return", "drop", "func f() { for { return } }", []string{"func f() { for { if false { return } } }"}},
		{"a last panic, without which a result is missing", "drop", "func f() int { panic(1) }", nil},
		{"defer, go, send, receive", "drop", "func f(c chan int) { defer f(c); go f(c); c <- 1; <-c }", []string{
			"func f(c chan int) { if false { defer f(c) }; go f(c); c <- 1; <-c }",
			"func f(c chan int) { defer f(c); if false { go f(c) }; c <- 1; <-c }",
			"func f(c chan int) { defer f(c); go f(c); if false { c <- 1 }; <-c }",
			"func f(c chan int) { defer f(c); go f(c); c <- 1; if false { <-c } }",
		}},
		{"in clauses", "drop", "func f(c chan int) { select { case <-c: f(c) }; switch { default: f(c) } }", []string{
			"func f(c chan int) { select { case <-c: if false { f(c) } }; switch { default: f(c) } }",
			"func f(c chan int) { select { case <-c: f(c) }; switch { default: if false { f(c) } } }",
		}},

		{"an if", "if-true", "func f(a bool) { if b := a; b { } }", []string{"func f(a bool) { if b := a; (true || (b)) { } }"}},
		{"an if", "if-false", "func f(a bool) { if a { } else if !a { } }", []string{
			"func f(a bool) { if (false && (a)) { } else if !a { } }",
			"func f(a bool) { if a { } else if (false && (!a)) { } }",
		}},

		{"conditions", "case-always", "func f(a, b bool) { switch { case a, b: default: } }", []string{
			"func f(a, b bool) { switch { case (true || (a)), b: default: } }",
		}},
		{"conditions", "case-never", "func f(a, b bool) { switch { case a, b: default: } }", []string{
			"func f(a, b bool) { switch { case (false && (a)), (false && (b)): default: } }",
		}},
		{"values", "case-always", "func f(a int) { switch a { case 1, 2: a = 3; case 4: } }", []string{
			"func f(a int) { switch a { default: a = 3; case 4: } }",
		}},
		{"values and a default", "case-always", "func f(a int) { switch a {\ndefault: a = 1\ncase 2:\n} }", []string{
			"func f(a int) { switch a {\n\ndefault:\n} }",
		}},
		{"values", "case-never", "func f(a int) { switch a {\ncase 1: a = 2\ncase 3:\n} }", []string{
			"func f(a int) { switch a {\n\ncase 3:\n} }",
		}},
		{"all values of an enumeration", "case-always", "type k int; const (a k = 1; b k = 2); func f(c k) { switch c { case a: f(c); case b: f(c) } }", nil},
		{"types", "case-never", "func f(a any) { switch a.(type) { case int: default: } }", []string{
			"func f(a any) { switch a.(type) {  default: } }",
		}},

		{"and", "operand", "func f(a, b bool) bool { return a && b }", []string{
			"func f(a, b bool) bool { return (true || (a)) && b }",
			"func f(a, b bool) bool { return a && (true || (b)) }",
		}},
		{"a chain of or", "operand", "func f(a, b, c bool) bool { return a || (b || c) }", []string{
			"func f(a, b, c bool) bool { return (false && (a)) || (b || c) }",
			"func f(a, b, c bool) bool { return a || ((false && (b)) || c) }",
			"func f(a, b, c bool) bool { return a || (b || (false && (c))) }",
		}},

		{"less", "compare", "func f(a int) bool { return a < 1 }", []string{"func f(a int) bool { return a <= 1 }"}},
		{"at most", "compare", "func f(a int) bool { return a <= 1 }", []string{"func f(a int) bool { return a < 1 }"}},
		{"more", "compare", "func f(a int) bool { return a > 1 }", []string{"func f(a int) bool { return a >= 1 }"}},
		{"at least", "compare", "func f(a int) bool { return a >= 1 }", []string{"func f(a int) bool { return a > 1 }"}},
		{"equal", "compare", "func f(a any) bool { return a == nil }", []string{"func f(a any) bool { return a != nil }"}},
		{"unequal", "compare", "func f(a any) bool { return a != nil }", []string{"func f(a any) bool { return a == nil }"}},

		{"numbers", "sign", "func f(a int) int { a += 1; a -= 2; return a + 3 - 4 }", []string{
			"func f(a int) int { a -= 1; a -= 2; return a + 3 - 4 }",
			"func f(a int) int { a += 1; a += 2; return a + 3 - 4 }",
			"func f(a int) int { a += 1; a -= 2; return a + 3 + 4 }",
			"func f(a int) int { a += 1; a -= 2; return a - 3 - 4 }",
		}},
		{"strings", "sign", "func f(a string) string { a += a; return a + a }", nil},

		{"an enumeration", "constant", "type k int; const (a k = iota; b; c); func f() (k, k) { return b, c }", []string{
			"type k int; const (a k = iota; b; c); func f() (k, k) { return c, c }",
			"type k int; const (a k = iota; b; c); func f() (k, k) { return b, a }",
		}},
		{"a lonely constant", "constant", "type k int; const a k = 1; func f() k { return a }", nil},
		{"plain constants", "constant", "const (a = 1; b = 2); func f() int { return a }", nil},
		{"constants of a function", "constant", "type k int; func f() k { const (a k = 1; b k = 2); return a }", nil},
		{"another package of the module", "constant", `import "m/kinds"; func f() kinds.Kind { return kinds.One + kinds.Two + kinds.Weight }`, []string{
			`import "m/kinds"; func f() kinds.Kind { return kinds.Two + kinds.Two + kinds.Weight }`,
			`import "m/kinds"; func f() kinds.Kind { return kinds.One + kinds.Zero + kinds.Weight }`,
		}},
		{"a package of another module", "constant", `import "more/kinds"; func f() kinds.Kind { return kinds.One }`, nil},

		{"true and false", "literal", "func f() bool { a := true; a = false; return true == a }", []string{
			"func f() bool { a := false; a = false; return true == a }",
			"func f() bool { a := true; a = true; return true == a }",
		}},
		{"where literals stand", "literal", "var a, b = true, struct{ c bool }{c: true}; func f() bool { return false }", []string{
			"var a, b = false, struct{ c bool }{c: true}; func f() bool { return false }",
			"var a, b = true, struct{ c bool }{c: false}; func f() bool { return false }",
			"var a, b = true, struct{ c bool }{c: true}; func f() bool { return true }",
		}},
		{"nil", "literal", "func f() any { return nil }", nil},
		{"another true", "literal", "func f(true bool) bool { return true }", nil},
	} {
		t.Run(test.operator+": "+test.name, func(t *testing.T) {
			var got []string
			for _, m := range plantedIn(t, test.code) {
				if m.operator == test.operator {
					got = append(got, strings.TrimPrefix(string(m.code()), header))
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// What is printed is what changes, not how.
func TestStrings(t *testing.T) {
	const code = `
type k int

const (
	one k = iota
	two
)

type thing[T any] struct{}

func (t *thing[T]) f(a, b bool, c k) bool {
	if a &&
		b {
		a = true
	}
	switch {
	case a, b:
	}
	switch c {
	case one:
		c += 1
	}
	return c > two
}

func g(c chan func(int, int) (string, error, func(int, int) (string, error))) { _ = cap(c); _ = len(c) }
`
	want := []string{
		"p/p.go:13: if-true: a && b → true",
		"p/p.go:13: if-false: a && b → false",
		"p/p.go:13: operand: a && b → b",
		"p/p.go:14: operand: a && b → a",
		"p/p.go:15: drop: a = true → nothing",
		"p/p.go:15: literal: true → false",
		"p/p.go:18: case-always: case a, b → case true",
		"p/p.go:18: case-never: case a, b → case false",
		"p/p.go:21: case-always: case one → default",
		"p/p.go:21: case-never: case one → nothing",
		"p/p.go:21: constant: one → two",
		"p/p.go:22: drop: c += 1 → nothing",
		"p/p.go:22: sign: c += 1 → c -= 1",
		"p/p.go:24: compare: c > two → c >= two",
		"p/p.go:24: constant: two → one",
		"p/p.go:27: drop: _ = cap(c) → nothing",
		"p/p.go:27: drop: _ = len(c) → nothing",
	}
	var got []string
	mutants := plantedIn(t, code)
	for _, m := range mutants {
		got = append(got, m.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if f := mutants[0].function; f != "thing.f" {
		t.Errorf("a method: got the function %q", f)
	}
	if f := mutants[len(mutants)-1].function; f != "g" {
		t.Errorf("a function: got the function %q", f)
	}
	if l := mutants[3].line(); l != "b {" {
		t.Errorf("got the line %q", l)
	}
	if most := strings.Repeat("ä", 60); brief(most) != most {
		t.Errorf("60 characters are cut: %q", brief(most))
	}
	long := strings.Repeat("ä", 61)
	if got, want := brief("\n"+long), long[:2*59]+"…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCountStatements(t *testing.T) {
	const code = `
var v = func() { println() }

func f(a int) int {
	if b := a; b > 0 {
		a++
	}
	switch a {
	case 1:
		return 1
	default:
	}
	return 2
}`
	s := newSubject(t, header+code)
	if got := countStatements(s.files[0].syntax); got != 6 {
		t.Errorf("got %d statements, want 6", got)
	}
}

// A change that does not compile is counted, and is no mutant.
func TestDoesNotCompile(t *testing.T) {
	const code = "type k int; const (a k = 1; b k = 2); func f(c k) { switch c { case a: f(c)\ncase b: f(c) } }"
	s := newSubject(t, header+code)
	mutants, broken, err := s.mutants(s.files)
	if err != nil {
		t.Fatal(err)
	}
	if broken != 2 {
		t.Errorf("got %d that do not compile, want 2: each constant would be there twice", broken)
	}
	if len(mutants) != 4 {
		t.Errorf("got %s, want two that drop a case, and two that drop a call", mutants)
	}
}
