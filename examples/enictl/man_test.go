// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func TestVersion(t *testing.T) {
	var stdout, stderr bytes.Buffer
	for _, arg := range []string{"--version", "-version"} {
		stdout.Reset()
		if status := run(t.Context(), []string{arg}, nil, &stdout, &stderr); status != exitDone {
			t.Fatalf("%s: status %d, %s", arg, status, &stderr)
		}
		info, ok := debug.ReadBuildInfo()
		if !ok {
			t.Fatal("a test has no build information")
		}
		want := "enictl " + info.Main.Version + "\n"
		if info.Main.Version == "" {
			want = "enictl (devel)\n"
		}
		if got := stdout.String(); got != want {
			t.Errorf("%s: got %q, want %q", arg, got, want)
		}
	}
}

// The manual page has every command and flag, and no line that troff would take for a
// request of its own.
func TestMan(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"man"}, nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("status %d, %s", status, &stderr)
	}
	page := stdout.String()
	requests := map[string]bool{".TH": true, ".SH": true, ".SS": true, ".PP": true, ".TP": true, ".B": true, ".I": true, ".nf": true, ".fi": true}
	for line := range strings.Lines(page) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !requests[word] {
			t.Errorf("troff takes this line for a request: %q", line)
		}
	}
	p := &program{stdout: &output{w: &stdout}, person: &console{w: &stderr}, jobs: make(map[*cobra.Command]*job)}
	root := p.root()
	for _, cmd := range root.Commands() {
		if cmd.Hidden || cmd.Name() == "completion" || cmd.Name() == "help" {
			continue
		}
		_, section, found := strings.Cut(page, ".SS \"enictl "+roff(cmd.Name()))
		if !found {
			t.Errorf("%s is missing", cmd.Name())
			continue
		}
		section, _, _ = strings.Cut(section, ".SS ")
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(section, roff("--"+f.Name)) {
				t.Errorf("%s: --%s is missing", cmd.Name(), f.Name)
			}
		})
	}
}
