// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// TestConfirm tries each answer to the question of a release on a terminal.
func TestConfirm(t *testing.T) {
	for _, test := range []struct {
		typed, said string
		status      int
	}{
		{"y\n", "", exitDone},
		{"YES\n", "", exitDone},
		{"n\n", "enictl: not confirmed: nothing was sent\r\n", exitMisuse},
		{"\n", "enictl: not confirmed: nothing was sent\r\n", exitMisuse},
		{"\x04", "enictl: not confirmed: nothing was sent\r\n", exitMisuse},
		{"\x03", "enictl: interrupted: nothing was sent\r\n", exitMisuse},
	} {
		t.Run(fmt.Sprintf("%q", test.typed), func(t *testing.T) {
			s := newSite(t, "aliyun")
			list := file(t, "eni-1,10.0.0.5\n")
			p := start(t, "", s.env(), onTerminal, s.flags("release", "-f", list)...)
			p.await("enictl: release them? [y/N] ")
			if n := s.requests.Load(); n != 0 {
				t.Errorf("%d requests were sent before the answer", n)
			}
			p.enter(test.typed)
			if got := p.status(); got != test.status || !strings.Contains(p.all(), test.said) || strings.Contains(p.all(), "see enictl") {
				t.Errorf("exit status %d\n%s", got, p.all())
			}
			done := test.status == exitDone
			if sent := s.requests.Load() > 0; sent != done || (len(journalsBeside(t, list)) > 0) != done {
				t.Errorf("%d requests, journals %q", s.requests.Load(), journalsBeside(t, list))
			}
		})
	}
}

// With --yes, or if everything is done, there is no question.
func TestNotAsked(t *testing.T) {
	s := newSite(t, "aliyun")
	list := file(t, "eni-1,10.0.0.5\n")
	for _, rest := range [][]string{{"--yes"}, nil, {"-y", "--no-journal"}} {
		p := start(t, "", s.env(), onTerminal, s.flags("release", append([]string{"-f", list}, rest...)...)...)
		if got := p.status(); got != exitDone || strings.Contains(p.all(), "[y/N]") {
			t.Errorf("%q: exit status %d\n%s", rest, got, p.all())
		}
	}
}

// TestListFromTerminal types a list, and then the answer to the question.
func TestListFromTerminal(t *testing.T) {
	s := newSite(t, "aliyun")
	p := start(t, "", s.env(), onTerminal, s.flags("release", "-f", "-")...)
	p.await("enictl: reading the list from this terminal: lines such as eni-1,10.0.0.5\r\n")
	p.await("Ctrl-C to cancel\r\n")
	p.enter("eni-1,10.0.0.5\n\x04")
	p.await("release them? [y/N] ")
	p.enter("y\n")
	if got := p.status(); got != exitDone || len(s.cloud.History()) != 1 {
		t.Errorf("exit status %d, %d changes\n%s", got, len(s.cloud.History()), p.all())
	}

	p = start(t, "", s.env(), onTerminal, s.flags("release", "-f", "-")...)
	p.await("Ctrl-C to cancel\r\n")
	p.enter("eni-1,10.0.0.6\n")
	p.press()
	if got := p.status(); got != exitMisuse || !strings.HasSuffix(p.all(), "enictl: interrupted while reading the list: nothing was sent\r\n") {
		t.Errorf("exit status %d\n%s", got, p.all())
	}
}

// A list from a pipe is also confirmed on the terminal.
func TestListFromPipeIsConfirmed(t *testing.T) {
	s := newSite(t, "aliyun")
	script := "echo eni-1,10.0.0.5 | " + built(t) + " " + strings.Join(s.flags("release", "-f", "-"), " ")
	p := startCommand(t, exec.CommandContext(t.Context(), "sh", "-c", script), "", s.env(), onTerminal)
	p.await("release them? [y/N] ")
	p.enter("n\n")
	if got := p.status(); got != exitMisuse || s.requests.Load() != 0 {
		t.Errorf("exit status %d, %d requests\n%s", got, s.requests.Load(), p.all())
	}
}

// held makes the cloud delay the nth change until the gate is opened.
func (s *site) held(action enitest.Action, nth int) (arrived <-chan struct{}, open func()) {
	came, gate := make(chan struct{}), make(chan struct{})
	n := 0
	s.setControl(func(call enitest.Call) *enitest.Fault {
		if call.Action == action {
			if n++; n == nth {
				close(came)
				<-gate
			}
		}
		return nil
	})
	return came, func() { close(gate) }
}

