// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// journalsBeside lists the journals beside a list.
func journalsBeside(t *testing.T, list string) []string {
	t.Helper()
	names, err := filepath.Glob(list + ".*.journal")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Without a word on it there is a journal beside the list, for this list, provider
// and region. A run that finds all done by it says so.
func TestJournalBesideTheList(t *testing.T) {
	s := newSite(t, "aliyun")
	list := file(t, "eni-1,10.0.0.5\neni-1,10.0.0.6\n")
	release := func(rest ...string) printed {
		return runWith(t.Context(), s.flags("release", append([]string{"-f", list}, rest...)...))
	}
	p := release()
	names := journalsBeside(t, list)
	if p.status != exitDone || len(names) != 1 || !strings.Contains(p.stderr, "  journal   "+names[0]+"\n") {
		t.Fatalf("journals %q, exit status %d\n%s%s", names, p.status, p.stdout, p.stderr)
	}
	before := s.requests.Load()
	p = release()
	if p.status != exitDone || s.requests.Load() != before || !strings.Contains(p.stderr, "  addresses 2 on 1 interface, 2 done before\n") ||
		!strings.HasSuffix(p.stderr, "enictl: nothing was sent: the journal says that everything is done; --no-journal ignores it\n") {
		t.Errorf("by the journal: exit status %d, %d requests\n%s%s", p.status, s.requests.Load()-before, p.stdout, p.stderr)
	}
	p = release("--no-journal")
	p.check(t, exitDone, "2 addresses on 1 interface: 2 absent\n", p.stderr)
	if s.requests.Load() == before || !strings.Contains(p.stderr, "  journal   none\n") {
		t.Errorf("--no-journal: %d requests\n%s", s.requests.Load()-before, p.stderr)
	}

	// A list that has changed is another task.
	if err := os.WriteFile(list, []byte("eni-1,10.0.0.6\neni-1,10.0.0.7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p = release()
	p.check(t, exitDone, "2 addresses on 1 interface: 1 released, 1 absent\n", p.stderr)
	if names := journalsBeside(t, list); len(names) != 2 {
		t.Errorf("journals: %q", names)
	}
}

// A list that is no file has no journal beside it.
func TestNoJournalBesideAPipe(t *testing.T) {
	s := newSite(t, "aliyun")
	var stdout, stderr strings.Builder
	t.Chdir(t.TempDir())
	status := run(t.Context(), s.flags("release", "-f", "-"), strings.NewReader("eni-1,10.0.0.5\n"), &stdout, &stderr)
	if entries, err := os.ReadDir("."); status != exitDone || err != nil || len(entries) > 0 || !strings.Contains(stderr.String(), "journal   none\n") {
		t.Errorf("exit status %d, %v, %v\n%s%s", status, entries, err, &stdout, &stderr)
	}
}

// What remembers nothing is no journal.
func TestJournalIsARegularFile(t *testing.T) {
	s := newSite(t, "aliyun")
	for name, want := range map[string]string{
		os.DevNull:  os.DevNull + " is not a regular file: want --journal to name one, or --no-journal",
		t.TempDir(): " is not a regular file: want --journal to name one, or --no-journal",
		filepath.Join(t.TempDir(), "no", "folder"): "no such file or directory: want --journal to name a file that can be written, or --no-journal",
	} {
		for _, rest := range [][]string{nil, {"--dry-run"}} {
			if strings.Contains(want, "no such file") && rest != nil {
				continue // a dry run begins none
			}
			p := s.release(t.Context(), "eni-1,10.0.0.5\n", append(rest, "--journal", name)...)
			if first, _, _ := strings.Cut(p.stderr, "\n"); p.status != exitMisuse || !strings.HasSuffix(first, want) {
				t.Errorf("%s: exit status %d\n%s", name, p.status, p.stderr)
			}
		}
	}
	p := s.release(t.Context(), "eni-1,10.0.0.5\n", "--journal", "a", "--no-journal")
	p.check(t, exitMisuse, "", "enictl: --journal and --no-journal exclude each other\nenictl: see enictl release -h\n")
	if n := len(s.cloud.History()); n != 0 {
		t.Errorf("%d changes took effect", n)
	}
}
