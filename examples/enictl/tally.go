// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// tally records the results of requests, for the progress. It is safe for concurrent use.
type tally struct {
	mu       sync.Mutex
	answered int   // changes
	last     error // of the latest of them
	lost     error // why the latest request has no answer; nil if it has one
	reached  bool  // at least one request had an answer
}

func (t *tally) attempt(a eni.Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.request(a.Err) {
		t.answered++
		t.last = a.Err
	}
}

func (t *tally) query(q eni.Query) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.request(q.Err)
}

// request records the result of a request, and reports whether the cloud answered. The
// lock is held.
func (t *tally) request(err error) (answered bool) {
	e := cloudError(err)
	switch {
	case err == nil, e != nil && (e.Code != "" || e.HTTPStatus != 0 || e.RequestID != ""):
		t.lost, t.reached = nil, true
		return true
	case !ended(err):
		t.lost = err
	}
	return false
}

// neverReached reports whether no request had an answer.
func (t *tally) neverReached() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.reached
}

// trouble returns why the latest request has no answer; "" if it has one.
func (t *tally) trouble() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost == nil {
		return ""
	}
	return "no answer from the cloud: " + brief(t.lost)
}

// String returns the current state.
func (t *tally) String() string {
	if trouble := t.trouble(); trouble != "" {
		return trouble
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.answered == 0:
		return "no response to a change yet"
	case t.last == nil:
		return "the latest change was accepted"
	default:
		return fmt.Sprintf("changes answered: %d, the latest: %s", t.answered, label(t.last))
	}
}

// The times before the first line of progress, and between two lines.
const (
	firstWord = time.Second
	nextWord  = 5 * time.Second
)

// watch prints regularly what the program waits for, until unwatch is called. If there is
// nothing to report, it prints nothing.
func watch(sayf func(format string, args ...any), what func() string) (unwatch func()) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		start, timer := time.Now(), time.NewTimer(firstWord)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
				if text := what(); text != "" {
					sayf("waiting, %s: %s", time.Since(start).Round(time.Second), text)
				}
				timer.Reset(nextWord)
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		watching.Wait()
	}
}
