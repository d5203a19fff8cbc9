package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What is generated is what the sources say: go generate would change nothing.
func TestGenerated(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "controller-gen", "object", "crd", "rbac:roleName=cloudeni-controller",
		"paths=./...", "output:crd:dir="+dir+"/config/crd", "output:rbac:dir="+dir+"/config/rbac", "output:object:dir="+dir+"/api/v1alpha1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files := 0
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		want, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what the sources say: run go generate (%v)", path, err)
		}
		return nil
	})
	if err != nil || files != 3 {
		t.Errorf("%d files were generated, want 3: %v", files, err)
	}
}
