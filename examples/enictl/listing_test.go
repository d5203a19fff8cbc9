// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// listed runs list -o json and returns the ids, sorted.
func (s *site) listed(flags ...string) []string {
	s.Helper()
	p := runWith(s.Context(), s.flags("list", append(flags, "-o", "json")...))
	if p.status != exitDone {
		s.Errorf("%q: exit status %d\n%s", flags, p.status, p.stderr)
	}
	var ids []string
	for line := range strings.Lines(p.stdout) {
		var i shownInterface
		if err := json.Unmarshal([]byte(line), &i); err != nil {
			s.Fatalf("%v: %s", err, line)
		}
		ids = append(ids, i.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestList(t *testing.T) {
	onBoth(t, func(s *site) {
		s.cloud.Put(eni.Interface{
			ID: "eni-2", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "i-2", VPCID: "vpc-1", SubnetID: "subnet-1",
			Tags: map[string]string{"created-by": "ci", "pod": "a"},
		})
		s.cloud.Put(eni.Interface{
			ID: "eni-3", Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", SubnetID: "subnet-2",
			Tags: map[string]string{"created-by": "ci", "pod": "b"}, Manager: "42",
		})
		for flags, want := range map[string]string{
			"":                                "eni-1 eni-2 eni-3",
			"--vpc vpc-1":                     "eni-2 eni-3",
			"--subnet subnet-2":               "eni-3",
			"--instance i-1":                  "eni-1",
			"--type primary":                  "eni-2",
			"--state in_use":                  "eni-1 eni-2",
			"--tag created-by":                "eni-2 eni-3",
			"--tag created-by=ci --tag pod=b": "eni-3",
			"--tag pod=b --state in_use":      "",
		} {
			if got := strings.Join(s.listed(strings.Fields(flags)...), " "); got != want {
				s.Errorf("%s: %q, want %q", flags, got, want)
			}
		}
		p := runWith(s.Context(), s.flags("list", "--tag", "created-by=ci"))
		p.check(s.T, exitDone, ""+
			"ENI     TYPE        STATE       ATTACHED TO   ADDRESS     TAGS\n"+
			"eni-2   primary     in_use      i-2           192.0.2.1   created-by=ci,pod=a\n"+
			"eni-3   secondary   available   -             192.0.2.1   (managed by 42) created-by=ci,pod=b\n", "")
		runWith(s.Context(), s.flags("list", "--vpc", "vpc-9")).check(s.T, exitDone, "", "enictl: no interface matches\n")
	})
}

// What the clouds send of an interface is in its line.
func TestListAsJSON(t *testing.T) {
	s := newSite(t, "aliyun")
	s.cloud.Put(eni.Interface{
		ID: "eni-2", Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", SubnetID: "vsw-1", Zone: "cn-hangzhou-h",
		Name: "name", Description: "words", MAC: "00:16:3e:00:00:01", SecurityGroupIDs: []string{"sg-1"}, Tags: map[string]string{"a": "b"},
	})
	runWith(t.Context(), s.flags("list", "--vpc", "vpc-1", "-o", "json")).check(t, exitDone,
		`{"id":"eni-2","type":"secondary","state":"available","vpc_id":"vpc-1","addresses":[{"address":"192.0.2.1","primary":true}],"prefixes":[],`+
			`"name":"name","description":"words","mac":"00:16:3e:00:00:01","subnet_id":"vsw-1","zone":"cn-hangzhou-h",`+
			`"security_group_ids":["sg-1"],"tags":{"a":"b"}}`+"\n", "")
}

// What people wrote into a tag does not act on a terminal.
func TestListedTags(t *testing.T) {
	s := newSite(t, "aliyun")
	s.cloud.Put(eni.Interface{ID: "eni-2", Type: eni.TypeSecondary, State: eni.StateAvailable, Tags: map[string]string{"a": "\x1b[31mred\n"}})
	p := runWith(t.Context(), s.flags("list", "--tag", "a"))
	if !strings.HasSuffix(p.stdout, `   a="\x1b[31mred\n"`+"\n") || strings.Contains(p.stdout, "\x1b") {
		t.Errorf("got %q", p.stdout)
	}
}

// manyFree puts so many free interfaces that a list has several pages.
func (s *site) manyFree(n int) {
	for k := range n {
		s.free(fmt.Sprintf("eni-1%03d", k))
	}
}

// A list that ends early does not look like a whole one.
func TestListInterrupted(t *testing.T) {
	onBoth(t, func(s *site) {
		s.manyFree(1200)
		for _, form := range []string{jsonOutput, textOutput} {
			ctx, interrupt := context.WithCancel(s.Context())
			defer interrupt()
			pages := 0
			s.setControl(func(call enitest.Call) *enitest.Fault {
				if pages++; pages == 2 {
					interrupt()
				}
				return nil
			})
			p := runWith(ctx, s.flags("list", "--state", "available", "-o", form))
			lines := strings.Count(p.stdout, "\n")
			if p.status != exitFailed || lines < 50 || lines > 1100 || pages != 2 ||
				!strings.Contains(p.stderr, "enictl: interrupted: ") || !strings.Contains(p.stderr, "enictl: the list is incomplete: it ends after ") {
				s.Errorf("-o %s: exit status %d, %d lines, %d pages\n%s", form, p.status, lines, pages, p.stderr)
			}
			if failed := strings.Contains(p.stdout, "\n{\"error\":{"); failed != (form == jsonOutput) {
				s.Errorf("-o %s: its last line tells: %t", form, failed)
			}
			if _, bad := parseTargets([]byte(p.stdout), &interfaceList); form == jsonOutput && len(bad) != 1 {
				s.Errorf("delete takes it for a list: %v", bad)
			}
		}
	})
}

// A reader that has enough ends a list, and is no failure.
func TestListReaderThatHasEnough(t *testing.T) {
	onBoth(t, func(s *site) {
		s.manyFree(1200)
		for _, form := range []string{jsonOutput, textOutput} {
			reader, writer, err := os.Pipe()
			if err != nil {
				s.Fatal(err)
			}
			cmd := exec.CommandContext(s.Context(), built(s.T), s.flags("list", "-o", form)...)
			cmd.Stdout = writer
			if err := reader.Close(); err != nil {
				s.Error(err)
			}
			before := s.requests.Load()
			p := startCommand(s.T, cmd, "", s.env(), noTerminal)
			if err := writer.Close(); err != nil {
				s.Error(err)
			}
			if got := p.status(); got != exitDone || withoutProgress(p.all()) != "" {
				s.Errorf("-o %s: it ended with %s\n%s", form, p.cmd.ProcessState, p.all())
			}
			if n := s.requests.Load() - before; n != 1 {
				s.Errorf("-o %s: %d pages were asked for", form, n)
			}
		}
	})
}

func TestListFails(t *testing.T) {
	onBoth(t, func(s *site) {
		s.setSecret("another secret")
		p := runWith(s.Context(), s.flags("list", "-o", "json"))
		if p.status != exitFailed || !strings.HasPrefix(p.stdout, `{"error":{"kind":"unauthenticated",`) || !strings.Contains(p.stderr, "check the credentials") ||
			strings.Contains(p.stderr, "not complete") {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
	})
}

func TestListMisuse(t *testing.T) {
	s := newSite(t, "tencent")
	for want, args := range map[string][]string{
		`unknown --type "eip": want primary, secondary, trunk or member`:                   {"--type", "eip"},
		`unknown --state "free": want available, in_use, attaching, detaching or deleting`: {"--state", "free"},
		`--vpc "vpc 1" has an invalid character: want printable ASCII without spaces`:      {"--vpc", "vpc 1"},
		`--tag "a=" has no value: want key=value, or key alone for any value`:              {"--tag", "a="},
		`unexpected argument "eni-1": want only flags`:                                     {"eni-1"},
		"--api-version 2.0 has no call for list":                                           {"--api-version", "2.0"},
		`--tag names the key "a" twice: want one value, or key alone for any value`:        {"--tag", "a=1", "--tag", "a"},
	} {
		runWith(t.Context(), s.flags("list", args...)).check(t, exitMisuse, "", "enictl: "+want+"\nenictl: see enictl list -h\n")
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
