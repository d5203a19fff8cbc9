// SPDX-License-Identifier: Apache-2.0

package controlplane_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/examples/controller/internal/controlplane"
)

// Two at once get the same build, whose programs know their versions.
func TestBuild(t *testing.T) {
	type built struct {
		dir string
		err error
	}
	builds := make(chan built)
	for range 2 {
		go func() {
			dir, err := controlplane.Build(t.Context(), os.Stderr)
			builds <- built{dir, err}
		}()
	}
	first, second := <-builds, <-builds
	if first.err != nil || second.err != nil || first.dir != second.dir {
		t.Fatalf("got %v and %v", first, second)
	}
	version, _, _ := strings.Cut(filepath.Base(first.dir), "-")
	for program, want := range map[string]string{"kube-apiserver": "Kubernetes " + version, "etcd": "etcd Version: 3.", "kubectl": "Client Version: " + version} {
		flags := []string{"--version"}
		if program == "kubectl" {
			flags = []string{"version", "--client"}
		}
		out, err := exec.CommandContext(t.Context(), filepath.Join(first.dir, program), flags...).Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s says %q, want %q (%v)", program, out, want, err)
		}
	}
}

// The programs of the environment are used where it names them, and one that is not
// there is named before anything is started.
func TestAssetsOfTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("KUBEBUILDER_ASSETS", dir)
	for _, program := range []string{"etcd", "kube-apiserver", "kubectl"} {
		_, err := controlplane.Assets(t.Context(), os.Stderr)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "KUBEBUILDER_ASSETS") || !strings.Contains(err.Error(), program) {
			t.Errorf("%s is missing, and the error is %v", program, err)
		}
		if err := os.WriteFile(filepath.Join(dir, program), nil, 0o700); err != nil { // a program
			t.Fatal(err)
		}
	}
	if got, err := controlplane.Assets(t.Context(), os.Stderr); got != dir || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}
