// SPDX-License-Identifier: Apache-2.0

package core

import "time"

// abort cancels the request of the change in progress. The lock is held.
func (r *runner) abort() {
	if r.current == nil || r.current.canceled {
		return
	}
	r.current.canceled = true
	if r.current.request != nil {
		r.current.request.cancel()
	}
}

// depart decides the open claims of a call whose context has ended. If the change in
// progress carries claims of this call only, depart cancels its request first and
// waits for its end, which shows whether anything was sent.
func (r *runner) depart(op *operation) {
	s := r.cancelFor(op)
	if s != nil {
		timer := time.NewTimer(cancelPatience)
		defer timer.Stop()
		select {
		case <-s.over:
		case <-timer.C:
		}
	}
	r.step(nil, func(now time.Duration) {
		if s != nil {
			s.departing = nil
		}
		op.cancelOpen(now)
	})
}

// cancelPatience is how long to wait for the end of a canceled request: the user's
// RoundTripper may ignore its context.
const cancelPatience = 100 * time.Millisecond

// cancelFor cancels the request of the change in progress and returns the change, if
// it carries claims of this operation only; else it returns nil.
func (r *runner) cancelFor(op *operation) *sending {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil || r.current.ended || !r.lane.Alone(op.call) {
		return nil
	}
	s := r.current
	s.departing, s.over = op, make(chan struct{})
	r.abort()
	return s
}

// setRequest records the request of a change, so that abort can cancel it.
func (r *runner) setRequest(s *sending, request *timed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.request = request; s.canceled {
		request.cancel()
	}
}

// requestEnded records that the request for a change has ended.
func (r *runner) requestEnded(s *sending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.ended = true
}

// aborted reports whether the request for a change was canceled because no caller
// waits for it any more.
func (r *runner) aborted(s *sending) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return s.canceled
}
