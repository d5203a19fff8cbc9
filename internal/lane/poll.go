// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// Accepted changes are described again after age/pollPart. A detach takes longer than
// a release, and usually no other change waits for it.
const (
	pollPart       = 10
	detachPollPart = 4
)

// firstPoll returns when to describe a change first that was just accepted. A change
// without a task is usually complete at once.
func (l *Lane) firstPoll(ch *Change) time.Duration {
	switch {
	case ch.asksFirst():
		return after(ch.answered, l.timing.maxPoll)
	case ch.taskID != "" && ch.Action.Whole() && !ch.deletionWaits():
		return l.align(after(ch.answered, l.timing.firstTaskPoll), l.timing.minDetachPoll)
	case ch.taskID != "":
		return l.align(after(ch.answered, l.timing.firstTaskPoll), l.timing.minPoll)
	case ch.Action.Whole() && ch.concurrent:
		// The detaches of one node are accepted one after another.
		return l.align(ch.answered, l.timing.minDetachPoll)
	default:
		return ch.answered
	}
}

// pollLater schedules the next describe of accepted changes, after one that began at a
// time and left some incomplete. The interval grows with the age of the youngest.
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
			if ch.taskID != "" && ch.deletionWaits() {
				least = l.timing.minPoll // the queries of the deletions' tasks take longer than all detaches
			}
		}
		interval := min(max((began-ch.answered)/part, least), l.timing.maxPoll)
		// The request began a little after its scheduled time.
		l.pollAt = min(l.pollAt, l.align(after(began, interval-l.alignment(interval)/2), interval))
	}
}

// asksFirst reports whether to ask for the task of a change instead of describing the
// interface. A describe of a deleted interface shows only that the deletion runs, or
// that the interface is missing, which the task has to confirm; and a missing
// interface may make the cloud refuse a describe of many.
func (ch *Change) asksFirst() bool {
	return ch.Action == Delete && ch.taskID != "" && !ch.over && !ch.taskUnknown
}

// askAfter returns how long after the answer to a change its task is first asked for,
// which is also the least interval between two requests.
func (l *Lane) askAfter(ch *Change) time.Duration {
	if ch.asksFirst() {
		return l.timing.firstDeletionAsk
	}
	return l.timing.firstAsk
}

// align rounds a time up to a multiple of the alignment for an interval, so that
// changes of the same age share one describe.
func (l *Lane) align(at, interval time.Duration) time.Duration {
	alignment := l.alignment(interval)
	if late := at % alignment; late > 0 {
		return at + alignment - late
	}
	return at
}

// alignment returns the largest power-of-two multiple of the least poll interval that
// is not longer than an interval.
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

// WaitBegan says that a caller begins to wait for accepted changes.
func (l *Lane) WaitBegan(now time.Duration) {
	l.begin(now)
	l.waiters++
	l.keepForWaiter(now)
	if l.pollAt == forever {
		l.pollAt = now
	}
	l.end(now)
}

// WaitEnded says that a caller no longer waits.
func (l *Lane) WaitEnded() { l.waiters-- }

// Poll chooses the one request that a Poll of an Operation may make now: it returns
// the change whose task to ask for, or nil for a describe. Where there is a task the
// two alternate.
func (l *Lane) Poll(now time.Duration, call *Call) (task *Change) {
	for i := range call.Claims {
		ch := call.Claims[i].change
		if call.Claims[i].state == accepted && ch.mayAsk(now) && l.lastDescribed > ch.asked {
			return ch
		}
	}
	return nil
}
