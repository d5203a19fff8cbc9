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

// nested reports whether code imports a module that lies in this tree and has a
// go.mod of its own.
func nested(code string) bool {
	const module = "github.com/cloudeni/cloudeni/"
	for _, m := range regexp.MustCompile(`"`+module+`([^"]+)"`).FindAllStringSubmatch(code, -1) {
		for dir := m[1]; dir != "."; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(root, dir, "go.mod")); err == nil {
				return true
			}
		}
	}
	return false
}

// Each Go block is a package of its own in the module, laid over the tree for
// the compiler only. A block that shows a nested module is compiled by the tests
// of that one, which has the modules that it needs.
func TestSnippetsCompile(t *testing.T) {
	snippets := blocks(read(t, "README.md"), "go")
	if len(snippets) == 0 {
		t.Fatal("the README has no snippet")
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	args := []string{"build", "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	for n, code := range snippets {
		if nested(code) {
			continue
		}
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
	if err := os.WriteFile(args[2], text, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", args...)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The commands of the README that need no network are run by .ci/run.
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
