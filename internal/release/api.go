// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"
)

// checkAPI prints the API changes of the libraries since the last version. It returns an
// error if this version may not have them: a breaking change needs a new minor version
// below v1, and a new module path from v1 on.
func (r *release) checkAPI(ctx context.Context, last string, out io.Writer) (err error) {
	if last == "" {
		fmt.Fprintln(out, "No version is tagged yet, so no API is compared.")
		return nil
	}
	tree, remove, err := r.clone(ctx, last)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	breaks := false
	for _, m := range published {
		if m.command {
			continue
		}
		before, err := load(ctx, tree, m.folder)
		if err != nil {
			return err
		}
		now, err := load(ctx, r.dir, m.folder)
		if err != nil {
			return err
		}
		for _, change := range apidiff.ModuleChanges(before, now).Changes {
			word := "compatible"
			if !change.Compatible {
				word, breaks = "incompatible", true
			}
			fmt.Fprintf(out, "%s: %s: %s\n", modulePath(m.folder), word, change.Message)
		}
	}
	if breaks && (semver.Major(r.version) != "v0" || semver.MajorMinor(r.version) == semver.MajorMinor(last)) {
		return fmt.Errorf("version %s has breaking changes since %s, see above: below v1 they need a new minor version, from v1 on a new module path", r.version, last)
	}
	return nil
}

// load returns the importable packages of the module in a folder.
func load(ctx context.Context, tree, folder string) (*apidiff.Module, error) {
	m := &apidiff.Module{Path: modulePath(folder)}
	cfg := &packages.Config{
		Context: ctx, Dir: filepath.Join(tree, folder),
		Mode: packages.NeedName | packages.NeedImports | packages.NeedTypes | packages.NeedTypesSizes,
	}
	all, err := packages.Load(cfg, "./...")
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		below := strings.Split(strings.TrimPrefix(p.PkgPath, root), "/")
		switch {
		case len(p.Errors) > 0:
			return nil, fmt.Errorf("%s: %w", p.PkgPath, p.Errors[0])
		case p.Name == "main" || slices.Contains(below, "internal") || slices.Contains(below, "examples"):
			continue
		}
		m.Packages = append(m.Packages, p.Types)
	}
	slices.SortFunc(m.Packages, func(a, b *types.Package) int { return strings.Compare(a.Path(), b.Path()) })
	return m, nil
}
