// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// nested returns the go.mod files of the nested modules.
func (r *release) nested() ([]string, error) {
	var files []string
	err := filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != r.dir:
			return filepath.SkipDir
		case entry.Name() == "go.mod" && filepath.Dir(path) != r.dir:
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// requireVersion sets the version in the nested go.mod files.
func (r *release) requireVersion() error {
	files, err := r.nested()
	if err != nil {
		return err
	}
	for _, file := range files {
		changed, text, err := withVersion(file, r.version)
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		if err := os.WriteFile(file, text, 0o644); err != nil { //nolint:gosec // as git has it
			return err
		}
	}
	return nil
}

// withVersion returns a go.mod file with a version for all required modules of this
// repository, and whether the file has changed.
func withVersion(file, version string) (changed bool, text []byte, err error) {
	mod, err := parse(file)
	if err != nil {
		return false, nil, err
	}
	for _, req := range mod.Require {
		if !own(req.Mod.Path) || req.Mod.Version == version {
			continue
		}
		if err := mod.AddRequire(req.Mod.Path, version); err != nil {
			return false, nil, err
		}
		changed = true
	}
	text, err = mod.Format()
	return changed, text, err
}

// dropReplacements removes the replacements of this repository's modules from a go.mod
// file. Any other replacement is an error: go install would refuse it.
func dropReplacements(file string) error {
	mod, err := parse(file)
	if err != nil {
		return err
	}
	for _, rep := range slices.Clone(mod.Replace) {
		if !own(rep.Old.Path) {
			return fmt.Errorf("%s replaces %s: go install refuses that", file, rep.Old.Path)
		}
		if err := mod.DropReplace(rep.Old.Path, rep.Old.Version); err != nil {
			return err
		}
	}
	mod.Cleanup()
	text, err := mod.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644) //nolint:gosec // as git has it
}

func parse(file string) (*modfile.File, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(file, text, nil)
}

// own reports whether a module belongs to this repository.
func own(path string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// sums returns the lines of go.sum for the root module in a tree.
func (r *release) sums(tree string) ([]string, error) {
	file, err := os.CreateTemp("", "module-*.zip")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // a temporary file
	defer file.Close()           //nolint:errcheck // written below, and read by its name
	if err := zip.CreateFromVCS(file, module.Version{Path: root, Version: r.version}, tree, "HEAD", ""); err != nil {
		return nil, err
	}
	whole, err := dirhash.HashZip(file.Name(), dirhash.Hash1)
	if err != nil {
		return nil, err
	}
	modOnly, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return os.Open(filepath.Join(tree, "go.mod"))
	})
	if err != nil {
		return nil, err
	}
	return []string{
		fmt.Sprintf("%s %s %s\n", root, r.version, whole),
		fmt.Sprintf("%s %s/go.mod %s\n", root, r.version, modOnly),
	}, nil
}

// addLines adds the lines of a module to a go.sum file, in the order of the go command.
func addLines(file string, lines []string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	all := slices.Collect(strings.Lines(string(text)))
	at := slices.IndexFunc(all, func(line string) bool { return line > lines[0] })
	if at < 0 {
		at = len(all)
	}
	all = slices.Insert(all, at, lines...)
	return os.WriteFile(file, []byte(strings.Join(all, "")), 0o644) //nolint:gosec // as git has it
}
