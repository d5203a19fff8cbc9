// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// shifted maps each comparison to its mutant.
var shifted = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS,
	token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL,
}

// shiftComparisons changes the boundary of each comparison.
func shiftComparisons(p *planter, n ast.Node) {
	if b, ok := n.(*ast.BinaryExpr); ok && shifted[b.Op] != token.ILLEGAL {
		plantOperator(p, "compare", b, shifted[b.Op])
	}
}

// opposite maps each sign to its mutant.
var opposite = map[token.Token]token.Token{
	token.ADD: token.SUB, token.SUB: token.ADD,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
}

// swapSigns exchanges addition and subtraction of numbers.
func swapSigns(p *planter, n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if opposite[n.Op] != token.ILLEGAL && isNumber(p.info.TypeOf(n)) {
			plantOperator(p, "sign", n, opposite[n.Op])
		}
	case *ast.AssignStmt:
		if to := opposite[n.Tok]; to != token.ILLEGAL && isNumber(p.info.TypeOf(n.Lhs[0])) {
			change := p.span(n.TokPos, n.TokPos+token.Pos(len(n.Tok.String())), to.String())
			p.plant("sign", n, p.text(n), p.text(n.Lhs[0])+" "+to.String()+" "+p.text(n.Rhs[0]), change)
		}
	}
}

func isNumber(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

// plantOperator replaces the operator of b.
func plantOperator(p *planter, operator string, b *ast.BinaryExpr, to token.Token) {
	change := p.span(b.OpPos, b.OpPos+token.Pos(len(b.Op.String())), to.String())
	p.plant(operator, b, p.text(b), p.text(b.X)+" "+to.String()+" "+p.text(b.Y), change)
}

// negateLiterals exchanges true and false where they are assigned or returned.
func negateLiterals(p *planter, n ast.Node) {
	var values []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		values = n.Rhs
	case *ast.ReturnStmt:
		values = n.Results
	case *ast.ValueSpec:
		values = n.Values
	case *ast.KeyValueExpr:
		values = []ast.Expr{n.Value}
	}
	for _, v := range values {
		id, ok := v.(*ast.Ident)
		if !ok || p.info.Uses[id] == nil || p.info.Uses[id].Parent() != types.Universe {
			continue
		}
		switch id.Name {
		case "true":
			p.plant("literal", id, "true", "false", p.replace(id, "false"))
		case "false":
			p.plant("literal", id, "false", "true", p.replace(id, "true"))
		}
	}
}
