// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// release runs release with a file.
func (s *site) release(ctx context.Context, text string, rest ...string) printed {
	s.Helper()
	p := runWith(ctx, s.flags("release", append([]string{"-f", file(s.T, text)}, rest...)...))
	p.stderr = withoutIntroduction(p.stderr)
	return p
}

// withoutIntroduction removes the introduction of a task.
func withoutIntroduction(stderr string) string {
	var rest strings.Builder
	for line := range strings.Lines(stderr) {
		about := strings.HasPrefix(line, "enictl: release on ") || strings.HasPrefix(line, "enictl: delete on ") || strings.HasPrefix(line, "enictl: sweep on ")
		if !about && !strings.HasPrefix(line, "  ") {
			rest.WriteString(line)
		}
	}
	return rest.String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const mixed = "eni-1,10.0.0.5\neni-1,2001:db8::5\neni-1,10.0.0.99\neni-1,10.0.0.1\neni-9,10.0.0.7\neni-1,10.0.0.5\n"

func TestReleaseOfAFile(t *testing.T) {
	missing := map[string]string{"aliyun": "(InvalidEniId.NotFound)", "tencent": "(ResourceNotFound"}
	onBoth(t, func(s *site) {
		p := s.release(s.Context(), mixed)
		p.check(s.T, exitFailed, p.stdout, ""+
			"enictl: invalid_argument (1): remove or correct this: the same request cannot succeed\n"+
			"enictl: not_found (1): check the interface's id, --region and the account: a wrong region or account looks the same\n")
		lines := strings.Split(p.stdout, "\n")
		if len(lines) != 4 || lines[0] != "eni-1   10.0.0.1   refused   10.0.0.1 is the primary address: it cannot be released" ||
			!strings.HasPrefix(lines[1], "eni-9   10.0.0.7   ") || !strings.Contains(lines[1], missing[s.provider]) ||
			!strings.HasPrefix(lines[2], "5 addresses on 2 interfaces: 2 released, ") {
			s.Errorf("stdout:\n%s", p.stdout)
		}
		for _, change := range s.cloud.History() {
			for _, prefix := range change.Released {
				if a := prefix.Addr().String(); a != "10.0.0.5" && a != "2001:db8::5" {
					s.Errorf("%s was released", prefix)
				}
			}
		}
	})
}

func TestReleaseAsJSONLines(t *testing.T) {
	onBoth(t, func(s *site) {
		p := s.release(s.Context(), "eni-1,10.0.0.5\neni-1,10.0.0.1\n", "-o", "json")
		got := make(map[string]string)
		var sum struct{ Summary summary }
		for line := range strings.Lines(p.stdout) {
			var r record
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				s.Fatal(err)
			}
			got[r.Address] = r.Outcome
			if err := json.Unmarshal([]byte(line), &sum); err != nil {
				s.Fatal(err)
			}
		}
		if p.status != exitFailed || got["10.0.0.5"] != "released" || got["10.0.0.1"] != "refused" ||
			sum.Summary.OK || sum.Summary.Released != 1 || sum.Summary.Refused != 1 || len(sum.Summary.Next) != 1 {
			s.Errorf("exit status %d\n%s", p.status, p.stdout)
		}
	})
}

