// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// root is the path of the root module.
const root = "github.com/cloudeni/cloudeni"

// published has the folders of the public modules, each after those that it requires.
var published = []struct {
	folder  string
	command bool // installed by "go install", which refuses replacements
}{
	{folder: "."},
	{folder: "eni/eniotel"},
	{folder: "examples/enictl", command: true},
}

// modulePath is the path of the module in a folder.
func modulePath(folder string) string {
	if folder == "." {
		return root
	}
	return root + "/" + folder
}

// tag is the tag of a version of the module in a folder.
func tag(folder, version string) string {
	if folder == "." {
		return version
	}
	return folder + "/" + version
}

// release is a version to release from the checked-out commit.
type release struct {
	dir     string // the root folder of the repository
	version string
}

func newRelease(ctx context.Context, dir, version string) (*release, error) {
	if !semver.IsValid(version) || semver.Canonical(version) != version || semver.Build(version) != "" {
		return nil, fmt.Errorf("invalid version %q: want one such as v0.2.0", version)
	}
	if err := module.CheckPathMajor(version, ""); err != nil {
		return nil, fmt.Errorf("version %s needs another module path: %w", version, err)
	}
	top, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	return &release{dir: top, version: version}, nil
}

// make runs the checks, makes the release commit, and prints the commands for its tags.
func (r *release) make(ctx context.Context, out io.Writer) error {
	last, err := r.check(ctx)
	if err != nil {
		return err
	}
	if err := r.checkAPI(ctx, last, out); err != nil {
		return err
	}
	commit, err := r.commit(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The release commit is %s. Nothing is pushed. Publish it in this order:\n\n", commit)
	for _, m := range published {
		t := tag(m.folder, r.version)
		fmt.Fprintf(out, "git tag -a -m %s %s %s && git push origin %s\n", t, t, commit, t)
	}
	return nil
}

// commit makes the release commit, a child of the checked-out one, in a temporary clone,
// and returns its hash. A branch keeps it until it is tagged.
func (r *release) commit(ctx context.Context) (hash string, err error) {
	tree, remove, err := r.clone(ctx, "HEAD")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, remove()) }()
	sums, err := r.sums(tree)
	if err != nil {
		return "", err
	}
	for _, m := range published {
		if !m.command {
			continue
		}
		if err := dropReplacements(filepath.Join(tree, m.folder, "go.mod")); err != nil {
			return "", err
		}
		if err := addLines(filepath.Join(tree, m.folder, "go.sum"), sums); err != nil {
			return "", err
		}
	}
	if _, err := git(ctx, tree, "commit", "--quiet", "--all", "-m", "release: "+r.version); err != nil {
		return "", err
	}
	after, err := r.sums(tree)
	if err != nil {
		return "", err
	}
	if !slices.Equal(after, sums) {
		return "", fmt.Errorf("the release commit changes the root module: its hashes were %q and are %q", sums, after)
	}
	branch := "release-" + r.version
	if _, err := git(ctx, r.dir, "fetch", "--quiet", "--no-tags", tree, "+HEAD:refs/heads/"+branch); err != nil {
		return "", err
	}
	return git(ctx, r.dir, "rev-parse", branch)
}

// clone checks out a commit in a temporary clone, which remove removes. A worktree would
// be cheaper, but package zip supports only whole repositories.
func (r *release) clone(ctx context.Context, commit string) (tree string, remove func() error, err error) {
	commit, err = git(ctx, r.dir, "rev-parse", commit+"^{commit}")
	if err != nil {
		return "", nil, err
	}
	if tree, err = os.MkdirTemp("", "release"); err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(tree) }
	steps := [][]string{{"clone", "--quiet", "--no-checkout", r.dir, tree}, {"checkout", "--quiet", "--detach", commit}}
	for _, key := range []string{"user.name", "user.email"} {
		if value, err := git(ctx, r.dir, "config", "--get", key); err == nil {
			steps = append(steps, []string{"config", key, value})
		}
	}
	for _, step := range steps {
		if _, err := git(ctx, tree, step...); err != nil {
			return "", nil, errors.Join(err, remove())
		}
	}
	return tree, remove, nil
}

// git runs git in a folder and returns what it prints.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
