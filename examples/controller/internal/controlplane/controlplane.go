// SPDX-License-Identifier: Apache-2.0

// Package controlplane has the API server of Kubernetes, its store and kubectl, for
// tests that need the real ones: built from source, or those of the environment.
//
// The module beside it, binaries, says which versions; it is a module of its own
// so that nothing that runs in production depends on it.
package controlplane

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// programs are what a directory of assets holds, as setup-envtest makes them too.
var programs = []string{"etcd", "kube-apiserver", "kubectl"}

// Assets returns the directory that the environment variable KUBEBUILDER_ASSETS
// names, which must hold etcd, kube-apiserver and kubectl; where it is not set, that
// of [Build].
func Assets(ctx context.Context, progress io.Writer) (dir string, err error) {
	dir = os.Getenv("KUBEBUILDER_ASSETS")
	if dir == "" {
		return Build(ctx, progress)
	}
	for _, program := range programs {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil { //nolint:gosec // G703: the user names the folder
			return "", fmt.Errorf("KUBEBUILDER_ASSETS: %w", err)
		}
	}
	return dir, nil
}

// Build returns a directory that holds the programs kube-apiserver, etcd and
// kubectl, and builds them first where they are not there: many minutes the first
// time, and nothing after that. Then it writes lines to progress, which say how far
// it is. The directory lies in the user's cache and is named after the version of
// Kubernetes and everything else that goes into the build, so that it never holds
// old ones. Calls at the same time, of other processes too, share one build; ctx
// ends the build, but not the wait for another's.
//
// The working directory must be inside of the controller's module.
func Build(ctx context.Context, progress io.Writer) (dir string, err error) {
	module, err := run(ctx, ".", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	source := filepath.Join(module, "internal", "controlplane", "binaries")
	version, err := run(ctx, source, "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes")
	if err != nil {
		return "", fmt.Errorf("find the version of kubernetes: %w", err)
	}
	sum, err := digest(source)
	if err != nil {
		return "", fmt.Errorf("read the sources: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	dir = filepath.Join(cache, "cloudeni", "envtest", version+"-"+sum[:12])
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return "", fmt.Errorf("make the cache: %w", err)
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", fmt.Errorf("lock the cache: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	// The rename below makes a build visible that is whole, or none.
	unfinished := dir + ".unfinished"
	if err := compile(ctx, source, version, unfinished, progress); err != nil {
		return "", fmt.Errorf("build kubernetes %s: %w", version, err)
	}
	if err := os.Rename(unfinished, dir); err != nil {
		return "", fmt.Errorf("put the build in place: %w", err)
	}
	return dir, nil
}

// compile builds the programs into a directory.
func compile(ctx context.Context, source, version, into string, progress io.Writer) error {
	packages := make([]string, len(programs))
	for i, program := range programs {
		packages[i] = "./" + program
	}
	listed, err := run(ctx, source, append([]string{"list", "-deps"}, packages...)...)
	if err != nil {
		return err
	}
	report := newReport(progress, strings.Count(listed, "\n")+1)
	report.say("building %s %s from source, which takes about five minutes the first time", strings.Join(programs, ", "), version)
	args := append([]string{"build", "-v", "-ldflags", ldflags(version), "-o", into + "/"}, packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = source, report
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, report.problems())
	}
	report.say("built in %s", report.elapsed())
	return nil
}

// ldflags tells the API server its version, as the build of a release does, and
// leaves out what only a debugger reads.
func ldflags(version string) string {
	const pkg = " -X k8s.io/component-base/version."
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	return "-s -w" + pkg + "gitVersion=" + version + pkg + "gitMajor=" + parts[0] + pkg + "gitMinor=" + parts[1]
}

// digest sums up the sources of the binaries, the versions of all modules included.
func digest(dir string) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		fmt.Fprintf(h, "%s %d\n%s", path, len(text), text)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// lock waits until the file is this process's own. The system lets go of it when
// the process ends, whatever way it ends.
func lock(path string) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}

// run runs the go command in dir and returns what it prints, without the newline.
func run(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, strings.TrimSpace(problems.String()))
	}
	return strings.TrimSpace(out.String()), nil
}