func TestDryRun(t *testing.T) {
	onBoth(t, func(s *site) {
		p := s.release(s.Context(), mixed+"eni-1,10.1.0.0/28\n", "--dry-run")
		prefix, sum := "would be released\n", "3 would be released, 1 absent, 1 would be refused: primary, 1 no such interface\n"
		if s.provider == "tencent" {
			prefix = "would be refused: not on this cloud\n"
			sum = "2 would be released, 1 absent, 1 would be refused: primary, 1 no such interface, 1 would be refused: not on this cloud\n"
		}
		p.check(s.T, exitFailed, ""+
			"eni-1   10.0.0.5      would be released\n"+
			"eni-1   2001:db8::5   would be released\n"+
			"eni-1   10.0.0.99     absent\n"+
			"eni-1   10.0.0.1      would be refused: primary\n"+
			"eni-9   10.0.0.7      no such interface\n"+
			"eni-1   10.1.0.0/28   "+prefix+
			"dry run, nothing was changed: "+sum, "")
		s.release(s.Context(), "eni-1,10.0.0.5\neni-1,10.0.0.99\n", "--dry-run", "-o", "json").check(s.T, exitDone, ""+
			`{"eni":"eni-1","address":"10.0.0.5","verdict":"would_release"}`+"\n"+
			`{"eni":"eni-1","address":"10.0.0.99","verdict":"absent"}`+"\n"+
			`{"dry_run":{"ok":true,"verdicts":{"absent":1,"would_release":1},"done_before":0}}`+"\n", "")
		if all, describes := len(s.cloud.Calls()), len(s.cloud.Calls(enitest.Describe)); all != describes || describes == 0 {
			s.Errorf("%d calls, %d of them describes", all, describes)
		}
	})
}

// A dry run reads the journal and does not write it.
func TestDryRunByJournal(t *testing.T) {
	s := newSite(t, "aliyun")
	journal := filepath.Join(t.TempDir(), "run.jsonl")
	const targets = "eni-1,10.0.0.5\neni-1,10.0.0.6\n"
	s.release(t.Context(), targets, "--journal", journal, "--dry-run")
	if _, err := os.Stat(journal); err == nil {
		t.Error("a dry run began a journal")
	}
	s.release(t.Context(), targets, "--journal", journal)
	s.release(t.Context(), targets, "--journal", journal, "--dry-run").check(t, exitDone,
		"dry run, nothing was changed: 2 done before, as the journal says\n", "")
}

