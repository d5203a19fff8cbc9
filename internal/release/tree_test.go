// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// thisTree copies the files of this repository into a new one, releases the latest version
// of its changelog, and returns both.
func thisTree(t *testing.T) (dir, version string) {
	t.Helper()
	files := make(map[string]string)
	for name := range strings.SplitSeq(must(t, "../..", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if os.IsNotExist(err) || name == "" {
			continue // deleted but not committed
		}
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	heading := regexp.MustCompile(`(?m)^## \[(\d\S*)\]`).FindStringSubmatch(files["CHANGELOG.md"])
	if heading == nil {
		t.Fatal("the changelog has no version")
	}
	dir, version = repository(t, files), "v"+heading[1]
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-C", dir, "-version", version}, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return dir, version
}

// proxy makes a file-system module proxy with the modules of a release.
func proxy(t *testing.T, repo, version string) string {
	t.Helper()
	dir, commit := t.TempDir(), must(t, repo, "rev-parse", "release-"+version)
	for _, m := range published {
		folder := m.folder
		if folder == "." {
			folder = ""
		}
		base := filepath.Join(dir, modulePath(m.folder), "@v")
		write(t, filepath.Join(base, "list"), version+"\n")
		write(t, filepath.Join(base, version+".info"), fmt.Sprintf(`{"Version":%q,"Time":%q}`, version, must(t, repo, "show", "-s", "--format=%cI", commit)))
		write(t, filepath.Join(base, version+".mod"), must(t, repo, "show", commit+":"+filepath.Join(folder, "go.mod"))+"\n")
		file, err := os.Create(filepath.Join(base, version+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		if err := zip.CreateFromVCS(file, module.Version{Path: modulePath(m.folder), Version: version}, repo, commit, folder); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// newcomer is a user with only the go command.
type newcomer struct {
	t   *testing.T
	bin string // in their PATH
	env []string
}

// newNewcomer returns a newcomer with an empty home, a module proxy with the release, and
// after it the machine's module cache, so that little is downloaded.
func newNewcomer(t *testing.T, proxy string) *newcomer {
	t.Helper()
	home := t.TempDir()
	n := &newcomer{t: t, bin: filepath.Join(home, "bin")}
	var public []string
	for _, p := range strings.FieldsFunc(goenv(t, "GOPROXY"), func(r rune) bool { return r == ',' || r == '|' }) {
		if p != "direct" && p != "off" {
			public = append(public, p)
		}
	}
	n.env = append(os.Environ(),
		"HOME="+home,
		"PATH="+n.bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"GOPATH="+filepath.Join(home, "go"),
		"GOMODCACHE="+filepath.Join(home, "go", "pkg", "mod"),
		"GOCACHE="+goenv(t, "GOCACHE"),
		"GOBIN="+n.bin,
		"GOENV=off", "GOWORK=off", "GOPRIVATE=", "GONOPROXY=",
		"GOFLAGS=-modcacherw",
		"GONOSUMDB="+root,
		"GOPROXY="+strings.Join(append([]string{"file://" + proxy, "file://" + filepath.Join(goenv(t, "GOMODCACHE"), "cache", "download")}, public...), ","),
	)
	return n
}

func goenv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// command returns a shell command line of the newcomer.
func (n *newcomer) command(dir, line string, env ...string) *exec.Cmd {
	cmd := exec.CommandContext(n.t.Context(), "bash", "-c", "exec "+line)
	cmd.Dir, cmd.Env = dir, slices.Concat(n.env, env)
	return cmd
}

// do runs a command line that must succeed, and returns its output.
func (n *newcomer) do(dir, line string, env ...string) string {
	n.t.Helper()
	cmd := n.command(dir, line, env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		n.t.Fatalf("%s: %v\n%s%s", line, err, out, &stderr)
	}
	return string(out)
}

// documented returns the command lines in a page's shell blocks that begin with these
// words. There must be at least one.
func documented(t *testing.T, page, begin string) []string {
	t.Helper()
	var found []string
	for _, block := range blocks(t, page, "(?:sh|bash)") {
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, begin) {
				found = append(found, line)
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s shows no %q", page, begin)
	}
	return found
}

// blocks returns the fenced blocks of a language on a page of this repository.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	return found
}

// noReplacement fails if a go.mod file has a replacement.
func noReplacement(t *testing.T, text string) {
	t.Helper()
	mod, err := modfile.Parse("go.mod", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(mod.Replace) > 0 {
		t.Errorf("go install refuses replacements, and there are %d", len(mod.Replace))
	}
}
