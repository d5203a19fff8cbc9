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

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// runSweep runs a sweep of the interfaces of free, and returns its output without the
// introduction.
func (s *site) runSweep(ctx context.Context, rest ...string) printed {
	p := runWith(ctx, s.flags(sweepENIs, append([]string{"--tag", "created-by=test", "--grace", "10ms"}, rest...)...))
	p.stderr = withoutIntroduction(p.stderr)
	return p
}

// found is the text of a sweep between its lists.
func found(n string) string { return "enictl: " + n + "; listing them again in 10ms\n" }

// leftBehind adds two interfaces that a sweep must find, and others.
func (s *site) leftBehind() {
	s.free("eni-2", "eni-3")
	s.cloud.Update("eni-1", func(i *eni.Interface) { i.Tags = map[string]string{"created-by": "test"} })
	s.cloud.Put(eni.Interface{ID: "eni-4", Type: eni.TypeSecondary, State: eni.StateAvailable, Tags: map[string]string{"created-by": "test"}, Manager: "eks"})
	s.cloud.Put(eni.Interface{ID: "eni-5", Type: eni.TypeSecondary, State: eni.StateAvailable, Tags: map[string]string{"created-by": "others"}})
	s.cloud.Put(eni.Interface{ID: "eni-6", Type: eni.TypeSecondary, State: eni.StateAvailable})
}

