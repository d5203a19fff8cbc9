// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFake tries the commands on both clouds of one fake, and sees each change in
// its history.
func TestFake(t *testing.T) {
	history := filepath.Join(t.TempDir(), "history.jsonl")
	fake := start(t, "", nil, noTerminal, "fake", "--enis", "2", "--addresses", "3", "--leaked", "2", "--complete-after", "1ms", "--history", history, "-o", "json")
	var printed struct {
		Clouds []served `json:"clouds"`
	}
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
	for _, e := range readLines[event](t, history) {
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
	for want, args := range map[string][]string{
		`unknown --provider "qcloud": want aliyun or tencent`:             {"--provider", "qcloud"},
		"--enis 0: want 1 to 10000":                                       {"--enis", "0"},
		"--per-instance 0: want 1 or more":                                {"--per-instance", "0"},
		"--leaked 10001: want 0 to 10000":                                 {"--leaked", "10001"},
		"--addresses 201: want 1 to 200":                                  {"--addresses", "201"},
		"--complete-after -1s: want a duration such as 500ms":             {"--complete-after=-1s"},
		`--output "yaml" is unknown: want text or json`:                   {"-o", "yaml"},
		"listen tcp 127.0.0.1:" + port + ": bind: address already in use": {"--tencent-port", port},
		"open no/such/history: no such file or directory":                 {"--history", "no/such/history"},
		"open no/such/targets: no such file or directory":                 {"--targets", "no/such/targets"},
		`unknown command "eni-1" for "enictl fake"`:                       {"eni-1"},
	} {
		runWith(t.Context(), append([]string{"fake"}, args...)).check(t, exitMisuse, "",
			"enictl: "+want+"\nenictl: see enictl fake -h\n")
	}
}
