// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// interval is the time between two progress lines of a build.
const interval = 10 * time.Second

// report prints the progress of a build. It reads the output of go build -v, which has
// the path of each compiled package on its own line.
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

// say writes a line. A write error does not stop the build.
func (r *report) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "controlplane: "+format+"\n", args...)
}

// Write reads the output of the build, and prints the progress every interval.
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

// problems returns the lines of the build that are not paths of packages.
func (r *report) problems() string {
	return strings.TrimSpace(strings.Join(append(r.other, string(r.partial)), "\n"))
}
