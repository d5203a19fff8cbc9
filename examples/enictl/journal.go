// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// heading is the first line of a journal. It identifies the task: the journal of another
// task would show other addresses as gone.
type heading struct {
	Version  int    `json:"enictl_journal"`
	Provider string `json:"provider"`
	Region   string `json:"region"`
	Input    string `json:"input"`             // the digest of the targets
	Command  string `json:"command,omitempty"` // delete or sweep; empty for release
}

// record is a line of a journal, and of release, delete and sweep -o json: the outcome of
// one address or interface in one attempt. The latest line for a target counts.
type record struct {
	Time       time.Time `json:"time"`
	ENI        string    `json:"eni"`
	Address    string    `json:"address,omitempty"` // or prefix; empty for an interface
	Outcome    string    `json:"outcome"`           // the text of an eni.Outcome
	Error      *failure  `json:"error,omitempty"`
	RequestIDs []string  `json:"request_ids,omitempty"` // of the changes of its batch

	target  target
	outcome eni.Outcome
}

// done reports whether the target is certainly gone. If it is absent because its
// interface was not found, the region or the account may be wrong.
func (r record) done() bool {
	return r.outcome == eni.OutcomeReleased || r.outcome == eni.OutcomeAbsent && r.Error == nil
}

// journal records the outcome of each target on disk, so that a later run continues
// where this one ended, also after a crash. A journal without a file keeps nothing. It is
// safe for concurrent use.
type journal struct {
	file *os.File

	writing sync.Mutex
	written int   // calls of add
	failed  error // the first write error; lines after a partial line would be lost

	syncing sync.Mutex
	synced  int // how many of them are on disk

	// done has the targets that were gone in earlier runs.
	done map[target]eni.Outcome

	// seen has the interfaces that existed before their deletion, in earlier runs and this
	// one.
	seen map[string]bool
}

// outcomeSeen is the outcome in the line for an interface that exists. If a later run does
// not find the interface, it was deleted: the region and the account are right.
const outcomeSeen = "seen"

// journalName returns the name of the journal of a task. By default it is the name of the
// list with a part of the heading's digest, so that a changed list or another region gets
// another journal. For standard input there is none.
func (b *bulkJob) journalName(h heading) string {
	info, err := os.Stat(b.file)
	if b.noJournal || b.journalFile != "" || b.file == standardInput || err != nil || !info.Mode().IsRegular() {
		return b.journalFile
	}
	parts := []string{h.Provider, h.Region, h.Input}
	if h.Command != "" {
		parts = append(parts, h.Command)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return b.file + "." + hex.EncodeToString(sum[:4]) + ".journal"
}

// checkRegular returns an error for an existing file that is not regular: a device or a
// pipe cannot be read again.
func checkRegular(name string) error {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file: want --journal to name one, or --no-journal", name)
	}
	return nil
}

// openJournal reads a journal, or creates it, and locks it for other processes. It removes
// a partial last line, which a killed run may leave.
func openJournal(name string, h heading) (*journal, error) {
	if name == "" {
		return &journal{seen: make(map[string]bool)}, nil
	}
	if err := checkRegular(name); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: want --journal to name a file that can be written, or --no-journal", err)
	}
	j, err := begin(file, h)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

func begin(file *os.File, h heading) (*journal, error) {
	if err := lock(file); err != nil {
		return nil, fmt.Errorf("%s: another run uses this journal: wait for it, or stop it", file.Name())
	}
	j, whole, err := readJournal(file.Name(), h)
	if err != nil {
		return nil, err
	}
	j.file = file
	if err := file.Truncate(whole); err != nil || whole > 0 {
		return j, err
	}
	return j, errors.Join(j.write(h), file.Sync())
}

// readJournal reads a journal without changing it. It also returns the length of its
// complete lines. A journal that does not exist or has no name is empty.
func readJournal(name string, h heading) (j *journal, whole int64, err error) {
	j = &journal{done: make(map[target]eni.Outcome), seen: make(map[string]bool)}
	if name == "" {
		return j, 0, nil
	}
	if err := checkRegular(name); err != nil {
		return nil, 0, err
	}
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	first, err := json.Marshal(h)
	if err != nil {
		return nil, 0, err
	}
	end := bytes.LastIndexByte(text, '\n') + 1
	if end == 0 && bytes.HasPrefix(first, text) {
		return j, 0, nil // the heading was not written completely
	}
	n := 0
	for line := range bytes.Lines(text[:end]) {
		if n++; n == 1 {
			err = h.check(line)
		} else {
			err = j.replay(line, h)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	if n == 0 {
		return nil, 0, fmt.Errorf("%s: %w", name, errNoJournal)
	}
	return j, int64(end), nil
}

var errNoJournal = errors.New("this is not a journal of enictl: want --journal to name one, or a file that does not exist")

// check compares the heading with the first line of a journal.
func (h heading) check(line []byte) error {
	var got heading
	if err := json.Unmarshal(line, &got); err != nil || got.Version == 0 {
		return errNoJournal
	}
	for _, field := range []struct {
		name      string
		got, want any
	}{
		{"version", got.Version, h.Version},
		{"provider", got.Provider, h.Provider},
		{"region", got.Region, h.Region},
		{"command", cmp.Or(got.Command, releaseList), cmp.Or(h.Command, releaseList)},
		{"input", got.Input, h.Input},
	} {
		if field.got != field.want {
			return fmt.Errorf("the journal is of another task: its %s is %v, this task's is %v; use another journal", field.name, field.got, field.want)
		}
	}
	return nil
}

func (j *journal) replay(line []byte, h heading) error {
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		return fmt.Errorf("the journal is damaged: %w", err)
	}
	t, err := parseInterface(r.ENI)
	if h.Command == "" {
		t, err = parseTarget(r.ENI, r.Address)
	}
	if err != nil {
		return fmt.Errorf("the journal is damaged: %w", err)
	}
	if t.isInterface() && r.Outcome == outcomeSeen {
		j.seen[t.eni] = true
	}
	delete(j.done, t)
	for _, r.outcome = range []eni.Outcome{eni.OutcomeReleased, eni.OutcomeAbsent} {
		if r.Outcome == r.outcome.String() && r.done() {
			j.done[t] = r.outcome
		}
	}
	return nil
}

// add writes records, and returns when they are on disk. Concurrent calls share the wait
// for the disk.
func (j *journal) add(records []record) error {
	if j.file == nil {
		return nil
	}
	lines := make([]any, len(records))
	for n, r := range records {
		lines[n] = r
	}
	j.writing.Lock()
	if j.failed == nil {
		j.failed = j.write(lines...)
	}
	err := j.failed
	j.written++
	own := j.written
	j.writing.Unlock()
	if err != nil {
		return err
	}

	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= own {
		return nil
	}
	j.writing.Lock()
	all := j.written
	j.writing.Unlock()
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.synced = all
	return nil
}

func (j *journal) write(lines ...any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	for _, line := range lines {
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	_, err := j.file.Write(text.Bytes())
	return err
}

// see records that interfaces exist.
func (j *journal) see(found []eni.Interface) error {
	var lines []record
	for _, i := range found {
		if !j.seen[i.ID] {
			j.seen[i.ID] = true
			lines = append(lines, record{Time: time.Now().UTC(), ENI: i.ID, Outcome: outcomeSeen})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return j.add(lines)
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}
