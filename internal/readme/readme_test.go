// SPDX-License-Identifier: Apache-2.0

package readme_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks returns the fenced blocks of a language.
func blocks(text, language string) []string {
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

func TestBlocks(t *testing.T) {
	text := "a\n```go\nx := 1\n```\nb\n```sh\nls\n```\n```go\ny\n```\n"
	if got := fmt.Sprintf("%q", blocks(text, "go")); got != `["x := 1\n" "y\n"]` {
		t.Errorf("got %s", got)
	}
}

// Each Go block compiles as its own package of the module, in an overlay. Blocks for a
// nested module are compiled by that module's tests, which have its dependencies.
func TestSnippetsCompile(t *testing.T) {
	var snippets []string
	for _, page := range []string{"README.md", "eni/enitest/README.md"} {
		found := blocks(read(t, page), "go")
		if len(found) == 0 {
			t.Errorf("%s has no snippet", page)
		}
		snippets = append(snippets, found...)
	}
	if out, err := command(t, []string{"build"}, snippets...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// command returns a go command for snippets, each of which is its own package in an
// overlay.
func command(t *testing.T, args []string, snippets ...string) *exec.Cmd {
	t.Helper()
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	list := filepath.Join(t.TempDir(), "overlay.json")
	args = append(args, "-overlay", list)
	for n, code := range snippets {
		dir := fmt.Sprintf("internal/readme/snippet%d", n)
		file := filepath.Join(t.TempDir(), "snippet.go")
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(abs, dir, "snippet.go")] = file
		args = append(args, "./"+dir)
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	return cmd
}

// .ci/run runs the commands of the README that need no network.
func TestCommandsAreRun(t *testing.T) {
	ci := read(t, ".ci/run")
	for _, block := range blocks(read(t, "README.md"), "sh") {
		for command := range strings.Lines(block) {
			command = strings.TrimSpace(command)
			if !strings.HasPrefix(command, "go get ") && !strings.Contains(ci, command) {
				t.Errorf("%q is in the README and not in .ci/run", command)
			}
		}
	}
}

// The README is short enough to be read to its end.
func TestTheReadmeIsShort(t *testing.T) {
	if lines := strings.Count(read(t, "README.md"), "\n"); lines > 150 {
		t.Errorf("the README has %d lines, want at most 150", lines)
	}
}

// The README's numbers for the two programs are a row of the page whose tests run them.
func TestTheComparisonIsThatOfMigrate(t *testing.T) {
	row := "| 20 callers at once, an address each | 5 done, 90 changes | 20 done, fewer than 10 changes | 5 done, 90 changes | 20 done, fewer than 10 changes |"
	if !strings.Contains(read(t, "examples/migrate/README.md"), row) {
		t.Errorf("examples/migrate/README.md lacks the row\n%s", row)
	}
	for _, row := range []string{"| 5 of 20 | 90 |", "| 20 of 20 | fewer than 10 |"} {
		if !strings.Contains(read(t, "README.md"), row) {
			t.Errorf("README.md lacks %q", row)
		}
	}
}

func TestErrorTable(t *testing.T) {
	text := read(t, "README.md")
	for kind := eni.ErrUnknown; kind <= eni.ErrUnavailable; kind++ {
		row := regexp.MustCompile("(?m)^\\| `Err\\w+` \\| `" + kind.Error() + "` \\|[^|]+\\| (yes|no)").FindStringSubmatch(text)
		if row == nil {
			t.Errorf("%s has no row in the README", kind)
			continue
		}
		if retried := row[1] == "yes"; retried != eni.IsRetryable(kind) {
			t.Errorf("%s: the README says retried %s", kind, row[1])
		}
	}
}