// Without --delete a sweep changes nothing.
func TestSweepIsADryRun(t *testing.T) {
	onBoth(t, func(s *site) {
		s.leftBehind()
		s.runSweep(s.Context()).check(s.T, exitDone, ""+
			"ENI     TYPE        STATE       ATTACHED TO   ADDRESS     TAGS\n"+
			"eni-2   secondary   available   -             192.0.2.1   created-by=test,name=eni-2\n"+
			"eni-3   secondary   available   -             192.0.2.1   created-by=test,name=eni-3\n"+
			"dry run, nothing was deleted: 2 would be; --delete deletes them\n", found("2 free interfaces match"))
		p := s.runSweep(s.Context(), "--keep-tag", "name=eni-3", "-o", "json")
		lines := strings.Split(p.stdout, "\n")
		if p.status != exitDone || len(lines) != 3 || !strings.HasPrefix(lines[0], `{"id":"eni-2",`) || lines[1] != `{"dry_run":{"would_delete":1}}` {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
		runWith(s.Context(), s.flags(sweepENIs, "--tag", "nobody", "--delete")).check(s.T, exitDone, "0 interfaces\n",
			runWith(s.Context(), s.flags(sweepENIs, "--tag", "nobody", "--delete")).stderr)
		s.deletedOnly()
		if n := len(s.cloud.Calls(enitest.Delete)) + len(s.cloud.Calls(enitest.Detach)); n != 0 {
			s.Errorf("%d changes were sent", n)
		}
	})
}

func TestSweep(t *testing.T) {
	onBoth(t, func(s *site) {
		s.leftBehind()
		journal := filepath.Join(s.TempDir(), "sweep.jsonl")
		s.runSweep(s.Context(), "--delete", "--journal", journal).check(s.T, exitDone, "2 interfaces: 2 deleted\n", found("2 free interfaces match"))
		s.deletedOnly("eni-2", "eni-3")

		// Another sweep with the same flags appends to the journal.
		s.free("eni-7")
		p := s.runSweep(s.Context(), "--delete", "--journal", journal, "-o", "json")
		lines := strings.Split(p.stdout, "\n")
		var last struct{ Summary summary }
		if err := json.Unmarshal([]byte(lines[1]), &last); err != nil || p.status != exitDone || !last.Summary.OK || last.Summary.Released != 1 {
			s.Errorf("%v, exit status %d\n%s%s", err, p.status, p.stdout, p.stderr)
		}
		written := readLines[record](s.T, journal)
		if len(written) != 4 || written[3].ENI != "eni-7" || written[3].Outcome != "released" || !strings.Contains(masked(read(s.T, journal)), lines[0]+"\n") {
			s.Errorf("the journal is %+v\n%s", written, p.stdout)
		}
		p = runWith(s.Context(), s.flags(sweepENIs, "--tag", "other", "--delete", "--journal", journal))
		if p.status != exitMisuse || !strings.Contains(p.stderr, "the journal is of another task") {
			s.Errorf("exit status %d\n%s", p.status, p.stderr)
		}
	})
}

// An interface that is attached before its deletion is kept, which is no failure.
func TestSweepLeavesAlone(t *testing.T) {
	onBoth(t, func(s *site) {
		s.free("eni-2", "eni-3", "eni-4")
		s.setControl(func(call enitest.Call) *enitest.Fault {
			attach := func(id string) {
				s.cloud.Update(id, func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-9" })
			}
			switch lists := len(s.cloud.Calls(enitest.List)); {
			case call.Action == enitest.List && lists == 2:
				attach("eni-2") // between the lists
			case call.Action != enitest.List && lists == 2:
				attach("eni-3") // behind them
			}
			return nil
		})
		p := s.runSweep(s.Context(), "--delete", "--parallel", "1")
		if p.status != exitDone || !strings.HasPrefix(p.stdout, "eni-3   refused   ") || !strings.HasSuffix(p.stdout, "\n2 interfaces: 1 deleted, 1 refused\n") ||
			!strings.Contains(p.stderr, "enictl: 1 interface was not deleted: now in use, protected, managed or without the tags\n") {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
		s.deletedOnly("eni-4")
	})
}

func TestSweepBound(t *testing.T) {
	s := newSite(t, "aliyun")
	s.manyFree(5)
	p := s.runSweep(t.Context(), "--delete", "--max", "2")
	p.check(t, exitDone, "2 interfaces: 2 deleted\n", found("5 free interfaces match")+
		"enictl: there may be more: this sweep deletes at most 2; run it again\n")
	if n := len(s.cloud.History()); n != 2 {
		t.Errorf("%d changes, want 2 deletions", n)
	}
}

// A failure is reported with what to do next. Without the permission the sweep ends after
// the first deletion.
func TestSweepFails(t *testing.T) {
	onBoth(t, func(s *site) {
		s.manyFree(5)
		denied := map[string]string{"aliyun": "Forbidden.RAM", "tencent": "UnauthorizedOperation"}[s.provider]
		s.setControl(func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.Delete {
				return &enitest.Fault{Code: denied, Status: 403}
			}
			return nil
		})
		p := s.runSweep(s.Context(), "--delete", "--parallel", "1")
		if n := len(s.cloud.Calls(enitest.Delete)); n != 1 || p.status != exitFailed || !strings.HasSuffix(p.stdout, "\n5 interfaces: 1 refused, 4 not tried\n") ||
			!strings.Contains(p.stderr, "enictl: permission_denied (1): ") || !strings.Contains(p.stderr, "enictl: ended early: the account lacks a permission") {
			s.Errorf("%d deletions were sent, exit status %d\n%s%s", n, p.status, p.stdout, p.stderr)
		}
		s.setSecret("another secret")
		p = s.runSweep(s.Context(), "--delete", "-o", "json")
		if p.status != exitFailed || !strings.Contains(p.stdout, `"error":{"kind":"unauthenticated"`) {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
		s.deletedOnly()
	})
}

// An interrupt between the lists deletes nothing; after them the sweep ends early.
func TestInterruptInSweep(t *testing.T) {
	onBoth(t, func(s *site) {
		s.manyFree(3)
		for action, want := range map[enitest.Action]string{enitest.List: "", enitest.Delete: "3 interfaces: "} {
			ctx, interrupt := context.WithCancel(s.Context())
			defer interrupt()
			s.setControl(func(call enitest.Call) *enitest.Fault {
				if call.Action == action {
					interrupt()
					return &enitest.Fault{Reset: true} // so that none of them takes effect
				}
				return nil
			})
			p := s.runSweep(ctx, "--delete", "--parallel", "1", "--grace", "1ms")
			if p.status != exitUnfinished || !strings.Contains(p.stdout, want) || !strings.Contains(p.stderr, "enictl: interrupted") {
				s.Errorf("in %s: exit status %d\n%s%s", action, p.status, p.stdout, p.stderr)
			}
		}
		s.deletedOnly()
	})
}

func TestSweepMisuse(t *testing.T) {
	s := newSite(t, "aliyun")
	for want, args := range map[string][]string{
		"no --tag: want at least one, so that a sweep deletes only interfaces with it": {"--vpc", "vpc-1"},
		"--grace 0s: want a positive duration such as 10m":                             {"--tag", "a", "--grace", "0s"},
		"--grace -1s: want a duration such as 10s":                                     {"--tag", "a", "--grace=-1s"},
		"--max 0: want 1 or more, or -1 for no bound":                                  {"--tag", "a", "--max", "0"},
		"--journal needs --delete: a dry run has no outcomes":                          {"--tag", "a", "--journal", "x"},
		"unknown flag: --state":                                                        {"--tag", "a", "--state", "in_use"},
		`--keep-tag "" has no key: want key or key=value`:                              {"--tag", "a", "--keep-tag", ""},
		`unexpected argument "eni-1": want only flags`:                                 {"--tag", "a", "eni-1"},
	} {
		runWith(t.Context(), s.flags(sweepENIs, args...)).check(t, exitMisuse, "", "enictl: "+want+"\nenictl: see enictl sweep -h\n")
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A sweep of a large account deletes each interface exactly once.
func TestSweepOfMany(t *testing.T) {
	s := newSite(t, "aliyun")
	s.manyFree(300)
	for k := range 300 {
		s.cloud.Put(eni.Interface{ID: fmt.Sprintf("used-%d", k), Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-2", Tags: map[string]string{"created-by": "test"}})
	}
	p := s.runSweep(t.Context(), "--delete", "--max", "-1", "--rate", "10000")
	if p.status != exitDone || p.stdout != "300 interfaces: 300 deleted\n" {
		t.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
	}
	if left := s.listed("--tag", "created-by=test", "--state", "available"); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	if left := s.listed("--tag", "created-by=test"); len(left) != 300 || slices.Contains(left, "eni-1000") {
		t.Errorf("%d are left", len(left))
	}
}
