// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// free adds free interfaces, each with its own tag.
func (s *site) free(ids ...string) {
	for _, id := range ids {
		s.cloud.Put(eni.Interface{
			ID: id, Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1",
			Tags: map[string]string{"created-by": "test", "name": id},
		})
	}
}

// deletedOnly checks that exactly these interfaces were detached and deleted, each once,
// and nothing else was changed.
func (s *site) deletedOnly(want ...string) {
	s.Helper()
	var got []string
	for _, change := range s.cloud.History() {
		if change.Deleted {
			got = append(got, change.Call.InterfaceID)
		} else if !slices.Contains(want, change.Call.InterfaceID) {
			s.Errorf("%s of %s, which nobody asked for", change.Call.Action, change.Call.InterfaceID)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.Errorf("deleted: %q, want %q", got, want)
	}
}

// runDelete runs delete, and returns its output without the introduction.
func (s *site) runDelete(ctx context.Context, rest ...string) printed {
	p := runWith(ctx, s.flags(deleteENIs, rest...))
	p.stderr = withoutIntroduction(p.stderr)
	return p
}

func TestDelete(t *testing.T) {
	onBoth(t, func(s *site) {
		s.free("eni-2", "eni-3")
		s.runDelete(s.Context(), "--instance", "i-1", "eni-1", "eni-2", "eni-1").check(s.T, exitDone, "2 interfaces: 2 deleted\n", "")
		s.deletedOnly("eni-1", "eni-2")
	})
}

// An interface that is in use, elsewhere, protected or primary is not deleted, which is a
// failure.
func TestDeleteLeavesAlone(t *testing.T) {
	onBoth(t, func(s *site) {
		s.free("eni-2", "eni-3")
		s.cloud.Put(eni.Interface{ID: "eni-4", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-4"})
		s.cloud.Put(eni.Interface{ID: "eni-5", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "i-1"})
		for _, args := range [][]string{
			{"eni-1"},
			{"--instance", "i-1", "eni-4"},
			{"--instance", "i-1", "eni-5"},
			{"--keep-tag", "name=eni-2", "--keep-tag", "other", "eni-2"},
			{"--keep-tag", "name", "eni-2"},
		} {
			p := s.runDelete(s.Context(), args...)
			if p.status != exitFailed || !strings.HasSuffix(p.stdout, "\n1 interface: 1 refused\n") {
				s.Errorf("%q: exit status %d\n%s%s", args, p.status, p.stdout, p.stderr)
			}
		}
		s.deletedOnly()
		s.runDelete(s.Context(), "--keep-tag", "name=eni-2", "eni-3").check(s.T, exitDone, "1 interface: 1 deleted\n", "")
		s.deletedOnly("eni-3")
	})
}

// In a wrong region no interface is found.
func TestDeleteWhatDoesNotExist(t *testing.T) {
	onBoth(t, func(s *site) {
		p := s.runDelete(s.Context(), "eni-9")
		if p.status != exitFailed || !strings.HasSuffix(p.stdout, "\n1 interface: 1 absent\n") || !strings.Contains(p.stderr, "enictl: not_found (1): check the interface's id") {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
		s.runDelete(s.Context(), "--ignore-not-found", "eni-9").check(s.T, exitDone, "1 interface: 1 absent\n", "")
	})
}

func TestDeleteAsJSON(t *testing.T) {
	onBoth(t, func(s *site) {
		p := s.runDelete(s.Context(), "eni-1", "-o", "json")
		lines := strings.Split(strings.TrimSpace(p.stdout), "\n")
		var r record
		var last struct{ Summary summary }
		if len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &r) != nil || json.Unmarshal([]byte(lines[1]), &last) != nil {
			s.Fatalf("got\n%s", p.stdout)
		}
		if p.status != exitFailed || r.ENI != "eni-1" || r.Outcome != "refused" || r.Error.Kind != "invalid_state" || strings.Contains(lines[0], `"address"`) {
			s.Errorf("exit status %d\n%s", p.status, p.stdout)
		}
		if sum := last.Summary; sum.OK || sum.Interfaces != 1 || sum.Refused != 1 || len(sum.Next) != 1 {
			s.Errorf("got %+v", sum)
		}
	})
}

// Delete reads lists of release, list and show, and plain ids.
func TestFormsOfInterfaceLists(t *testing.T) {
	for name, text := range map[string]string{
		"ids":                    "eni-1\neni-2\neni-1\n",
		"a header":               "ENI\neni-1\neni-2\n",
		"another header":         "node,network_interface_id\nn1,eni-1\nn2,eni-2\n",
		"a list of addresses":    "eni-1,10.0.0.5\neni-1,10.0.0.6\neni-2,10.0.0.7\n",
		"JSON lines of a list":   `{"id":"eni-1","type":"secondary","instance_id":"i-1"}` + "\n" + `{"id":"eni-2"}`,
		"JSON lines of targets":  `{"eni":"eni-1","address":"10.0.0.5","id":7}` + "\n" + `{"eni":"eni-2"}`,
		"an array":               `[{"eni_id":"eni-1"},{"eni_id":"eni-2"}]`,
		"Windows":                "\ufeffeni_id\r\neni-1\r\neni-2\r\n",
		"comments and no header": "# node 1\neni-1\n\n eni-2\n",
	} {
		got, bad := parseTargets([]byte(text), &interfaceList)
		if len(bad) > 0 || !slices.Equal(got, []target{{eni: "eni-1"}, {eni: "eni-2"}}) {
			t.Errorf("%s: %v, %v", name, got, bad)
		}
	}
	for text, want := range map[string]string{
		"eni-1 eni-2\n":                           `1: eni "eni-1 eni-2" has an invalid character: want printable ASCII without spaces`,
		"node,instance\nn1,i-1\n":                 "1: the header has no column for the interface: want eni or eni_id",
		`{"error":{"kind":"unavailable"}}` + "\n": `1: no eni: want an object such as {"eni":"eni-1"}`,
		"eni,node\n,n1\n":                         "2: no eni: want an id",
	} {
		_, bad := parseTargets([]byte(text), &interfaceList)
		if len(bad) != 1 || fmt.Sprintf("%d: %v", bad[0].line, bad[0].err) != want {
			t.Errorf("%q: %v, want %s", text, bad, want)
		}
	}
}

func TestDeleteMisuse(t *testing.T) {
	s := newSite(t, "tencent")
	for want, args := range map[string][]string{
		"no interface: want ids, or --file with a list of them":                           {},
		`--file and "eni-1" exclude each other: want ids, or a list of them`:              {"-f", "-", "eni-1"},
		`interface "eni 1" has an invalid character: want printable ASCII without spaces`: {"eni 1"},
		"--trunk needs --instance: want the instance of the trunk":                        {"--trunk", "eni-9", "eni-1"},
		`--keep-tag "=x" has no key: want key or key=value`:                               {"--keep-tag", "=x", "eni-1"},
		`--keep-tag "x=" has no value: want key=value, or key alone for any value`:        {"--keep-tag", "x=", "eni-1"},
		`--keep-tag names the key "x" twice: want one value, or key alone for any value`:  {"--keep-tag", "x=1", "--keep-tag", "x=2", "eni-1"},
		"--api-version 2.0 has no call for delete":                                        {"--api-version", "2.0", "eni-1"},
		"--parallel 0: want 1 or more":                                                    {"--parallel", "0", "eni-1"},
		"- has no interfaces: want lines such as eni-1":                                   {"-f", "-"},
		"--journal and --no-journal exclude each other":                                   {"--no-journal", "--journal", "x", "eni-1"},
	} {
		runWith(t.Context(), s.flags(deleteENIs, args...)).check(t, exitMisuse, "", "enictl: "+want+"\nenictl: see enictl delete -h\n")
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// The journal records the existing interfaces before the first deletion. If one is gone in
// a later run, it was deleted, whatever ended the earlier run.
func TestDeleteByJournal(t *testing.T) {
	s := newSite(t, "aliyun")
	s.free("eni-2", "eni-3", "eni-4")
	list := file(s.T, "eni-2\neni-3\neni-9\n")
	s.setControl(func(call enitest.Call) *enitest.Fault {
		if call.Action == enitest.Delete && call.InterfaceID == "eni-3" {
			names := journalsBeside(s.T, list)
			if len(names) != 1 || strings.Count(read(s.T, names[0]), `"outcome":"seen"`) != 2 {
				s.Errorf("the journals are %q", names)
			}
			return &enitest.Fault{Code: "Forbidden", Status: 403}
		}
		return nil
	})
	p := s.runDelete(s.Context(), "-f", list)
	if p.status != exitFailed || strings.Contains(p.stdout, "eni-2") || !strings.HasSuffix(p.stdout, "3 interfaces: 1 deleted, 1 absent, 1 refused\n") {
		s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
	}
	s.setControl(func(call enitest.Call) *enitest.Fault {
		if call.InterfaceID == "eni-2" || slices.Contains(call.InterfaceIDs, "eni-2") {
			s.Errorf("%s of what is done by the journal", call.Action)
		}
		return nil
	})
	s.cloud.Delete("eni-3") // as if the run before had been killed behind it
	p = s.runDelete(s.Context(), "-f", list)
	if p.status != exitFailed || !strings.HasPrefix(p.stdout, "eni-9   absent   ") || strings.Count(p.stdout, "\n") != 2 ||
		!strings.HasSuffix(p.stdout, "3 interfaces: 1 deleted, 2 absent (1 of them before, as the journal says)\n") {
		s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
	}
	s.runDelete(s.Context(), "-f", list, "--ignore-not-found").check(s.T, exitDone,
		"3 interfaces: 1 deleted, 2 absent (2 of them before, as the journal says)\n", "")
	s.deletedOnly("eni-2")

	// The journal of a release of the same list is another.
	journal := journalsBeside(s.T, list)[0]
	addresses := file(s.T, "eni-2,10.0.0.5\n")
	p = runWith(s.Context(), s.flags(releaseList, "-f", addresses, "--journal", journal))
	if p.status != exitMisuse || !strings.Contains(p.stderr, "the journal is of another task: its command is delete, this task's is release") {
		s.Errorf("exit status %d\n%s", p.status, p.stderr)
	}
}

// After an interrupt, changes in progress end and no further change begins.
func TestInterruptInDelete(t *testing.T) {
	s := newSite(t, "aliyun")
	s.free("eni-2", "eni-3")
	ctx, interrupt := context.WithCancel(s.Context())
	defer interrupt()
	s.setControl(func(call enitest.Call) *enitest.Fault {
		if call.Action == enitest.Delete {
			interrupt()
		}
		return nil
	})
	p := s.runDelete(ctx, "--parallel", "1", "eni-2", "eni-3")
	if p.status != exitUnfinished || p.stdout != "2 interfaces: 1 deleted, 1 not tried\n" {
		s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
	}
	s.deletedOnly("eni-2")
}

// What cannot be described is not deleted.
func TestDeleteUndescribed(t *testing.T) {
	onBoth(t, func(s *site) {
		s.free("eni-2")
		ctx, interrupt := context.WithCancel(s.Context())
		defer interrupt()
		s.hang(enitest.Describe, interrupt)
		if p := s.runDelete(ctx, "eni-2"); p.status != exitUnfinished || p.stdout != "" {
			s.Errorf("interrupted: exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
		s.setControl(func(enitest.Call) *enitest.Fault { return nil })
		s.setSecret("another secret")
		p := s.runDelete(s.Context(), "eni-2", "-o", "json")
		var last struct{ Summary summary }
		if err := json.Unmarshal([]byte(p.stdout), &last); err != nil {
			s.Fatal(err)
		}
		if sum := last.Summary; p.status != exitFailed || sum.OK || sum.Error == nil || sum.Error.Kind != "unauthenticated" || sum.NotTried != 1 {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
		s.deletedOnly()
	})
}

// An interface that stays in Deleting is accepted, and the same command can go on.
func TestDeleteTimeout(t *testing.T) {
	s := newSite(t, "tencent")
	s.free("eni-2")
	s.completesAfter(time.Hour)
	journal := filepath.Join(s.TempDir(), "run.jsonl")
	p := s.runDelete(s.Context(), "--timeout", "1500ms", "--journal", journal, "eni-2")
	if p.status != exitUnfinished || !strings.HasSuffix(p.stdout, "\n1 interface: 1 accepted\n") {
		s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
	}
	s.cloud.Complete("eni-2")
	s.runDelete(s.Context(), "--journal", journal, "eni-2").check(s.T, exitDone, "1 interface: 1 absent\n", "")
}
