// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// subject is the package whose code is changed.
type subject struct {
	path   string // its import path
	root   string // the folder of its module
	module string
	fset   *token.FileSet
	files  []*source
	config types.Config
	types  map[ast.Expr]types.TypeAndValue // known with the mutants

	outlines []*ast.File // of the files, for compiles
}

// source is a file of the package.
type source struct {
	name   string // absolute
	path   string // from the module's folder, with slashes
	code   []byte
	syntax *ast.File
}

// listed is a package in the output of go list.
type listed struct {
	ImportPath string   `json:"ImportPath"`
	Dir        string   `json:"Dir"`
	Export     string   `json:"Export"` // the file with its types
	DepOnly    bool     `json:"DepOnly"`
	GoFiles    []string `json:"GoFiles"`
	Module     *struct {
		Path      string `json:"Path"`
		Dir       string `json:"Dir"`
		GoVersion string `json:"GoVersion"`
	} `json:"Module"`
}

// list returns packages from go list.
func list(ctx context.Context, args ...string) ([]listed, error) {
	args = append([]string{"list", "-json=ImportPath,Dir,Export,DepOnly,GoFiles,Module"}, args...)
	cmd := exec.CommandContext(ctx, "go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	var packages []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		packages = append(packages, p)
	}
}

// load reads the package of a pattern, and the types of all its imports.
func load(ctx context.Context, pattern string) (*subject, error) {
	packages, err := list(ctx, "-export", "-deps", "--", pattern)
	if err != nil {
		return nil, err
	}
	exports := make(map[string]string, len(packages))
	var found []listed
	for _, p := range packages {
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			found = append(found, p)
		}
	}
	if len(found) != 1 || found[0].Module == nil {
		return nil, fmt.Errorf("%s: want one package of a module", pattern)
	}
	p := found[0]
	s := &subject{path: p.ImportPath, root: p.Module.Dir, module: p.Module.Path, fset: token.NewFileSet()}
	s.config.GoVersion = "go" + p.Module.GoVersion
	s.config.Importer = importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	for _, name := range p.GoFiles {
		f, err := s.read(filepath.Join(p.Dir, name))
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, f)
	}
	return s, nil
}

func (s *subject) read(name string) (*source, error) {
	code, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Rel(s.root, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(s.fset, name, code, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{name, filepath.ToSlash(path), code, syntax}, nil
}

// choose keeps the files with these names, or all files if there are no names.
func (s *subject) choose(names []string) ([]*source, error) {
	if len(names) == 0 {
		return s.files, nil
	}
	var chosen []*source
	for _, name := range names {
		i := slices.IndexFunc(s.files, func(f *source) bool { return filepath.Base(f.name) == name })
		if i < 0 {
			return nil, fmt.Errorf("%s is no file of %s", name, s.path)
		}
		chosen = append(chosen, s.files[i])
	}
	return chosen, nil
}

// mutants returns the mutants that compile, and the number of those that do not.
func (s *subject) mutants(files []*source) (good []*mutant, broken int, err error) {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	s.types = info.Types
	pkg, err := s.config.Check(s.path, s.fset, s.syntax(), info)
	if err != nil {
		return nil, 0, err
	}
	for _, f := range files {
		p := planter{file: f, fset: s.fset, pkg: pkg, info: info, module: s.module}
		for _, m := range p.plantAll() {
			if s.compiles(m) {
				good = append(good, m)
			} else {
				broken++
			}
		}
	}
	return good, broken, nil
}

func (s *subject) syntax() []*ast.File {
	var files []*ast.File
	for _, f := range s.files {
		files = append(files, f.syntax)
	}
	return files
}

// compiles reports whether the package compiles with the mutant. It type-checks only the
// function with the mutant, which is a thousand times faster than the compiler.
func (s *subject) compiles(m *mutant) bool {
	mutated, err := parser.ParseFile(s.fset, m.file.name, m.code(), parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	defer s.fset.RemoveFile(s.fset.File(mutated.FileStart))
	if s.outlines == nil {
		for _, f := range s.files {
			s.outlines = append(s.outlines, outline(f.syntax, ""))
		}
	}
	files := slices.Clone(s.outlines)
	files[slices.Index(s.files, m.file)] = outline(mutated, m.function)
	config := s.config
	config.DisableUnusedImportCheck = true // what is not checked uses them
	_, err = config.Check(s.path, s.fset, files, nil)
	return err == nil
}

// outline returns a file with empty functions, except the one with this name.
func outline(f *ast.File, function string) *ast.File {
	nothing := &ast.BlockStmt{List: []ast.Stmt{&ast.ForStmt{Body: &ast.BlockStmt{}}}} // it needs no results
	short := *f
	short.Decls = slices.Clone(f.Decls)
	for i, d := range short.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && functionName(fn) != function {
			idle := *fn
			idle.Body = nothing
			short.Decls[i] = &idle
		}
	}
	return &short
}
