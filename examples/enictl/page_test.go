// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

const page = "FAKE.md"

// newClient is on the page.
func newClient() (cloudeni.Client, error) {
	return cloudeni.Open(cloudeni.Config{
		Provider: os.Getenv("ENICTL_PROVIDER"),
		Region:   os.Getenv("ENICTL_REGION"),
		Endpoint: os.Getenv("ENICTL_ENDPOINT"),
	}, nil)
}

func TestPageOfThisLibrary(t *testing.T) {
	fake := startFake(t, "tencent", "--session")
	for _, name := range variables {
		t.Setenv(name, "")
	}
	for _, pair := range fake.env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	client, err := newClient()
	if err != nil {
		t.Fatal(err)
	}
	if found, err := client.Describe(t.Context(), "eni-1"); err != nil || len(found) != 1 {
		t.Errorf("%d found, %v", len(found), err)
	}
	fake.stop()
}

// TestPageShowsWhatRuns compares each block that names a function of this repository
// with that function.
func TestPageShowsWhatRuns(t *testing.T) {
	shown := regexp.MustCompile("(?ms)^<!-- (\\S+): (\\w+) -->\n```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(read(t, page), -1)
	for _, m := range shown {
		file, name, block := m[1], m[2], m[4]
		source := regexp.MustCompile(`(?ms)^func(tion)? ` + name + `\(.*?^}\n`).FindString(read(t, filepath.Join("../..", file)))
		if source != block {
			t.Errorf("%s is in %s\n%s\nand on the page\n%s", name, file, source, block)
		}
	}
	if len(shown) != 9 {
		t.Errorf("the page shows %d clients, want 9", len(shown))
	}
}

// TestPageCommands runs the commands of the page against a fake with sessions, which is
// reset between two blocks.
func TestPageCommands(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	fake := startFake(t, "aliyun", "--session")
	script := "curl() { " + asCurl + "=1 '" + self + "' \"$@\"; }\n" + strings.Join(blocks(read(t, page), "sh"), "curl -X POST $ENICTL_FAKE/reset\n")
	shell := exec.CommandContext(t.Context(), "sh", "-eu")
	shell.Dir, shell.Env, shell.Stdin = t.TempDir(), environment(t, fake.env), strings.NewReader(script)
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, want := range []string{`"fault": "conflict:3"`, `"met": 0`, `"action":"DescribeNetworkInterfaces"`, `"ALIBABA_CLOUD_SECURITY_TOKEN": "` + fakecloud.SampleToken + `1"`, "10.0.1.1 (primary)"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s is not printed:\n%s", want, out)
		}
	}
	for _, file := range []string{"scene.json", "session.json", "now.json"} {
		path := filepath.Join(shell.Dir, file)
		if _, err := fakecloud.ReadScene(file, []byte(read(t, path))); err != nil {
			t.Error(err)
		}
	}
	fake.stop()
}

// TestPageScene serves the scene of the page, which has every field that there is.
func TestPageScene(t *testing.T) {
	m := regexp.MustCompile("(?ms)^<!-- TestPageScene -->\n```json\n(.*?)^```$").FindStringSubmatch(read(t, page))
	if m == nil {
		t.Fatal("the page has no scene")
	}
	file := filepath.Join(t.TempDir(), "scene.json")
	save(t, file, m[1])
	fake := start(t, "", nil, noTerminal, "fake", "--scene", file, "-o", "json")
	var where fakePrinted
	if err := json.Unmarshal(fake.line(), &where); err != nil {
		t.Fatal(err)
	}
	for _, name := range variables {
		t.Setenv(name, "")
	}
	for n, want := range []string{"eni-left eni-member eni-trunk", "eni-1"} {
		s := where.Clouds[n]
		for key, value := range s.Env {
			t.Setenv(key, value)
		}
		p := runWith(t.Context(), []string{"list", "-o", "json", "--provider", s.Provider, "--region", s.Region, "--endpoint", s.Endpoint})
		var ids []string
		for _, m := range regexp.MustCompile(`"id":"([^"]*)"`).FindAllStringSubmatch(p.stdout, -1) {
			ids = append(ids, m[1])
		}
		if got := strings.Join(ids, " "); p.status != exitDone || got != want {
			t.Errorf("%s: status %d, %s\n%s", s.Provider, p.status, got, p.stderr)
		}
	}
	fake.signal(os.Interrupt)
	fake.end()
	for _, field := range fakecloud.Fields() {
		if !strings.Contains(m[1], `"`+field+`":`) {
			t.Errorf("the scene lacks %s", field)
		}
		if !regexp.MustCompile("(?m)^\\|.*`" + field + "`").MatchString(read(t, page)) {
			t.Errorf("the tables lack %s", field)
		}
	}
}

// TestPageFaults compares the table of kinds, and the forms, with what there is.
func TestPageFaults(t *testing.T) {
	text := read(t, page)
	forms, about := fakecloud.Kinds()
	var table strings.Builder
	table.WriteString("| kind | what happens |\n|---|---|\n")
	for n, form := range forms {
		table.WriteString("| `" + form + "` | " + about[n] + " |\n")
	}
	if !strings.Contains(text, table.String()+"\n") {
		t.Errorf("the page has another table than\n%s", &table)
	}
	rows := regexp.MustCompile("(?m)^\\| `(\\S+:\\S+)` \\|").FindAllStringSubmatch(text, -1)
	for _, row := range rows {
		if _, err := fakecloud.ParseFault(row[1]); err != nil {
			t.Error(err)
		}
	}
	if len(rows) < 4 {
		t.Errorf("%d faults are shown", len(rows))
	}
	for _, action := range fakecloud.Actions() {
		if !strings.Contains(text, "`"+action+"`") {
			t.Errorf("the page lacks the action %s", action)
		}
	}
}

// The lines of the log and of the history are on the page as they are written.
func TestPageLog(t *testing.T)     { checkLine(t, new(fakecloud.Request)) }
func TestPageHistory(t *testing.T) { checkLine(t, new(fakecloud.Event)) }

// checkLine reads the line that is shown behind the name of the test.
func checkLine(t *testing.T, line any) {
	t.Helper()
	m := regexp.MustCompile("(?ms)^<!-- " + t.Name() + " -->\n```json\n(.*?)^```$").FindStringSubmatch(read(t, page))
	if m == nil {
		t.Fatal("the page has no such line")
	}
	decoder := json.NewDecoder(strings.NewReader(m[1]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(line); err != nil {
		t.Error(err)
	}
	if again, err := json.Marshal(line); err != nil || string(again)+"\n" != m[1] {
		t.Errorf("it is written as\n%s", again)
	}
}