// If standard output is closed, no further change begins, and changes in progress are in the
// journal.
func TestReaderThatHasEnough(t *testing.T) {
	s := newSite(t, "aliyun")
	var list strings.Builder
	for n := 2; n <= 30; n++ {
		fmt.Fprintf(&list, "eni-1,10.0.0.%d\n", n)
	}
	name := file(t, list.String())
	arrived, open := s.held(enitest.UnassignPrivateIps, 2)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), built(t), s.flags("release", "-f", name, "-o", "json")...)
	cmd.Stdout = writer
	p := startCommand(t, cmd, "", s.env(), noTerminal)
	<-arrived
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	open()
	if got := p.status(); got != exitUnfinished || !strings.Contains(p.all(), "enictl: ended early: standard output is closed: no further change begins\n") ||
		strings.Contains(p.all(), "could not be written") {
		t.Errorf("it ended with %s\n%s", p.cmd.ProcessState, p.all())
	}
	if n := len(s.cloud.History()); n != 2 {
		t.Errorf("%d changes took effect, want two of three", n)
	}
	for _, journal := range journalsBeside(t, name) {
		if n := strings.Count(read(t, journal), `"outcome":"released"`); n != 20 {
			t.Errorf("%d are in the journal\n%s", n, p.all())
		}
	}
	again := runWith(t.Context(), s.flags("release", "-f", name))
	again.check(t, exitDone, "29 addresses on 1 interface: 29 released (20 of them before, as the journal says)\n", again.stderr)
}

// If everything is done when standard output is closed, nothing has ended early.
func TestReaderThatLeavesAtTheEnd(t *testing.T) {
	s := newSite(t, "aliyun")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	cmd := exec.CommandContext(t.Context(), built(t), s.flags("release", "-f", file(t, "eni-1,10.0.0.5\n"), "-o", "json")...)
	cmd.Stdout = writer
	p := startCommand(t, cmd, "", s.env(), noTerminal)
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	if got := p.status(); got != exitDone || strings.Contains(p.all(), "ended early") {
		t.Errorf("it ended with %s\n%s", p.cmd.ProcessState, p.all())
	}
}

// A single call is made also if standard output is closed.
func TestNobodyReads(t *testing.T) {
	s := newSite(t, "aliyun")
	for _, args := range [][]string{s.flags("show", "-o", "json", "eni-1"), s.args(unassignIPs, "10.0.0.5"), {"-h"}} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), built(t), args...)
		cmd.Stdout = writer
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		p := startCommand(t, cmd, "", s.env(), noTerminal)
		if err := writer.Close(); err != nil {
			t.Error(err)
		}
		if got := p.status(); got != exitDone || withoutProgress(p.all()) != "" {
			t.Errorf("%q: it ended with %s\n%s", args, p.cmd.ProcessState, p.all())
		}
	}
}

// TestCaptures compares the screens of a release with those in testdata, at widths
// from a narrow pane to a wide window: when it asks, in the middle, and at the end.
func TestCaptures(t *testing.T) {
	for _, width := range []uint16{40, 80, 120} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			s := newSite(t, "aliyun")
			dir := t.TempDir()
			var list strings.Builder
			for n := 1; n <= 16; n++ {
				fmt.Fprintf(&list, "eni-1,10.0.0.%d\n", n)
			}
			save(t, filepath.Join(dir, "targets.csv"), list.String())
			arrived, open := s.held(enitest.UnassignPrivateIps, 2)
			cmd := exec.CommandContext(t.Context(), built(t), s.flags("release", "-f", "targets.csv")...)
			cmd.Dir, cmd.Env = dir, append(s.env(), "TERM=xterm", "HOME="+t.TempDir())
			p := &process{T: t, cmd: cmd}
			p.more.L = &p.mu
			var err error
			if p.terminal, err = pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: width}); err != nil {
				t.Fatal(err)
			}
			go p.listen(p.terminal)

			var got strings.Builder
			capture := func(title string) {
				fmt.Fprintf(&got, "== %s\n%s\n", title, screen(p.all(), int(width)))
			}
			p.await("[y/N] ")
			capture("it asks")
			p.enter("y\n")
			<-arrived
			p.await("10/16")
			capture("in the middle")
			open()
			if status := p.status(); status != exitFailed {
				t.Errorf("exit status %d", status)
			}
			capture("the end")

			golden := fmt.Sprintf("testdata/release-%d.txt", width)
			if *update {
				save(t, golden, got.String())
			}
			if want := read(t, golden); got.String() != want {
				t.Errorf("go test -run TestCaptures . -update makes it anew. Got\n%s\nwant\n%s", &got, want)
			}
		})
	}
}