func TestReleaseMisuse(t *testing.T) {
	s := newSite(t, "aliyun")
	for _, test := range []struct{ text, want string }{
		{"", "FILE has no addresses: want lines such as eni-1,10.0.0.5"},
		{"eni-1,10.0.0.5\neni-1,10.0.0.300\n", `FILE:2: "10.0.0.300" is not an address`},
		{"eni-1\n", "FILE:1: want an interface and an address, such as eni-1,10.0.0.5"},
		{"\n# comment\neni 1,10.0.0.5\n", `FILE:3: eni "eni 1" has an invalid character: want printable ASCII without spaces`},
		{"eni-1,\"10.0.0.5\n", `FILE:1: extraneous or missing " in quoted-field`},
		{"{\"eni\":\"eni-1\",\"address\":\"10.0.0.5\"}\n{\"eni\":\"eni-1\"}\n", `FILE:2: no address: want an object such as {"eni":"eni-1","address":"10.0.0.5"}`},
		{"{\"eni\":\"eni-1\",\"address\":\"10.0.0.5\"}\neni-1,10.0.0.6\n", "FILE:2: invalid character 'e' looking for beginning of value"},
	} {
		p := s.release(t.Context(), test.text)
		if got, _, _ := strings.Cut(p.stderr, "\n"); p.status != exitMisuse || !strings.HasPrefix(got, "enictl: /") ||
			!strings.HasSuffix(got, strings.TrimPrefix(test.want, "FILE")) {
			t.Errorf("%q: exit status %d\n%s", test.text, p.status, p.stderr)
		}
	}
	for want, args := range map[string][]string{
		"no --file: want a file with lines such as eni-1,10.0.0.5, or - for standard input": {},
		"--parallel 0: want 1 or more":                          {"-f", "-", "--parallel", "0"},
		"--rate -1: want a number of changes, or 0":             {"-f", "-", "--rate=-1"},
		"--grace -1s: want a duration such as 10s":              {"-f", "-", "--grace=-1s"},
		"open no/such/file: no such file or directory":          {"-f", "no/such/file"},
		`unexpected argument "eni-1": want only flags`:          {"-f", "-", "eni-1"},
		"- has no addresses: want lines such as eni-1,10.0.0.5": {"-f", "-"},
		"unknown --provider \"qcloud\": want aliyun or tencent": {"-f", "-", "--provider", "qcloud"},
	} {
		p := runWith(t.Context(), s.flags("release", args...))
		p.check(t, exitMisuse, "", "enictl: "+want+"\nenictl: see enictl release -h\n")
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestJournal continues from various journals. Released and Absent addresses are skipped,
// all others are tried again.
func TestJournal(t *testing.T) {
	const targets = "eni-1,10.0.0.2\neni-1,10.0.0.3\neni-1,10.0.0.4\neni-1,10.0.0.5\neni-1,10.0.0.6\n"
	list, _ := parseTargets([]byte(targets), &addressList)
	head := func(change func(*heading)) string {
		h := heading{Version: 1, Provider: "aliyun", Region: "cn-hangzhou", Input: digest(list)}
		change(&h)
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		return string(text) + "\n"
	}
	same := head(func(*heading) {})
	line := func(address, outcome string) string {
		return fmt.Sprintf("{\"eni\":\"eni-1\",\"address\":\"%s\",\"outcome\":\"%s\"}\n", address, outcome)
	}
	for _, test := range []struct {
		name, journal string
		want          string // the addresses that are asked for, or what is wrong with the journal
	}{
		{"none yet", "", "2 3 4 5 6"},
		{"the heading alone", same, "2 3 4 5 6"},
		{"a torn heading", same[:20], "2 3 4 5 6"},
		{"an outcome of each kind", same + line("10.0.0.2", "released") + line("10.0.0.3", "absent") + line("10.0.0.4", "refused") + line("10.0.0.5", "accepted") + line("10.0.0.6", "not_tried"), "4 5 6"},
		{"the latest counts", same + line("10.0.0.2", "unknown") + line("10.0.0.2", "released") + line("10.0.0.3", "released") + line("10.0.0.3", "unknown"), "3 4 5 6"},
		{"a torn line", same + line("10.0.0.2", "released") + line("10.0.0.3", "released")[:40], "3 4 5 6"},
		{"a line whose end is torn off", same + strings.TrimSuffix(line("10.0.0.3", "released"), "\n"), "2 3 4 5 6"},
		{"all done", same + line("10.0.0.2", "released") + line("10.0.0.3", "released") + line("10.0.0.4", "released") + line("10.0.0.5", "released") + line("10.0.0.6", "absent"), ""},

		{"another provider", head(func(h *heading) { h.Provider = "tencent" }), "JOURNAL:1: the journal is of another task: its provider is tencent, this task's is aliyun; use another journal"},
		{"another region", head(func(h *heading) { h.Region = "cn-beijing" }), "JOURNAL:1: the journal is of another task: its region is cn-beijing, this task's is cn-hangzhou; use another journal"},
		{"another list", head(func(h *heading) { h.Input = "sha256:0" }), "JOURNAL:1: the journal is of another task: its input is sha256:0, this task's is " + digest(list) + "; use another journal"},
		{"a later version", head(func(h *heading) { h.Version = 2 }), "JOURNAL:1: the journal is of another task: its version is 2, this task's is 1; use another journal"},
		{"another file", "dear diary\n", "JOURNAL:1: this is not a journal of enictl: want --journal to name one, or a file that does not exist"},
		{"another file, of one line", "dear diary", "JOURNAL: this is not a journal of enictl: want --journal to name one, or a file that does not exist"},
		{"damaged in the middle", same + "{\n" + line("10.0.0.2", "released"), "JOURNAL:2: the journal is damaged: unexpected end of JSON input"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, "aliyun")
			journal := filepath.Join(t.TempDir(), "run.jsonl")
			if test.journal != "" {
				journal = file(t, test.journal)
			}
			p := s.release(t.Context(), targets, "--journal", journal)
			if p.status == exitMisuse {
				got := strings.ReplaceAll(strings.Split(p.stderr, "\n")[0], journal, "JOURNAL")
				if got != "enictl: "+test.want {
					t.Errorf("got\n%s\nwant\n%s", got, test.want)
				}
				if text, err := os.ReadFile(journal); err != nil || string(text) != test.journal {
					t.Errorf("the file was changed: %v\n%s", err, text)
				}
				return
			}
			var asked []string
			for _, call := range s.cloud.Calls(enitest.UnassignPrivateIps) {
				for _, a := range call.Addresses {
					asked = append(asked, strings.TrimPrefix(a.String(), "10.0.0."))
				}
			}
			slices.Sort(asked) // a call does not promise in which order its addresses travel
			if got := strings.Join(asked, " "); got != test.want || p.status != exitDone {
				t.Errorf("asked for %q, want %q; exit status %d\n%s", got, test.want, p.status, p.stderr)
			}
			// The journal is complete, and shows that everything is done.
			calls := len(s.cloud.Calls())
			if again := s.release(t.Context(), targets, "--journal", journal); again.status != exitDone || len(s.cloud.Calls()) != calls {
				t.Errorf("the second time, %d calls and exit status %d\n%s%s", len(s.cloud.Calls())-calls, again.status, again.stdout, again.stderr)
			}
		})
	}
}

