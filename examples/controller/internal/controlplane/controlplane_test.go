package controlplane_test

import (
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
			dir, err := controlplane.Build(t.Context())
			builds <- built{dir, err}
		}()
	}
	first, second := <-builds, <-builds
	if first.err != nil || second.err != nil || first.dir != second.dir {
		t.Fatalf("got %v and %v", first, second)
	}
	version, _, _ := strings.Cut(filepath.Base(first.dir), "-")
	for program, want := range map[string]string{"kube-apiserver": "Kubernetes " + version, "etcd": "etcd Version: 3."} {
		out, err := exec.CommandContext(t.Context(), filepath.Join(first.dir, program), "--version").Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s --version says %q, want %q (%v)", program, out, want, err)
		}
	}
}
