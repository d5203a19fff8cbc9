// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

// TestFake tries the commands on both clouds of one fake, and sees each change in
// its history.
func TestFake(t *testing.T) {
	history := filepath.Join(t.TempDir(), "history.jsonl")
	fake := start(t, "", nil, noTerminal, "fake", "--enis", "2", "--addresses", "3", "--leaked", "2", "--complete-after", "1ms", "--history", history, "-o", "json")
	var printed fakePrinted
	if err := json.Unmarshal(fake.line(), &printed); err != nil {
		t.Fatal(err)
	}
	for _, name := range variables {
		t.Setenv(name, "")
	}
	var providers []string
	for _, s := range printed.Clouds {
		providers = append(providers, s.Provider)
		for key, value := range s.Env {
			t.Setenv(key, value)
		}
		flags := []string{"--provider", s.Provider, "--region", s.Region, "--endpoint", s.Endpoint}
		for _, command := range []string{
			"show eni-1 eni-2",
			"unassign-ips --eni eni-2 10.0.2.2",
			"unassign-ipv6 --eni eni-2 2001:db8::2",
			"detach --eni eni-2 --instance i-2",
			"list --tag created-by=demo --tag pod=web-4",
			"delete eni-2 eni-3",
		} {
			if p := runWith(t.Context(), append(strings.Fields(command), flags...)); p.status != exitDone {
				t.Errorf("%s, %s: exit status %d\n%s%s", s.Provider, command, p.status, p.stdout, p.stderr)
			}
		}
	}
	if !slices.Equal(providers, []string{"aliyun", "tencent"}) {
		t.Fatalf("clouds: %v", providers)
	}
	tencent := printed.Clouds[1]
	p := runWith(t.Context(), []string{
		"unassign-ips", "--provider", "tencent", "--api-version", "2.0", "--region", tencent.Region,
		"--endpoint", tencent.Endpoint + "/v2/index.php", "--eni", "eni-1", "10.0.1.2",
	})
	p.check(t, exitDone, "10.0.1.2   released\neni-1: 1 released\n", "")

	fake.signal(os.Interrupt)
	fake.end()
	var got []string
	for _, e := range readLines[fakecloud.Event](t, history) {
		word := e.Provider + " " + e.ENI + " " + strings.Join(e.Released, " ")
		if e.Detached {
			word += "detached"
		}
		if e.Deleted {
			word = e.Provider + " " + e.ENI + " deleted"
		}
		got = append(got, word)
	}
	slices.Sort(got)
	want := []string{
		"aliyun eni-2 10.0.2.2", "aliyun eni-2 2001:db8::2", "aliyun eni-2 deleted", "aliyun eni-2 detached", "aliyun eni-3 deleted",
		"tencent eni-1 10.0.1.2", "tencent eni-2 10.0.2.2", "tencent eni-2 2001:db8::2", "tencent eni-2 deleted", "tencent eni-2 detached", "tencent eni-3 deleted",
	}
	if !slices.Equal(got, want) {
		t.Errorf("history:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFakeMisuse(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	_, port, _ := net.SplitHostPort(busy.Addr().String())
	const short = "internal/fakecloud/testdata/short.json"
	same := filepath.Join(t.TempDir(), "file")
	for want, args := range map[string][]string{
		`unknown --provider "qcloud": want aliyun or tencent`:                                                          {"--provider", "qcloud"},
		"--enis 0: want 1 to 10000":                                                                                    {"--enis", "0"},
		"--per-instance 0: want 1 or more":                                                                             {"--per-instance", "0"},
		"--leaked 10001: want 0 to 10000":                                                                              {"--leaked", "10001"},
		"--addresses 201: want 1 to 200":                                                                               {"--addresses", "201"},
		"--complete-after -1s: want a duration such as 500ms":                                                          {"--complete-after=-1s"},
		`--output "yaml" is unknown: want text or json`:                                                                {"-o", "yaml"},
		"listen tcp 127.0.0.1:" + port + ": bind: address already in use":                                              {"--tencent-port", port},
		"open no/such/history: no such file or directory":                                                              {"--history", "no/such/history"},
		"open no/such/targets: no such file or directory":                                                              {"--targets", "no/such/targets"},
		`unexpected argument "eni-1": want only flags`:                                                                 {"eni-1"},
		"open no/such/log: no such file or directory":                                                                  {"--log", "no/such/log"},
		"open no/such/scene: no such file or directory":                                                                {"--scene", "no/such/scene"},
		"--log and --history are the same file " + same + ": want two":                                                 {"--log", same, "--history", same},
		"--scene and --log are the same file " + short + ": want two":                                                  {"--scene", short, "--log", "./" + short},
		"--history and --targets are the same file " + same + ": want two":                                             {"--targets", same, "--history", same},
		`--enis and --scene exclude each other: the scene has its own interfaces`:                                      {"--scene", short, "--enis", "3"},
		"--provider tencent: " + short + " has no such cloud":                                                          {"--scene", short, "--provider", "tencent"},
		"--fault \"slow\": want a time, as in slow=500ms\nenictl: --fault \"cut:0\": \"0\": want a count of 1 or more": {"--fault", "slow", "--fault", "cut:0"},
		"testdata/wrong.json:3: tencent.interfaces[0].state: got \"free\", want available, in_use, attaching, detaching, deleting or creating\n" +
			"enictl: testdata/wrong.json:4: tencent.interfaces[1]: has no id": {"--scene", "testdata/wrong.json"},
		"--targets: the clouds of the scene have different addresses: want --provider aliyun or tencent": {"--scene", "testdata/different.json", "--targets", same},
	} {
		runWith(t.Context(), append([]string{"fake"}, args...)).check(t, exitMisuse, "",
			"enictl: "+want+"\nenictl: see enictl fake -h\n")
	}
}

// TestFakeOfAScene serves what a file says, with a session and a fault that the command
// line adds, and has the requests in the log and at the control endpoint.
func TestFakeOfAScene(t *testing.T) {
	dir := t.TempDir()
	printed := runWith(t.Context(), []string{"fake", "--print-scene", "--enis", "1", "--addresses", "2", "--session"})
	if printed.status != exitDone || printed.stderr != "" {
		t.Fatalf("status %d\n%s", printed.status, printed.stderr)
	}
	scene, log, targets := filepath.Join(dir, "scene.json"), filepath.Join(dir, "log.jsonl"), filepath.Join(dir, "targets.csv")
	save(t, scene, strings.ReplaceAll(printed.stdout, `"eni-1"`, `"eni-7"`))
	fake := start(t, "", nil, noTerminal, "fake", "--scene", scene, "--fault", "conflict:1:aliyun", "--log", log, "--targets", targets, "-o", "json")
	var where fakePrinted
	if err := json.Unmarshal(fake.line(), &where); err != nil {
		t.Fatal(err)
	}
	for _, name := range variables {
		t.Setenv(name, "")
	}
	for _, s := range where.Clouds {
		if len(s.Env) != 3 {
			t.Errorf("%s: no token: %v", s.Provider, s.Env)
		}
		for key, value := range s.Env {
			t.Setenv(key, value)
		}
		p := runWith(t.Context(), []string{"release", "-f", targets, "--no-journal", "--provider", s.Provider, "--region", s.Region, "--endpoint", s.Endpoint})
		if p.status != exitDone || !strings.Contains(p.stdout, "2 released") {
			t.Errorf("%s: status %d\n%s%s", s.Provider, p.status, p.stdout, p.stderr)
		}
	}
	response, err := http.Get(where.Control + "/requests")
	if err != nil {
		t.Fatal(err)
	}
	remembered, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	fake.signal(os.Interrupt)
	fake.end()
	if text := read(t, log); text != string(remembered) || strings.Count(text, `"faults":["conflict:1:aliyun"]`) != 1 || !strings.Contains(text, `"code":"Operation.Conflict"`) {
		t.Errorf("the log has\n%s\nthe endpoint\n%s", text, remembered)
	}
}

// A scene that was printed once more is the same, and one cloud of it can be picked.
func TestPrintScene(t *testing.T) {
	whole := runWith(t.Context(), []string{"fake", "--print-scene", "--leaked", "2", "--seed", "7", "--fault", "conflict:3"})
	file := filepath.Join(t.TempDir(), "scene.json")
	save(t, file, whole.stdout)
	if !strings.Contains(whole.stdout, `"faults": ["conflict:3"]`) || !strings.Contains(whole.stdout, `"seed": 7`) {
		t.Errorf("the scene lacks its faults or their seed:\n%s", whole.stdout)
	}
	runWith(t.Context(), []string{"fake", "--print-scene", "--scene", file}).check(t, exitDone, whole.stdout, "")
	one := runWith(t.Context(), []string{"fake", "--print-scene", "--scene", file, "--provider", "tencent"})
	if one.status != exitDone || strings.Contains(one.stdout, "aliyun") || !strings.Contains(one.stdout, `"eni-5"`) || !strings.Contains(one.stdout, `"seed": 7`) {
		t.Errorf("status %d\n%s", one.status, one.stdout)
	}
}

// What list prints of a cloud is a scene's list of interfaces.
func TestSceneOfAList(t *testing.T) {
	for _, provider := range providerNames() {
		fake := startFake(t, provider, "--leaked", "1")
		for _, name := range variables {
			t.Setenv(name, "")
		}
		for _, pair := range fake.env {
			name, value, _ := strings.Cut(pair, "=")
			t.Setenv(name, value)
		}
		p := runWith(t.Context(), []string{"list", "-o", "json"})
		if p.status != exitDone {
			t.Fatalf("status %d\n%s", p.status, p.stderr)
		}
		list := strings.ReplaceAll(strings.TrimSpace(p.stdout), "\n", ",")
		s, err := fakecloud.ReadScene("list", []byte(`{"`+provider+`": {"interfaces": [`+list+`]}}`))
		if err != nil {
			t.Errorf("%v\n%s", err, p.stdout)
		} else if n := len(s.Clouds[0].Interfaces); n != 4 {
			t.Errorf("%d interfaces", n)
		}
		fake.stop()
	}
}
