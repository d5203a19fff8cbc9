// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// Accepted changes are described again after a part of their age. A detach takes
// longer than a release, and nobody's next change waits for it as a rule.
const (
	pollPart       = 10
	detachPollPart = 4
)

// firstPoll is when a change that was just accepted is described first. Without a
// task it is mostly complete by then.
func (l *Lane) firstPoll(ch *Change) time.Duration {
	switch {
	case ch.asksFirst():
		return after(ch.answered, l.timing.maxPoll)
	case ch.taskID != "" && ch.Action.Whole():
		return l.align(after(ch.answered, l.timing.firstTaskPoll), l.timing.minDetachPoll)
	case ch.taskID != "":
		return l.align(after(ch.answered, l.timing.firstTaskPoll), l.timing.minPoll)
	case ch.Action.Whole() && ch.concurrent:
		// A node's detaches are accepted one by one, as their permits come.
		return l.align(ch.answered, l.timing.minDetachPoll)
	default:
		return ch.answered
	}
}

// pollLater puts the next description of accepted changes off, after one that
// began at a time and left some of them incomplete. The interval grows with the
// age of the youngest.
func (l *Lane) pollLater(began time.Duration) {
	l.pollAt = forever
	for _, ch := range l.changes {
		if ch.asksFirst() {
			l.pollAt = min(l.pollAt, after(began, l.timing.maxPoll))
			continue
		}
		least, part := l.timing.minPoll, time.Duration(pollPart)
		if ch.Action.Whole() {
			least, part = l.timing.minDetachPoll, detachPollPart
		}
		interval := min(max((began-ch.answered)/part, least), l.timing.maxPoll)
		// The request began a little after its stroke.
		l.pollAt = min(l.pollAt, l.align(after(began, interval-l.alignment(interval)/2), interval))
	}
}

// asksFirst reports whether the task of a change is asked for rather than the
// interface described: a deletion shows only that it goes on, or that the interface is
// missing, which the task has to confirm. And one that is missing may spoil a
// description of many.
func (ch *Change) asksFirst() bool {
	return ch.Action == Delete && ch.taskID != "" && !ch.over && !ch.taskUnknown
}

// askAfter is how long after the answer to a change its task is asked for, and the
// least time between two questions.
func (l *Lane) askAfter(ch *Change) time.Duration {
	if ch.asksFirst() {
		return l.timing.firstDeletionAsk
	}
	return l.timing.firstAsk
}

// align puts a time off to the next stroke of a clock that all changes of the
// same age share, so that one description serves them all.
func (l *Lane) align(at, interval time.Duration) time.Duration {
	alignment := l.alignment(interval)
	if late := at % alignment; late > 0 {
		return at + alignment - late
	}
	return at
}

// alignment is the time between two strokes for an interval.
func (l *Lane) alignment(interval time.Duration) time.Duration {
	alignment := l.timing.minPoll
	if interval >= l.timing.minDetachPoll {
		alignment = l.timing.minDetachPoll
	}
	for 2*alignment <= interval {
		alignment *= 2
	}
	return alignment
}

// WaitBegan is told that somebody begins to wait for accepted changes.
func (l *Lane) WaitBegan(now time.Duration) {
	l.begin(now)
	l.waiters++
	l.keepForWaiter(now)
	if l.pollAt == forever {
		l.pollAt = now
	}
	l.end(now)
}

// WaitEnded is told that somebody waits no more.
func (l *Lane) WaitEnded() { l.waiters-- }

// Poll chooses the one request that a poll may make now: the task of a change, or
// else a description. They alternate where there is a task to ask for.
func (l *Lane) Poll(now time.Duration, call *Call) (task *Change) {
	for i := range call.Claims {
		ch := call.Claims[i].change
		if call.Claims[i].state == accepted && ch.mayAsk(now) && l.lastDescribed > ch.asked {
			return ch
		}
	}
	return nil
}
