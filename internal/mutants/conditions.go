// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// force returns an expression with a fixed value that does not evaluate the condition.
// The condition remains in the text, so that its variables are used and the mutant
// compiles.
func force(condition string, value bool) string {
	if value {
		return "(true || (" + condition + "))"
	}
	return "(false && (" + condition + "))"
}

// forceIfs makes each condition of an if always true, and always false.
func forceIfs(p *planter, n ast.Node) {
	s, ok := n.(*ast.IfStmt)
	if !ok {
		return
	}
	condition := p.text(s.Cond)
	p.plant("if-true", s.Cond, condition, "true", p.replace(s.Cond, force(condition, true)))
	p.plant("if-false", s.Cond, condition, "false", p.replace(s.Cond, force(condition, false)))
}

// forceCases makes each case of a switch match always, and never.
func forceCases(p *planter, n ast.Node) {
	switch s := n.(type) {
	case *ast.SwitchStmt:
		if s.Tag == nil {
			forceConditions(p, clauses(s.Body))
		} else {
			forceValues(p, s, clauses(s.Body))
		}
	case *ast.TypeSwitchStmt:
		forceValues(p, s, clauses(s.Body))
	}
}

// clauses returns the clauses of a switch.
func clauses(body *ast.BlockStmt) []*ast.CaseClause {
	var list []*ast.CaseClause
	for _, s := range body.List {
		if c, ok := s.(*ast.CaseClause); ok {
			list = append(list, c)
		}
	}
	return list
}

// forceConditions handles a switch without a tag, whose cases are conditions.
func forceConditions(p *planter, list []*ast.CaseClause) {
	for _, c := range list {
		if isDefault(c) {
			continue
		}
		always := p.replace(c.List[0], force(p.text(c.List[0]), true))
		var never []edit
		for _, condition := range c.List {
			never = append(never, p.replace(condition, force(p.text(condition), false)))
		}
		p.plant("case-always", c, caseText(p, c), "case true", always)
		p.plant("case-never", c, caseText(p, c), "case false", never...)
	}
}

// forceValues handles a switch with a tag, whose cases are values, and a type switch. A
// case that always matches becomes the default, unless the other cases list all values. An
// empty case in a switch without a default has no effect and is skipped.
func forceValues(p *planter, n ast.Stmt, list []*ast.CaseClause) {
	_, values := n.(*ast.SwitchStmt)
	idle, whole := values && !slices.ContainsFunc(list, isDefault), values && p.listsAll(list)
	for _, c := range list {
		if isDefault(c) || idle && len(c.Body) == 0 {
			continue
		}
		if !whole {
			p.plant("case-always", c, caseText(p, c), "default", always(p, c, list)...)
		}
		p.plant("case-never", c, caseText(p, c), "nothing", p.replace(c, ""))
	}
}

// always makes a case the default, instead of another one.
func always(p *planter, c *ast.CaseClause, list []*ast.CaseClause) []edit {
	edits := []edit{p.span(c.Pos(), c.Colon, "default")}
	for _, other := range list {
		if isDefault(other) {
			edits = append(edits, p.replace(other, ""))
		}
	}
	return edits
}

func isDefault(c *ast.CaseClause) bool { return c.List == nil }

// caseText returns the head of a clause.
func caseText(p *planter, c *ast.CaseClause) string {
	var list []string
	for _, e := range c.List {
		list = append(list, p.text(e))
	}
	return "case " + strings.Join(list, ", ")
}

// dropOperands removes each operand of a chain of && or ||: it gets the neutral value.
func dropOperands(p *planter, n ast.Node) {
	b, ok := n.(*ast.BinaryExpr)
	if !ok || b.Op != token.LAND && b.Op != token.LOR {
		return
	}
	for _, operand := range []ast.Expr{b.X, b.Y} {
		if chain, ok := ast.Unparen(operand).(*ast.BinaryExpr); ok && chain.Op == b.Op {
			continue // its operands are left out one by one
		}
		rest := b.X
		if operand == b.X {
			rest = b.Y
		}
		p.plant("operand", operand, p.text(b), p.text(rest), p.replace(operand, force(p.text(operand), b.Op == token.LAND)))
	}
}
