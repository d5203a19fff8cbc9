// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// bar is the progress on a terminal: one line that is redrawn, and never longer than the
// width of the terminal.
type bar struct {
	person *console
	what   string
	total  int
	began  time.Time
	before int // done before this run
	stop   chan struct{}

	mu    sync.Mutex
	done  int
	drawn string // the current line
	ended bool

	redrawing sync.WaitGroup
}

// nextDraw is the time between two redraws, which also update the remaining time.
const nextDraw = 200 * time.Millisecond

func newBar(person *console, what string, total, done int) *bar {
	b := &bar{person: person, what: what, total: total, began: time.Now(), before: done, done: done, stop: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.draw()
	b.redrawing.Go(func() {
		ticker := time.NewTicker(nextDraw)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				b.mu.Lock()
				b.draw()
				b.mu.Unlock()
			case <-b.stop:
				return
			}
		}
	})
	return b
}

func (b *bar) add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done += n
	if b.done >= b.total {
		b.draw()
	}
}

func (b *bar) sayf(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	b.person.sayf(format, args...)
	if !b.ended {
		b.draw()
	}
}

func (b *bar) close() {
	close(b.stop)
	b.redrawing.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	b.ended = true
}

// draw overwrites the line. The lock is held, as in clear.
func (b *bar) draw() {
	// The last column stays free: a terminal may begin a new line after it.
	line := barLine{b.what, b.total, b.done, b.left()}.text(columns(b.person.w) - 1)
	if line == b.drawn {
		return
	}
	blanks := strings.Repeat(" ", max(0, len(b.drawn)-len(line)))
	if canErase(b.person.w) {
		blanks = eraseToEnd
	}
	b.drawn = line
	if inColour(b.person.w) {
		line = strings.NewReplacer("[", "["+green, "]", plain+"]").Replace(line)
	}
	_, _ = io.WriteString(b.person, "\r"+line+blanks) //nolint:errcheck // an error of the bar is not important
}

func (b *bar) clear() {
	if b.drawn == "" {
		return
	}
	blanks := strings.Repeat(" ", len(b.drawn))
	if canErase(b.person.w) {
		blanks = eraseToEnd
	}
	_, _ = io.WriteString(b.person, "\r"+blanks+"\r") //nolint:errcheck // as above
	b.drawn = ""
}

// Escape sequences for colours.
const (
	eraseToEnd = "\x1b[K"
	green      = "\x1b[32m"
	plain      = "\x1b[0m"
)

// The remaining time is estimated after this time.
const firstGuess = 5 * time.Second

// left estimates the remaining time; zero means no estimate.
func (b *bar) left() time.Duration {
	elapsed, done := time.Since(b.began), b.done-b.before
	if elapsed < firstGuess || done == 0 || b.done >= b.total {
		return 0
	}
	left := elapsed * time.Duration(b.total-b.done) / time.Duration(done)
	return max(left.Round(time.Second), time.Second)
}

// barLine is the content of a bar.
type barLine struct {
	what        string
	total, done int
	left        time.Duration
}

// The lengths of the part between the brackets.
const (
	shortBar = 5
	longBar  = 40
)

// text returns the line for a number of columns. It omits what does not fit: first the
// time, then the bar, the word and the percentage.
func (l barLine) text(columns int) string {
	count := fmt.Sprintf("%d/%d", l.done, l.total)
	share := fmt.Sprintf("%d %%", 100*l.done/max(l.total, 1))
	var left string
	if l.left > 0 {
		left = ", " + l.left.String() + " left"
	}
	for _, line := range []string{
		l.what + " " + share + " [] " + count + left,
		l.what + " " + share + " [] " + count,
	} {
		if room := columns - len(line); room >= shortBar {
			return strings.Replace(line, "[]", l.drawn(min(room, longBar)), 1)
		}
	}
	for _, line := range []string{l.what + " " + share + " " + count, share + " " + count, share} {
		if len(line) <= columns {
			return line
		}
	}
	return ""
}

// drawn is the bar with so many columns between its brackets.
func (l barLine) drawn(length int) string {
	full := length * l.done / max(l.total, 1)
	head := ""
	if full < length {
		head = ">"
	}
	return "[" + strings.Repeat("=", full) + head + strings.Repeat(" ", length-full-len(head)) + "]"
}
