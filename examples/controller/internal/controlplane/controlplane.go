// SPDX-License-Identifier: Apache-2.0

// Package controlplane provides the API server of Kubernetes, etcd and kubectl for
// tests: built from source, or those of the environment.
//
// The module binaries beside it has the versions. It is a separate module, so that
// production code does not depend on it.
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

// programs are the programs in a directory of assets, as in those of setup-envtest.
var programs = []string{"etcd", "kube-apiserver", "kubectl"}

// Assets returns the directory in the environment variable KUBEBUILDER_ASSETS, which
// must have etcd, kube-apiserver and kubectl. If it is not set, Assets returns that of
// [Build].
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

// Build returns a directory with the programs kube-apiserver, etcd and kubectl. If they
// are not there it builds them, which takes several minutes, and writes its progress
// to progress. The directory is in the user's cache. Its name contains the version of
// Kubernetes and a hash of all sources, so that it is never outdated. Concurrent calls,
// also of other processes, share one build. Ctx ends the build, but not the wait for
// another process's build.
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
	// The rename below makes only a complete build visible.
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

// ldflags returns linker flags that set the version, as in a release of Kubernetes, and
// omit debugging information.
func ldflags(version string) string {
	const pkg = " -X k8s.io/component-base/version."
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	return "-s -w" + pkg + "gitVersion=" + version + pkg + "gitMajor=" + parts[0] + pkg + "gitMinor=" + parts[1]
}

// digest returns a hash of the sources of the binaries and the versions of all modules.
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

// lock waits for an exclusive lock on the file. The system releases it when the process
// ends.
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
