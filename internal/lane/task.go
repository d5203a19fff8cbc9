// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// TaskState is where a task is.
type TaskState uint8

// The states of a task.
const (
	TaskRunning TaskState = iota
	TaskSucceeded
	TaskFailed
	TaskUnknown // the cloud does not know the task, or no longer does
)

// TaskID names the task that the change goes on as; empty for none.
func (ch *Change) TaskID() string { return ch.taskID }

// RequestID is the cloud's id of the change.
func (ch *Change) RequestID() string { return ch.requestID }

// mayAsk reports whether the change's task may be asked for now.
func (ch *Change) mayAsk(now time.Duration) bool {
	return ch.taskID != "" && !ch.over && !ch.asking && now >= ch.askAt
}

// nextTask notes the task that is to be asked for, or when one is.
func (l *Lane) nextTask(now time.Duration, t *Todo) {
	if !l.cfg.Tasks {
		return
	}
	for _, ch := range l.changes {
		switch {
		case ch.taskID == "" || ch.over || ch.asking:
		case now >= ch.askAt:
			t.Task = ch
			return
		default:
			t.Wake = min(t.Wake, ch.askAt)
		}
	}
}

// TaskAsked is told that a change's task is asked for.
func (l *Lane) TaskAsked(now time.Duration, ch *Change) {
	l.begin(now)
	ch.asking = true
	l.end(now)
}

// TaskReported is told where a task is. The error is why it failed, or why it is not
// known; the latter may be nil.
func (l *Lane) TaskReported(now time.Duration, ch *Change, state TaskState, why *eni.Error) {
	l.begin(now)
	ch.asking, ch.asked, ch.taskErr = false, l.events, nil
	ch.askAt = after(now, max(l.askAfter(ch), (now-ch.answered)/2))
	switch state {
	case TaskSucceeded:
		ch.over = true
		for _, cl := range slices.Backward(ch.claims) {
			l.conclude(cl, eni.OutcomeReleased, nil)
			l.verifyDeletion(cl)
		}
		l.retireChange(ch, now)
	case TaskFailed:
		ch.over, ch.failure = true, why
		for _, cl := range ch.claims {
			cl.since = l.events // only a description from now on tells what it left
		}
		l.pollAt, l.pollSince, l.twinsAt = now, l.events, now
	case TaskUnknown:
		ch.taskUnknown, ch.taskErr = true, why
		l.pollDeletion(ch)
	case TaskRunning:
	}
	l.end(now)
}

// TaskLost is told that a task could not be asked for. It moves no clock but that
// of the next question. A question that is refused for good leaves the decision
// to the interface.
func (l *Lane) TaskLost(now time.Duration, ch *Change, v Verdict) {
	l.begin(now)
	ch.asking = false
	ch.askAt = after(now, max(v.Pause, l.askAfter(ch)))
	if !v.Retry {
		ch.taskUnknown = true
		l.pollDeletion(ch)
	}
	l.end(now)
}

// pollDeletion has an interface described whose deletion's task tells nothing.
func (l *Lane) pollDeletion(ch *Change) {
	if ch.Action == Delete {
		l.pollAt = min(l.pollAt, l.now)
	}
}
