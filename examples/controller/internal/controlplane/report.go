// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// interval is how often a build says how far it is.
const interval = 10 * time.Second

// report tells people how far a build is. It is what go build -v writes to: the path
// of each package that it compiles on a line of its own.
type report struct {
	out   io.Writer
	now   func() time.Time
	total int // packages, those in the build cache included

	began, said time.Time
	compiled    int
	partial     []byte   // of a line
	other       []string // lines that are not the path of a package
}

func newReport(out io.Writer, total int) *report {
	r := &report{out: out, now: time.Now, total: total}
	r.began = r.now()
	r.said = r.began
	return r
}

// say writes a line. A reader who does not listen is no reason to stop the build.
func (r *report) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "controlplane: "+format+"\n", args...)
}

// Write takes what the build writes, and says now and then how far it is.
func (r *report) Write(text []byte) (int, error) {
	r.partial = append(r.partial, text...)
	for {
		line, rest, whole := bytes.Cut(r.partial, []byte("\n"))
		if !whole {
			break
		}
		r.partial = rest
		if bytes.ContainsAny(line, " \t") {
			r.other = append(r.other, string(line))
		} else {
			r.compiled++
		}
	}
	if now := r.now(); now.Sub(r.said) >= interval {
		r.said = now
		r.say("%d packages compiled, of %d at most, after %s", r.compiled, r.total, r.elapsed())
	}
	return len(text), nil
}

func (r *report) elapsed() time.Duration { return r.now().Sub(r.began).Round(time.Second) }

// problems is what the build wrote beside the paths of packages.
func (r *report) problems() string {
	return strings.TrimSpace(strings.Join(append(r.other, string(r.partial)), "\n"))
}
