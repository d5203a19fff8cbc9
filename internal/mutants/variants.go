// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"iter"
	"path/filepath"
	"slices"
	"strings"
)

// Building the tests takes longer than running them. So one binary contains most mutants:
// each function has the bodies of all its mutants before its own, and an environment
// variable chooses. The same is done for package variables.

// activeName is the environment variable with the number of the mutant.
const activeName = "MUTANT"

// chooser is the file that reads it. The number 0 is the original code.
const chooser = `package %s

import (
	mutantOS "os"
	mutantStrconv "strconv"
)

var mutantActive, _ = mutantStrconv.Atoi(mutantOS.Getenv("` + activeName + `"))

func mutantPick[T any](value func() T, others map[int]func() T) T {
	if other, ok := others[mutantActive]; ok {
		return other()
	}
	return value()
}
`

// variants has the mutants of one binary, with their numbers.
type variants struct {
	numbers map[*mutant]int
	overlay map[string]string // the text of each file that stands in for another
}

// gather puts as many mutants as possible into one version of the package. A mutant
// outside of functions and values of variables needs its own binary, and so does one in a
// function with labels, which must be unique there.
func gather(s *subject, mutants []*mutant) variants {
	v := variants{numbers: map[*mutant]int{}, overlay: map[string]string{}}
	for _, f := range s.files {
		var all mutant // every variant, as one change of the file
		all.file = f
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Body != nil && !hasLabel(d.Body) {
					all.edits = append(all.edits, v.bodies(s, d, f, mutants)...)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR && len(spec.Values) == 1 && len(spec.Names) == 1 {
						all.edits = append(all.edits, v.values(s, spec.Values[0], f, mutants)...)
					}
				}
			}
		}
		if all.edits != nil {
			v.overlay[f.name] = string(all.code())
		}
	}
	if len(v.overlay) > 0 {
		name := filepath.Join(filepath.Dir(s.files[0].name), "mutant_active.go")
		v.overlay[name] = fmt.Sprintf(chooser, s.files[0].syntax.Name.Name)
	}
	return v
}

// bodies inserts a switch with a body for each mutant before a function's body.
func (v *variants) bodies(s *subject, fn *ast.FuncDecl, f *source, mutants []*mutant) []edit {
	from, to := s.fset.Position(fn.Body.Lbrace).Offset+1, s.fset.Position(fn.Body.Rbrace).Offset
	var out strings.Builder
	for number, text := range v.within(edit{from: from, to: to}, f, mutants) {
		fmt.Fprintf(&out, "\ncase %d:\n%s\n", number, text)
		if fn.Type.Results == nil {
			out.WriteString("return\n")
		}
	}
	if out.Len() == 0 {
		return nil
	}
	return []edit{{from: from, to: from, text: "\nswitch mutantActive {" + out.String() + "}\n"}}
}

// values replaces a value with a choice among the values of all mutants.
func (v *variants) values(s *subject, value ast.Expr, f *source, mutants []*mutant) []edit {
	from, to := s.fset.Position(value.Pos()).Offset, s.fset.Position(value.End()).Offset
	kind := types.TypeString(s.types[value].Type, func(p *types.Package) string {
		if p.Path() == s.path {
			return ""
		}
		return p.Name()
	})
	var out strings.Builder
	for number, text := range v.within(edit{from: from, to: to}, f, mutants) {
		fmt.Fprintf(&out, "%d: func() %s { return %s },\n", number, kind, text)
	}
	if out.Len() == 0 {
		return nil
	}
	text := fmt.Sprintf("mutantPick(func() %[1]s { return %[2]s }, map[int]func() %[1]s{\n%[3]s})", kind, f.code[from:to], &out)
	return []edit{{from: from, to: to, text: text}}
}

// within numbers the mutants whose changes are within a part of a file, and returns the
// new text of that part.
func (v *variants) within(part edit, f *source, mutants []*mutant) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for _, m := range mutants {
			outside := func(e edit) bool { return e.from < part.from || e.to > part.to }
			if m.file != f || slices.ContainsFunc(m.edits, outside) {
				continue
			}
			number := len(v.numbers) + 1
			v.numbers[m] = number
			code := m.code()
			if !yield(number, code[part.from:len(code)-(len(f.code)-part.to)]) {
				return
			}
		}
	}
}

func hasLabel(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		_, label := n.(*ast.LabeledStmt)
		found = found || label
		return !found
	})
	return found
}
