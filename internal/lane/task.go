// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// TaskState is the state of a task.
type TaskState uint8

// The states of a task.
const (
	TaskRunning TaskState = iota
	TaskSucceeded
	TaskFailed
	TaskUnknown // the cloud does not know the task, or no longer does
)

// TaskID is the id of the task that the accepted change runs as; empty for none.
func (ch *Change) TaskID() string { return ch.taskID }

// RequestID is the cloud's id of the change's request; empty if there is none.
func (ch *Change) RequestID() string { return ch.requestID }

// mayAsk reports whether the change's task may be asked for now.
func (ch *Change) mayAsk(now time.Duration) bool {
	return ch.taskID != "" && !ch.over && !ch.asking && now >= ch.askAt
}

// nextTask sets the task to ask for, or the time to wake for the next one.
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

// TaskAsked says that a request for the task of a change begins.
func (l *Lane) TaskAsked(now time.Duration, ch *Change) {
	l.begin(now)
	ch.asking = true
	l.end(now)
}

// TaskReported reports the state of a task. The error says why the task failed, or
// why its state is unknown; in the second case it may be nil.
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
			cl.since = l.events // only a later describe is evidence of what is left
		}
		l.pollAt, l.pollSince, l.twinsAt = now, l.events, now
	case TaskUnknown:
		ch.taskUnknown, ch.taskErr = true, why
		l.pollDeletion(ch)
	case TaskRunning:
	}
	l.end(now)
}

// TaskLost says that a request for a task failed. It delays only the next request for
// the task. If the verdict forbids a retry, describes alone decide about the change.
func (l *Lane) TaskLost(now time.Duration, ch *Change, v Verdict) {
	l.begin(now)
	ch.asking = false
	ch.askAt = after(now, v.Pause)
	if !v.Retry {
		ch.askAt = after(now, max(v.Pause, l.askAfter(ch)))
		ch.taskUnknown = true
		l.pollDeletion(ch)
	}
	l.end(now)
}

// pollDeletion asks for a describe of an interface when the task of its deletion gives
// no answer.
func (l *Lane) pollDeletion(ch *Change) {
	if ch.Action == Delete {
		l.pollAt = min(l.pollAt, l.now)
	}
}