// Two runs must not use one journal at the same time.
func TestJournalInUse(t *testing.T) {
	s := newSite(t, "aliyun")
	journal := filepath.Join(t.TempDir(), "run.jsonl")
	const targets = "eni-1,10.0.0.5\n"
	list, _ := parseTargets([]byte(targets), &addressList)
	j, err := openJournal(journal, heading{Version: 1, Provider: s.provider, Region: s.region, Input: digest(list)})
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	p := s.release(t.Context(), targets, "--journal", journal)
	p.check(t, exitMisuse, "", "enictl: "+journal+": another run uses this journal: wait for it, or stop it\nenictl: see enictl release -h\n")
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A prefix that the cloud does not support does not affect the addresses.
func TestReleaseOfPrefixes(t *testing.T) {
	const targets = "eni-1,10.0.0.5\neni-1,10.1.0.0/28\neni-1,10.0.0.6\n"
	newSite(t, "aliyun").release(t.Context(), targets).check(t, exitDone, "3 addresses on 1 interface: 3 released\n", "")
	newSite(t, "tencent").release(t.Context(), targets).check(t, exitFailed, ""+
		"eni-1   10.1.0.0/28   not tried   this cloud cannot release a delegated prefix\n"+
		"3 addresses on 1 interface: 2 released, 1 not tried\n",
		"enictl: unsupported (1): remove this: the cloud, its region or this type of interface cannot do it\n")
}

// TestGrace interrupts a release whose change is not answered. After the grace the outcome
// is unknown, and the next run finds the result.
func TestGrace(t *testing.T) {
	onBoth(t, func(s *site) {
		ctx, interrupt := context.WithCancel(s.Context())
		defer interrupt()
		s.hang(enitest.UnassignPrivateIps, interrupt)
		journal := filepath.Join(s.TempDir(), "run.jsonl")
		var targets strings.Builder
		for n := 2; n <= 30; n++ {
			fmt.Fprintf(&targets, "eni-1,10.0.0.%d\n", n)
		}
		p := s.release(ctx, targets.String(), "--journal", journal, "--grace", "1ms")
		if p.status != exitUnfinished || !strings.Contains(p.stdout, "29 addresses on 1 interface: 10 unknown, 19 not tried\n") ||
			!strings.HasPrefix(p.stderr, "enictl: interrupted: waiting up to 1ms for changes in progress; interrupt again to end at once\n") ||
			!strings.HasSuffix(p.stderr, "enictl: run the same command again: it continues where it stopped, with the journal\n") {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
		s.setControl(func(enitest.Call) *enitest.Fault { return nil })
		s.release(s.Context(), targets.String(), "--journal", journal).check(s.T, exitDone,
			"29 addresses on 1 interface: 29 released\n", "")
	})
}

// Changes in progress at an interrupt that end within the grace have their outcome.
func TestInterruptAwaitsWhatIsUnderWay(t *testing.T) {
	onBoth(t, func(s *site) {
		ctx, interrupt := context.WithCancel(s.Context())
		defer interrupt()
		s.setControl(func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.UnassignPrivateIps {
				interrupt()
			}
			return nil
		})
		var targets strings.Builder
		for n := 2; n <= 15; n++ {
			fmt.Fprintf(&targets, "eni-1,10.0.0.%d\n", n)
		}
		p := s.release(ctx, targets.String(), "--grace", "1h", "--no-journal")
		if p.status != exitUnfinished || !strings.Contains(p.stdout, "14 addresses on 1 interface: 10 released, 4 not tried\n") ||
			!strings.HasSuffix(p.stderr, "enictl: run the same command again: it describes the interfaces to find out what was done\n") {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
	})
}

// With wrong credentials the run ends early: thousands of calls would fail alike.
func TestWrongCredentialsEndARelease(t *testing.T) {
	onBoth(t, func(s *site) {
		s.setSecret("another secret")
		var targets strings.Builder
		for n := range 500 {
			fmt.Fprintf(&targets, "eni-%d,10.0.0.5\n", n)
		}
		p := s.release(s.Context(), targets.String(), "--parallel", "2")
		if p.status != exitFailed || !strings.Contains(p.stderr, "check the credentials: "+providers[s.provider].keys) ||
			!strings.HasSuffix(p.stderr, "enictl: then run the same command again for the rest\n") {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
		if n := s.requests.Load(); n > 20 {
			s.Errorf("%d requests were sent", n)
		}
	})
}

// TestParallel counts the changes that begin within the time that one takes, in
// virtual time.
func TestParallel(t *testing.T) {
	for provider, connect := range map[string]func(*enitest.Cloud) (cloudeni.Client, error){
		"aliyun": func(c *enitest.Cloud) (cloudeni.Client, error) {
			return aliyun.New(aliyuntest.NewServer(c).Config(), nil)
		},
		"tencent": func(c *enitest.Cloud) (cloudeni.Client, error) {
			return tencent.New(tencenttest.NewServer(c).Config(), nil)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return time.Minute }}
			var targets []target
			for n := byte(1); n <= 20; n++ {
				a := netip.AddrFrom4([4]byte{10, 9, 0, n})
				id := fmt.Sprintf("eni-%d", n)
				cloud.Put(eni.Interface{ID: id, Type: eni.TypeSecondary, State: eni.StateAvailable, Addresses: []eni.Address{{Addr: a}}})
				targets = append(targets, target{id, netip.PrefixFrom(a, 32)})
			}
			client, err := connect(cloud)
			if err != nil {
				t.Fatal(err)
			}
			c := &campaign{
				program: &program{stdout: &output{w: io.Discard}, person: &console{w: io.Discard}},
				bulkJob: bulkJob{job: &job{command: releaseList, provider: provider, timeout: time.Hour}, parallel: 3},
				client:  client,
				sent:    new(tally),
				journal: new(journal),
				latest:  make(map[target]record),
			}
			c.run(t.Context(), targets)
			calls := cloud.Calls(enitest.UnassignPrivateIps)
			n := 0
			for _, call := range calls {
				if call.Time.Sub(calls[0].Time) < time.Minute {
					n++
				}
			}
			if n != 3 || len(calls) != 20 || c.status != exitDone {
				t.Errorf("%s: %d at a time, %d in all; exit status %d", provider, n, len(calls), c.status)
			}
		})
	}
}

// An accepted change that is not complete may still fail, so the next run tries it again.
func TestInterruptBeforeAReleaseCompletes(t *testing.T) {
	onBoth(t, func(s *site) {
		s.completesAfter(time.Hour)
		journal := filepath.Join(s.TempDir(), "run.jsonl")
		p := s.release(s.interruptedAfter(enitest.UnassignPrivateIps), "eni-1,10.0.0.5\n", "--journal", journal, "--grace", "1ms")
		if p.status != exitUnfinished || !strings.Contains(p.stdout, "\n1 address on 1 interface: 1 accepted\n") {
			s.Errorf("exit status %d\n%s%s", p.status, p.stdout, p.stderr)
		}
	})
}
