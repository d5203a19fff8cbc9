// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode/utf8"
)

// mutant is one change of one file.
type mutant struct {
	file     *source
	operator string
	pos      token.Position
	function string // such as "lane.Take"; empty outside of functions
	before   string // what changes and what it becomes, for people
	after    string
	edits    []edit
}

// edit replaces the bytes from one offset up to another with text.
type edit struct {
	from, to int
	text     string
}

// code returns the changed file.
func (m *mutant) code() []byte {
	var out bytes.Buffer
	last := 0
	for _, e := range m.edits {
		out.Write(m.file.code[last:e.from])
		out.WriteString(e.text)
		last = e.to
	}
	out.Write(m.file.code[last:])
	return out.Bytes()
}

// line returns the text of the line in which the change begins.
func (m *mutant) line() string {
	lines := strings.Split(string(m.file.code), "\n")
	return strings.TrimSpace(lines[m.pos.Line-1])
}

// String returns the mutant on one line: file:line: operator: before → after.
func (m *mutant) String() string {
	return fmt.Sprintf("%s:%d: %s: %s → %s", m.file.path, m.pos.Line, m.operator, m.before, m.after)
}

// operators are called for every node of a file, and add their mutants.
var operators = []func(*planter, ast.Node){
	dropStatements, forceIfs, forceCases, dropOperands, shiftComparisons, swapSigns, swapConstants, negateLiterals,
}

// planter collects the mutants of one file.
type planter struct {
	file    *source
	fset    *token.FileSet
	pkg     *types.Package
	info    *types.Info
	module  string // whose constants are enumerations to us
	mutants []*mutant
}

// plantAll returns the mutants of the planter's file in the order of the file.
func (p *planter) plantAll() []*mutant {
	ast.Inspect(p.file.syntax, func(n ast.Node) bool {
		for _, plant := range operators {
			plant(p, n)
		}
		return n != nil
	})
	slices.SortStableFunc(p.mutants, func(a, b *mutant) int { return cmp.Compare(a.pos.Offset, b.pos.Offset) })
	return p.mutants
}

// plant adds a mutant that begins at n.
func (p *planter) plant(operator string, n ast.Node, before, after string, edits ...edit) {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	p.mutants = append(p.mutants, &mutant{
		file: p.file, operator: operator, pos: p.fset.Position(n.Pos()), function: p.function(n.Pos()),
		before: brief(before), after: brief(after), edits: edits,
	})
}

// replace returns an edit that replaces n with text.
func (p *planter) replace(n ast.Node, text string) edit {
	return p.span(n.Pos(), n.End(), text)
}

func (p *planter) span(from, to token.Pos, text string) edit {
	return edit{p.fset.Position(from).Offset, p.fset.Position(to).Offset, text}
}

// text returns the code of n.
func (p *planter) text(n ast.Node) string {
	e := p.replace(n, "")
	return string(p.file.code[e.from:e.to])
}

// function returns the name of the declared function around pos.
func (p *planter) function(pos token.Pos) string {
	for _, d := range p.file.syntax.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || pos < f.Pos() || pos >= f.End() {
			continue
		}
		return functionName(f)
	}
	return ""
}

// functionName returns the name of a function, with its receiver.
func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	switch generic := receiver.(type) {
	case *ast.IndexExpr:
		receiver = generic.X
	case *ast.IndexListExpr:
		receiver = generic.X
	}
	return types.ExprString(receiver) + "." + f.Name.Name
}

// brief returns code on one line of at most 60 characters.
func brief(code string) string {
	const most = 60
	code = strings.Join(strings.Fields(code), " ")
	if utf8.RuneCountInString(code) <= most {
		return code
	}
	return string([]rune(code)[:most-1]) + "…"
}
