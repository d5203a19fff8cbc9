// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

// check returns the previous version, or "", and an error if this version cannot be
// released.
func (r *release) check(ctx context.Context) (last string, err error) {
	changed, err := git(ctx, r.dir, "status", "--porcelain")
	if err != nil {
		return "", err
	}
	if changed != "" {
		return "", fmt.Errorf("the tree has uncommitted changes:\n%s", changed)
	}
	tags, err := git(ctx, r.dir, "tag", "--list", "v*")
	if err != nil {
		return "", err
	}
	for t := range strings.FieldsSeq(tags) {
		if semver.IsValid(t) && semver.Compare(t, last) > 0 {
			last = t
		}
	}
	if semver.Compare(r.version, last) <= 0 {
		return "", fmt.Errorf("version %s is not above %s, the last tagged version", r.version, last)
	}
	return last, errors.Join(r.checkChangelog(), r.checkRequirements())
}

// checkChangelog checks that the version has a section with entries.
func (r *release) checkChangelog() error {
	text, err := os.ReadFile(filepath.Join(r.dir, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	heading := regexp.MustCompile(`(?m)^## \[` + regexp.QuoteMeta(strings.TrimPrefix(r.version, "v")) + `\] - \d{4}-\d{2}-\d{2}$`)
	at := heading.FindIndex(text)
	if at == nil {
		return fmt.Errorf("CHANGELOG.md has no section for %s: want a heading such as ## [%s] - 2006-01-02", r.version, strings.TrimPrefix(r.version, "v"))
	}
	section, _, _ := strings.Cut(string(text[at[1]:]), "\n## ")
	if !strings.Contains(section, "\n- ") {
		return fmt.Errorf("the section for %s in CHANGELOG.md is empty", r.version)
	}
	return nil
}

// checkRequirements checks that nested modules require this version of the modules of
// this repository.
func (r *release) checkRequirements() error {
	files, err := r.nested()
	if err != nil {
		return err
	}
	for _, file := range files {
		changed, _, err := withVersion(file, r.version)
		if err != nil {
			return err
		}
		if changed {
			return fmt.Errorf("%s requires another version of this repository's modules: run make versions VERSION=%s, and commit", file, r.version)
		}
	}
	return nil
}
