// SPDX-License-Identifier: Apache-2.0

package main

import (
	"sync"
	"time"
)

// progress shows the progress of a long task. It is safe for concurrent use.
type progress interface {
	add(n int)
	sayf(format string, args ...any) // prints another line in between
	close()
}

// newProgress returns a bar on a terminal, and else lines at intervals.
func newProgress(person *console, what string, total, done int) progress {
	if isTerminal(person.w) {
		return newBar(person, what, total, done)
	}
	return newLines(person, what, total, done)
}

// nextLine is the time between two lines of progress.
const nextLine = 5 * time.Second

// lines is the progress without a terminal.
type lines struct {
	person   *console
	mu       sync.Mutex
	done     int
	finished chan struct{}
	printing sync.WaitGroup
}

func newLines(person *console, what string, total, done int) *lines {
	l := &lines{person: person, done: done, finished: make(chan struct{})}
	l.printing.Go(func() {
		ticker := time.NewTicker(nextLine)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				l.mu.Lock()
				done := l.done
				l.mu.Unlock()
				person.sayf("%s: %d of %d, %d %%", what, done, total, 100*done/max(total, 1))
			case <-l.finished:
				return
			}
		}
	})
	return l
}

func (l *lines) add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done += n
}

func (l *lines) sayf(format string, args ...any) { l.person.sayf(format, args...) }

func (l *lines) close() {
	close(l.finished)
	l.printing.Wait()
}
