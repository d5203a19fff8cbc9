// Package controlplane builds the API server of Kubernetes and its store from
// source, for tests that need the real ones.
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
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Build returns a directory that holds the programs kube-apiserver and etcd, and
// builds them first where they are not there: many minutes the first time, and
// nothing after that. The directory lies in the user's cache and is named after
// the version of Kubernetes and everything else that goes into the build, so that
// it never holds old ones. Calls at the same time, of other processes too, share
// one build; ctx ends the build, but not the wait for another's.
//
// The working directory must be inside of the controller's module.
func Build(ctx context.Context) (dir string, err error) {
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
	if _, err := run(ctx, source, "build", "-ldflags", ldflags(version), "-o", unfinished+"/", "./etcd", "./kube-apiserver"); err != nil {
		return "", fmt.Errorf("build kubernetes %s: %w", version, err)
	}
	if err := os.Rename(unfinished, dir); err != nil {
		return "", fmt.Errorf("put the build in place: %w", err)
	}
	return dir, nil
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
