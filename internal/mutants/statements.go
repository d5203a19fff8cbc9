// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/ast"
	"go/token"
)

// statements returns the statement list of n.
func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// countStatements counts the statements of a file. Statements in the head of another
// statement, and clauses of a switch or select, are part of that statement.
func countStatements(f *ast.File) int {
	count := 0
	ast.Inspect(f, func(n ast.Node) bool {
		for _, s := range statements(n) {
			switch s.(type) {
			case *ast.CaseClause, *ast.CommClause, *ast.EmptyStmt:
			default:
				count++
			}
		}
		return true
	})
	return count
}

// dropStatements removes each statement that can be removed. The statement stays in the
// file as unreachable code, so that its variables are used and the mutant compiles.
func dropStatements(p *planter, n ast.Node) {
	for _, s := range statements(n) {
		if droppable(s) {
			p.plant("drop", s, p.text(s), "nothing", p.replace(s, "if false { "+p.text(s)+" }"))
		}
	}
}

// droppable reports whether a statement can be removed. A declaration cannot, nor can a
// return with results.
func droppable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt, *ast.DeferStmt:
		return true
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE && !idle(s)
	case *ast.BranchStmt:
		return s.Tok == token.BREAK || s.Tok == token.CONTINUE
	case *ast.ReturnStmt:
		return len(s.Results) == 0
	}
	return false
}

// idle reports whether an assignment assigns only to the blank identifier.
func idle(s *ast.AssignStmt) bool {
	for _, l := range s.Lhs {
		if id, ok := l.(*ast.Ident); !ok || id.Name != "_" {
			return false
		}
	}
	for _, r := range s.Rhs {
		if _, ok := r.(*ast.Ident); !ok {
			return false
		}
	}
	return true
}
