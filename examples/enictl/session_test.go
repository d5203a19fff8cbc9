// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "make testdata/session.txt and its copy in README.md anew")

// The session is typed as recorded, except for the ports.
const port, controlPort = "4100", "4101"

var session = []string{
	"enictl fake --provider aliyun --aliyun-port " + port + " --control-port " + controlPort + " --enis 2 --addresses 3 --leaked 2 --targets targets.csv &",
	"enictl show eni-1 eni-2",
	"echo eni-1,10.0.1.1 >>targets.csv   # a primary address",
	"enictl release -f targets.csv --dry-run",
	"enictl release -f targets.csv",
	"enictl show eni-1 eni-2",
	"enictl list --tag created-by=demo",
	"enictl sweep --tag created-by=demo --keep-tag pod=web-4 --grace 100ms   # use minutes in production",
	"enictl sweep --tag created-by=demo --keep-tag pod=web-4 --grace 100ms --delete",
	"enictl delete --instance i-1 eni-1 eni-2",
	"enictl list",
}

// TestSession types the session and compares the screen with the recording, and the
// recording with the READMEs.
func TestSession(t *testing.T) {
	t.Parallel()
	const recording = "testdata/session.txt"
	got := play(t)
	if *update {
		save(t, recording, got)
		console := regexp.MustCompile("(?ms)^```console\n.*?^```$")
		save(t, "README.md", console.ReplaceAllLiteralString(read(t, "README.md"), "```console\n"+got+"```"))
	}
	want := read(t, recording)
	if got != want {
		t.Errorf("go test -run TestSession . -update makes it anew. Got\n%s\nwant\n%s", got, want)
	}
	block := "```console\n" + want + "```\n"
	if !strings.Contains(read(t, "README.md"), block) {
		t.Error("README.md does not have the session")
	}
	if text := read(t, "../../README.md"); strings.Contains(text, "$ enictl fake ") && !strings.Contains(text, block) {
		t.Error("the README at the top has another session")
	}
}

// play types the session and returns what is on the screen.
func play(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var screen strings.Builder
	fmt.Fprintf(&screen, "$ %s\n", session[0])
	began := strings.Fields(strings.TrimSuffix(strings.NewReplacer(port, "0", controlPort, "0").Replace(session[0]), "&"))
	fake := start(t, dir, nil, noTerminal, began[1:]...)
	var env []string
	for line := ""; line != "# Ctrl-C ends the fake."; {
		line = string(fake.line())
		screen.WriteString(line + "\n")
		if words, ok := strings.CutPrefix(line, "export "); ok {
			env = append(env, strings.Fields(words)...)
		}
	}
	fmt.Fprintf(&screen, "$ # the export lines, pasted\n")
	for _, command := range session[1:] {
		fmt.Fprintf(&screen, "$ %s\n", command)
		shell := exec.CommandContext(t.Context(), "sh", "-c", command)
		shell.Dir, shell.Env = dir, environment(t, env)
		out, err := shell.CombinedOutput() // some are to fail
		t.Logf("%s: %v", command, err)
		for line := range strings.Lines(string(out)) {
			if !strings.HasPrefix(line, "enictl: releasing: ") { // on a slow machine
				screen.WriteString(line)
			}
		}
	}
	fake.signal(os.Interrupt)
	fake.end()
	url := regexp.MustCompile(`(ENICTL_FAKE=)?http://127\.0\.0\.1:\d+`)
	return url.ReplaceAllStringFunc(screen.String(), func(found string) string {
		if strings.HasPrefix(found, "ENICTL_FAKE") {
			return "ENICTL_FAKE=http://127.0.0.1:" + controlPort
		}
		return "http://127.0.0.1:" + port
	})
}

// environment is one in which a shell finds the program.
func environment(t *testing.T, env []string) []string {
	t.Helper()
	path := filepath.Dir(built(t)) + string(filepath.ListSeparator) + os.Getenv("PATH")
	return append([]string{"PATH=" + path, "HOME=" + t.TempDir()}, env...)
}

// TestReadme runs the shell blocks of the README one after another. The installation,
// which is a block of another language, is run by the tests of internal/release.
func TestReadme(t *testing.T) {
	t.Parallel()
	fake := startFake(t, "aliyun", "--enis", "2", "--addresses", "8", "--leaked", "3")
	text := read(t, "README.md")
	// The README must set the provider and the region.
	env := slices.DeleteFunc(fake.env, func(pair string) bool {
		return strings.HasPrefix(pair, "ENICTL_PROVIDER=") || strings.HasPrefix(pair, "ENICTL_REGION=")
	})
	shell := exec.CommandContext(t.Context(), "sh", "-eu")
	shell.Dir, shell.Env, shell.Stdin = t.TempDir(), environment(t, env), strings.NewReader(strings.Join(blocks(text, "sh"), ""))
	if out, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// Every address that the README releases was released once.
	released := fake.stop()
	for _, address := range []string{"eni-1 10.0.1.2", "eni-1 10.0.1.3", "eni-1 2001:db8::1", "eni-1 10.0.1.4", "eni-1 10.0.1.5", "eni-2 10.0.2.2",
		"eni-1 10.0.1.1", "eni-3 10.0.3.1", "eni-5 10.0.5.1", // with their interfaces
	} {
		if released[address] != 1 {
			t.Errorf("%s was released %d times", address, released[address])
		}
	}
	if released["eni-4 10.0.4.1"] != 0 {
		t.Error("eni-4, which is to be kept, was deleted")
	}
}

// The loop of the README continues after a 3, ends after any other status, and after ten
// tries.
func TestReadmeLoop(t *testing.T) {
	var loop string
	for _, block := range blocks(read(t, "README.md"), "sh") {
		if strings.HasPrefix(block, "for ") {
			loop = block
		}
	}
	for statuses, want := range map[string]int{"0": 1, "1": 1, "2": 1, "130": 1, "3 3 0": 3, "3 1": 2, "3 3 3 3 3 3 3 3 3 3 3 3": 10} {
		// The stand-ins take the next of the statuses, and no time.
		script := "left='" + statuses + " '\nruns=0\nsleep() { :; }\n" +
			"enictl() { runs=$((runs + 1)); status=${left%% *}; left=${left#* }; return $status; }\n" + loop + "echo $runs"
		out, err := exec.CommandContext(t.Context(), "sh", "-c", script).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != fmt.Sprint(want) {
			t.Errorf("%s: %s runs, %v, want %d\n%s", statuses, got, err, want, script)
		}
	}
}

// blocks returns the fenced blocks of a language.
func blocks(text, language string) []string {
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

func save(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
