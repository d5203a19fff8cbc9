// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// This tree is released into a file-system module proxy, and a newcomer runs the commands
// of the documentation in empty folders.
func TestNewcomer(t *testing.T) {
	repo, version := thisTree(t)
	n := newNewcomer(t, proxy(t, repo, version))

	t.Run("the release is complete", func(t *testing.T) { n.with(t).buildsTheRelease(repo, version) })
	t.Run("a command", func(t *testing.T) { n.with(t).usesTheCommand(version) })
	t.Run("a library", func(t *testing.T) { n.with(t).usesTheLibrary() })
	t.Run("OpenTelemetry", func(t *testing.T) { n.with(t).instruments(version) })
}

// with returns the newcomer for a subtest.
func (n *newcomer) with(t *testing.T) *newcomer {
	same := *n
	same.t = t
	return &same
}

// buildsTheRelease builds the released command from its source, with the go.sum of the
// release commit.
func (n *newcomer) buildsTheRelease(repo, version string) {
	dir := n.t.TempDir()
	must(n.t, dir, "clone", "--quiet", "--branch", "release-"+version, repo, "source")
	enictl := filepath.Join(dir, "source", "examples", "enictl")
	text, err := os.ReadFile(filepath.Join(enictl, "go.mod"))
	if err != nil {
		n.t.Fatal(err)
	}
	noReplacement(n.t, string(text))
	n.do(enictl, "go build -mod=readonly -o "+dir+" .")
}

// usesTheCommand installs enictl, runs its fake, releases the addresses there, and reads
// the result.
func (n *newcomer) usesTheCommand(version string) {
	dir := n.t.TempDir()
	for _, line := range documented(n.t, "examples/enictl/README.md", "go install ") {
		n.do(dir, line)
	}
	if got := n.do(dir, "enictl --version"); got != "enictl "+version+"\n" {
		n.t.Errorf("the version is %q", got)
	}
	env := n.fake(dir, "--provider aliyun --enis 2 --addresses 3 --targets targets.csv")
	if before := n.do(dir, "enictl show eni-1 eni-2", env...); strings.Count(before, "10.0.") != 8 {
		n.t.Errorf("before the release there are\n%s", before)
	}
	result := n.do(dir, "enictl release -f targets.csv", env...)
	if !strings.Contains(result, "6 addresses on 2 interfaces: 6 released") {
		n.t.Errorf("the result is\n%s", result)
	}
	if after := n.do(dir, "enictl show eni-1 eni-2", env...); strings.Count(after, "10.0.") != 2 {
		n.t.Errorf("after the release there are\n%s", after)
	}
}

// fake runs enictl fake until the test ends, and returns the environment that it prints.
func (n *newcomer) fake(dir, flags string) (env []string) {
	n.t.Helper()
	cmd := n.command(dir, "enictl fake "+flags)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // as with Ctrl-C
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		if err := cmd.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			n.t.Errorf("enictl fake: %v", err)
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if words, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			env = append(env, strings.Fields(words)...)
		}
		if strings.HasPrefix(lines.Text(), "# Ctrl-C") {
			return env
		}
	}
	n.t.Fatal("enictl fake has ended")
	return nil
}

// usesTheLibrary copies the README's program into a new module, and runs it against the
// fake.
func (n *newcomer) usesTheLibrary() {
	dir := n.t.TempDir()
	n.do(dir, "go mod init example.com/newcomer")
	for _, line := range documented(n.t, "README.md", "go get ") {
		n.do(dir, line)
	}
	program, prints := blocks(n.t, "README.md", "go"), blocks(n.t, "README.md", "text")
	if len(program) == 0 || len(prints) == 0 {
		n.t.Fatal("the README has no program, or does not say what it prints")
	}
	write(n.t, filepath.Join(dir, "main.go"), program[0])
	env := n.fake(dir, "--provider aliyun")
	for _, e := range env {
		if endpoint, ok := strings.CutPrefix(e, "ENICTL_ENDPOINT="); ok {
			env = append(env, "ENDPOINT="+endpoint)
		}
	}
	if got := n.do(dir, "go run .", env...); got != prints[0] {
		n.t.Errorf("the program prints\n%swant\n%s", got, prints[0])
	}
}

// instruments gets eniotel, and checks that it adds no modules beside OpenTelemetry's API.
func (n *newcomer) instruments(version string) {
	with, without := n.t.TempDir(), n.t.TempDir()
	for dir, program := range map[string]string{
		with: `package main

import (
	"fmt"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni/eniotel"
)

func main() {
	opts, err := eniotel.Instrument(nil, eniotel.Config{})
	_, err2 := aliyun.New(aliyun.Config{Region: "cn-hangzhou"}, opts)
	fmt.Println(err, err2)
}
`,
		without: `package main

import (
	"fmt"

	"go.opentelemetry.io/otel"

	"github.com/cloudeni/cloudeni/aliyun"
)

func main() {
	_ = otel.GetMeterProvider()
	_, err := aliyun.New(aliyun.Config{Region: "cn-hangzhou"}, nil)
	fmt.Println(err)
}
`,
	} {
		n.do(dir, "go mod init example.com/newcomer")
		write(n.t, filepath.Join(dir, "main.go"), program)
	}
	for _, line := range documented(n.t, "eni/eniotel/README.md", "go get ") {
		n.do(with, line)
	}
	n.do(with, "go mod tidy")
	if got := n.do(with, "go run ."); got != "<nil> <nil>\n" {
		n.t.Errorf("the program prints %q", got)
	}
	graph := strings.Fields(n.do(with, "go list -m -f '{{.Path}}@{{.Version}}' all"))
	own := fmt.Sprintf("%s@%s", modulePath("eni/eniotel"), version)
	if !slices.Contains(graph, own) {
		n.t.Errorf("%s is missing in %q", own, graph)
	}

	otel := n.do(with, "go list -m -f '{{.Path}}@{{.Version}}' go.opentelemetry.io/otel")
	n.do(without, "go get "+strings.TrimSpace(otel)+" "+root+"@"+version)
	n.do(without, "go mod tidy")
	known := strings.Fields(n.do(without, "go list -m -f '{{.Path}}@{{.Version}}' all"))
	for _, m := range graph {
		if m != own && !slices.Contains(known, m) {
			n.t.Errorf("who uses eniotel also has %s in the module graph", m)
		}
	}
}