// screen returns what a terminal of that width shows, without colours.
func screen(said string, width int) string {
	said = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).ReplaceAllString(said, "http://127.0.0.1:41000")
	said = regexp.MustCompile(`, \d+s left`).ReplaceAllString(said, "")
	rows := [][]rune{nil}
	column := 0
	for text := []rune(said); len(text) > 0; text = text[1:] {
		row := len(rows) - 1
		switch text[0] {
		case '\r':
			column = 0
		case '\n':
			rows = append(rows, nil)
		case '\x1b':
			end := strings.IndexAny(string(text), "mK")
			if text[end] == 'K' {
				rows[row] = rows[row][:min(column, len(rows[row]))]
			}
			text = text[end:]
		default:
			if column == width {
				rows, row, column = append(rows, nil), row+1, 0
			}
			for len(rows[row]) <= column {
				rows[row] = append(rows[row], ' ')
			}
			rows[row][column] = text[0]
			column++
		}
	}
	var shown strings.Builder
	for _, row := range rows {
		shown.WriteString(strings.TrimRight(string(row), " ") + "\n")
	}
	return strings.TrimRight(shown.String(), "\n")
}

// TestBarLine checks the line at all widths: it is never wider, and it omits first the
// time, then the bar.
func TestBarLine(t *testing.T) {
	l := barLine{what: "releasing", total: 5000, done: 1850, left: 80 * time.Second}
	for columns := range 130 {
		if got := l.text(columns); len(got) > columns {
			t.Errorf("%d columns: %q has %d", columns, got, len(got))
		}
	}
	for columns, want := range map[int]string{
		119: "releasing 37 % [==============>                         ] 1850/5000, 1m20s left",
		79:  "releasing 37 % [==============>                         ] 1850/5000, 1m20s left",
		45:  "releasing 37 % [==>   ] 1850/5000, 1m20s left",
		39:  "releasing 37 % [====>       ] 1850/5000",
		30:  "releasing 37 % 1850/5000",
		20:  "37 % 1850/5000",
		10:  "37 %",
		2:   "",
	} {
		if got := l.text(columns); got != want {
			t.Errorf("%d columns:\n%q, want\n%q", columns, got, want)
		}
	}
	for done, want := range map[int]string{
		0: "releasing 0 % [>                 ] 0/16", 15: "releasing 93 % [===============>] 15/16", 16: "releasing 100 % [===============] 16/16",
	} {
		if got := (barLine{"releasing", 16, done, 0}).text(39); got != want {
			t.Errorf("%d of 16: %q, want %q", done, got, want)
		}
	}
}

// Delete and sweep show the interfaces before they ask, and a sweep asks only if it has
// found some.
func TestConfirmDeletion(t *testing.T) {
	for _, test := range []struct {
		typed  string
		status int
	}{{"y\n", exitDone}, {"n\n", exitMisuse}, {"\x03", exitMisuse}} {
		for _, args := range [][]string{
			{deleteENIs, "eni-2"},
			{sweepENIs, "--tag", "created-by=test", "--grace", "1ms", "--delete"},
		} {
			s := newSite(t, "aliyun")
			s.free("eni-2")
			p := start(t, "", s.env(), onTerminal, s.flags(args[0], args[1:]...)...)
			p.await("eni-2   secondary   available   -             192.0.2.1   created-by=test,name=eni-2\r\n")
			p.await("enictl: delete them? [y/N] ")
			if len(s.cloud.Calls(enitest.Delete)) > 0 {
				t.Error("it was not waited for the answer")
			}
			p.enter(test.typed)
			if got := p.status(); got != test.status {
				t.Errorf("%s, %q: exit status %d\n%s", args[0], test.typed, got, p.all())
			}
			if done := len(s.cloud.History()) == 1; done != (test.status == exitDone) {
				t.Errorf("%s, %q: deleted: %t\n%s", args[0], test.typed, done, p.all())
			}
		}
	}
}

func TestDeletionIsNotAsked(t *testing.T) {
	for _, args := range [][]string{
		{deleteENIs, "--yes", "eni-2"},
		{sweepENIs, "--tag", "created-by=test", "--grace", "1ms", "--delete", "-y"},
		{sweepENIs, "--tag", "created-by=test", "--grace", "1ms"},
		{sweepENIs, "--tag", "nobody", "--grace", "1ms", "--delete"},
	} {
		s := newSite(t, "aliyun")
		s.free("eni-2")
		p := start(t, "", s.env(), onTerminal, s.flags(args[0], args[1:]...)...)
		if got := p.status(); got != exitDone || strings.Contains(p.all(), "[y/N]") {
			t.Errorf("%q: exit status %d\n%s", args, got, p.all())
		}
	}
}
