// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// swapConstants replaces each use of a constant of an enumeration with the next constant.
func swapConstants(p *planter, n ast.Node) {
	id, ok := n.(*ast.Ident)
	if !ok {
		return
	}
	c, ok := p.info.Uses[id].(*types.Const)
	if !ok {
		return
	}
	list := enumeration(c, p.module, c.Pkg() != p.pkg)
	for i, other := range list {
		if other == c && len(list) > 1 {
			next := list[(i+1)%len(list)].Name()
			p.plant("constant", id, id.Name, next, p.replace(id, next))
		}
	}
}

// enumeration returns the constants of c's type, if this module declares it, in the order
// of their declaration, one for each value. For another package than the file's, it
// returns only exported ones.
func enumeration(c *types.Const, module string, onlyExported bool) []*types.Const {
	named, ok := types.Unalias(c.Type()).(*types.Named)
	if !ok || c.Pkg() == nil || !within(module, c.Pkg().Path()) {
		return nil
	}
	list := []*types.Const{c}
	scope := c.Pkg().Scope()
	for _, name := range scope.Names() {
		other, ok := scope.Lookup(name).(*types.Const)
		if !ok || !types.Identical(other.Type(), named) || onlyExported && !other.Exported() {
			continue
		}
		sameValue := func(known *types.Const) bool { return constant.Compare(known.Val(), token.EQL, other.Val()) }
		if !slices.ContainsFunc(list, sameValue) {
			list = append(list, other)
		}
	}
	slices.SortFunc(list, func(a, b *types.Const) int { return cmp.Compare(a.Pos(), b.Pos()) })
	return list
}

// within reports whether a package belongs to a module.
func within(module, path string) bool {
	return path == module || strings.HasPrefix(path, module+"/")
}

// listsAll reports whether the clauses of a switch list each constant of an enumeration.
func (p *planter) listsAll(list []*ast.CaseClause) bool {
	listed := map[*types.Const]bool{}
	var some *types.Const
	for _, c := range list {
		for _, e := range c.List {
			e = ast.Unparen(e)
			if selector, ok := e.(*ast.SelectorExpr); ok {
				e = selector.Sel
			}
			id, ok := e.(*ast.Ident)
			if !ok {
				return false
			}
			constant, ok := p.info.Uses[id].(*types.Const)
			if !ok {
				return false
			}
			some, listed[constant] = constant, true
		}
	}
	if some == nil {
		return false
	}
	all := enumeration(some, p.module, some.Pkg() != p.pkg)
	return len(all) > 1 && !slices.ContainsFunc(all, func(c *types.Const) bool { return !listed[c] })
}
