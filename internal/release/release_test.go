// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small is a repository of three modules that is ready for the release of v0.2.0.
var small = map[string]string{
	"go.mod":                     "module github.com/cloudeni/cloudeni\n\ngo 1.25\n",
	"LICENSE":                    "as you like\n",
	"CHANGELOG.md":               "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-26\n\n- More.\n\n## [0.1.0] - 2026-11-25\n\n- All.\n",
	"eni/eni.go":                 "package eni\n\nfunc Release() {}\n",
	"internal/core/core.go":      "package core\n\nfunc Send() {}\n",
	"examples/first/main.go":     "package main\n\nfunc main() {}\n",
	"eni/eniotel/go.mod":         "module github.com/cloudeni/cloudeni/eni/eniotel\n\ngo 1.25\n\nrequire github.com/cloudeni/cloudeni v0.2.0\n\nreplace github.com/cloudeni/cloudeni => ../..\n",
	"eni/eniotel/eniotel.go":     "package eniotel\n\nimport \"github.com/cloudeni/cloudeni/eni\"\n\nfunc Watch() { eni.Release() }\n",
	"examples/enictl/go.mod":     "module github.com/cloudeni/cloudeni/examples/enictl\n\ngo 1.25\n\nrequire github.com/cloudeni/cloudeni v0.2.0\n\nreplace github.com/cloudeni/cloudeni => ../..\n",
	"examples/enictl/go.sum":     "example.com/a v1.0.0 h1:x\nzzz.example/b v1.0.0 h1:y\n",
	"examples/enictl/main.go":    "package main\n\nimport \"github.com/cloudeni/cloudeni/eni\"\n\nfunc main() { eni.Release() }\n",
	"internal/inner/go.mod":      "module github.com/cloudeni/cloudeni/internal/inner\n\ngo 1.25\n\nrequire github.com/cloudeni/cloudeni v0.2.0\n\nreplace github.com/cloudeni/cloudeni => ../..\n",
	"internal/inner/inner.go":    "package inner\n",
	"examples/enictl/.gitignore": "/enictl\n",
}

// repository commits files into a new repository, and tags them v0.1.0. It omits empty
// files.
func repository(t *testing.T, layers ...map[string]string) string {
	t.Helper()
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@example.com", "GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@example.com",
	} {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	must(t, dir, "init", "--quiet", "--initial-branch", "main")
	for _, layer := range layers {
		for name, text := range layer {
			write(t, filepath.Join(dir, name), text)
		}
	}
	must(t, dir, "add", "--all")
	must(t, dir, "commit", "--quiet", "-m", "all")
	return dir
}

func must(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := git(t.Context(), dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commit changes files and commits them.
func commit(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	must(t, dir, "add", "--all")
	must(t, dir, "commit", "--quiet", "--allow-empty", "-m", "change")
}

func TestTheReleaseCommit(t *testing.T) {
	dir := repository(t, small)
	must(t, dir, "tag", "v0.1.0")
	head := must(t, dir, "rev-parse", "HEAD")

	var out bytes.Buffer
	if err := run(t.Context(), []string{"-C", dir, "-version", "v0.2.0"}, &out); err != nil {
		t.Fatal(err)
	}
	if now := must(t, dir, "rev-parse", "HEAD"); now != head || must(t, dir, "status", "--porcelain") != "" {
		t.Error("what is checked out has changed")
	}
	hash := must(t, dir, "rev-parse", "release-v0.2.0")
	if parent := must(t, dir, "rev-parse", hash+"^"); parent != head {
		t.Errorf("the parent of the release commit is %s, want %s", parent, head)
	}
	if changed := must(t, dir, "diff", "--name-only", head, hash); changed != "examples/enictl/go.mod\nexamples/enictl/go.sum" {
		t.Errorf("the release commit changes %q", changed)
	}
	mod := must(t, dir, "show", hash+":examples/enictl/go.mod")
	if strings.Contains(mod, "replace") || !strings.Contains(mod, "require github.com/cloudeni/cloudeni v0.2.0") {
		t.Errorf("enictl cannot be installed with\n%s", mod)
	}
	sum := strings.Split(must(t, dir, "show", hash+":examples/enictl/go.sum"), "\n")
	if len(sum) != 4 || !strings.HasPrefix(sum[1], "github.com/cloudeni/cloudeni v0.2.0 h1:") || !strings.HasPrefix(sum[2], "github.com/cloudeni/cloudeni v0.2.0/go.mod h1:") {
		t.Errorf("go.sum is %q", sum)
	}
	var tags []string
	for line := range strings.Lines(out.String()) {
		if words := strings.Fields(line); len(words) > 6 && words[0] == "git" {
			tags = append(tags, words[len(words)-1])
			if !strings.Contains(line, hash) {
				t.Errorf("another commit is tagged: %s", line)
			}
		}
	}
	if got := strings.Join(tags, " "); got != "v0.2.0 eni/eniotel/v0.2.0 examples/enictl/v0.2.0" {
		t.Errorf("the tags are %s", got)
	}
}

func TestWhatCannotBeReleased(t *testing.T) {
	for name, tt := range map[string]struct {
		version string
		change  map[string]string // committed
		dirty   map[string]string // not committed
		want    string
	}{
		"no version":                            {version: "", want: `invalid version ""`},
		"a version without v":                   {version: "0.2.0", want: "invalid version"},
		"a short version":                       {version: "v0.2", want: "invalid version"},
		"a version of another path":             {version: "v2.0.0", want: "needs another module path"},
		"a version that is there":               {version: "v0.1.0", want: "not above v0.1.0"},
		"a changed file":                        {version: "v0.2.0", dirty: map[string]string{"LICENSE": "no\n"}, want: "uncommitted changes:\nM LICENSE"},
		"a new file":                            {version: "v0.2.0", dirty: map[string]string{"new": "x"}, want: "?? new"},
		"no section":                            {version: "v0.2.0", change: map[string]string{"CHANGELOG.md": "## [Unreleased]\n\n- More.\n"}, want: "CHANGELOG.md has no section for v0.2.0"},
		"an empty section":                      {version: "v0.2.0", change: map[string]string{"CHANGELOG.md": "## [0.2.0] - 2026-11-26\n\n## [0.1.0] - 2026-11-25\n\n- All.\n"}, want: "is empty"},
		"nested modules with another version":   {version: "v0.2.0", change: map[string]string{"internal/inner/go.mod": strings.Replace(small["internal/inner/go.mod"], "v0.2.0", "v0.1.0", 1)}, want: "run make versions VERSION=v0.2.0"},
		"a replacement that is not ours":        {version: "v0.2.0", change: map[string]string{"examples/enictl/go.mod": small["examples/enictl/go.mod"] + "\nreplace example.com/a => ../a\n"}, want: "replaces example.com/a"},
		"a library that breaks its users":       {version: "v0.1.1", change: breaking("v0.1.1"), want: "has breaking changes since v0.1.0"},
		"another minor version that breaks it":  {version: "v0.2.0", change: breaking("v0.2.0")},
		"a first major version that breaks it":  {version: "v1.0.0", change: breaking("v1.0.0"), want: "has breaking changes since v0.1.0"},
		"an internal package that is different": {version: "v0.2.0", change: map[string]string{"internal/core/core.go": "package core\n"}},
		"a nested library that breaks its users": {version: "v0.1.1", want: "has breaking changes since v0.1.0", change: versions("v0.1.1", map[string]string{
			"eni/eniotel/eniotel.go": "package eniotel\n",
		})},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, small)
			must(t, dir, "tag", "v0.1.0")
			commit(t, dir, tt.change)
			for file, text := range tt.dirty {
				write(t, filepath.Join(dir, file), text)
			}
			var out bytes.Buffer
			err := run(t.Context(), []string{"-C", dir, "-version", tt.version}, &out)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("%v\n%s", err, &out)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("want an error with %q, got %v", tt.want, err)
			case tt.want != "" && must(t, dir, "branch", "--list", "release-*") != "":
				t.Error("there is a release commit all the same")
			}
		})
	}
}

// breaking removes a public function.
func breaking(version string) map[string]string {
	return versions(version, map[string]string{
		"eni/eni.go":              "package eni\n",
		"eni/eniotel/eniotel.go":  "package eniotel\n\nfunc Watch() {}\n",
		"examples/enictl/main.go": "package main\n\nfunc main() {}\n",
	})
}

// versions adds to a change everything that a release of a version needs.
func versions(version string, change map[string]string) map[string]string {
	change["CHANGELOG.md"] = "## [" + version[1:] + "] - 2026-11-26\n\n- More.\n"
	for _, folder := range []string{"eni/eniotel", "examples/enictl", "internal/inner"} {
		change[folder+"/go.mod"] = strings.Replace(small[folder+"/go.mod"], "v0.2.0", version, 1)
	}
	return change
}

func TestVersions(t *testing.T) {
	dir := repository(t, small)
	if err := run(context.Background(), []string{"-C", dir, "-versions", "-version", "v0.3.0"}, nil); err != nil {
		t.Fatal(err)
	}
	changed := must(t, dir, "diff", "--name-only")
	if changed != "eni/eniotel/go.mod\nexamples/enictl/go.mod\ninternal/inner/go.mod" {
		t.Errorf("changed are %q", changed)
	}
	text, err := os.ReadFile(filepath.Join(dir, "examples/enictl/go.mod"))
	if want := strings.Replace(small["examples/enictl/go.mod"], "v0.2.0", "v0.3.0", 1); err != nil || string(text) != want {
		t.Errorf("got\n%s\nwant\n%s\n%v", text, want, err)
	}
}
