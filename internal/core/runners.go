// SPDX-License-Identifier: Apache-2.0

package core

import "time"

// runners has the runners of the interfaces with pending calls or recent changes. The
// client's lock guards it.
type runners struct {
	client *Client
	byID   map[string]*runner
	list   []*runner // the same, in no order, for the sweep
	alarm  alarm
	next   int // where the sweep continues
}

// The sweep removes idle runners. It checks sweepSize runners at a time, so that it
// does not hold the client's lock for long.
const (
	sweepEvery = 5 * time.Second
	sweepSize  = 256
)

func (rs *runners) init(c *Client) {
	rs.client, rs.byID = c, make(map[string]*runner)
	rs.alarm.rings = rs
}

// use returns the runner of an interface, and creates it if there is none. The runner
// is not removed before its release. The lock is held.
func (rs *runners) use(id string) *runner {
	r := rs.byID[id]
	if r == nil {
		r = newRunner(rs.client, id)
		rs.add(r)
	}
	r.users++
	return r
}

// reuse is use for a runner that may have been removed. If the interface has another
// runner now, both exist side by side.
func (rs *runners) reuse(r *runner) *runner {
	rs.client.mu.Lock()
	defer rs.client.mu.Unlock()
	if rs.byID[r.id] == nil {
		rs.add(r)
	}
	r.users++
	return r
}

// release ends a use.
func (rs *runners) release(r *runner) {
	rs.client.mu.Lock()
	defer rs.client.mu.Unlock()
	r.users--
}

// add adds a runner. The lock is held.
func (rs *runners) add(r *runner) {
	rs.byID[r.id], r.place = r, len(rs.list)
	if rs.list = append(rs.list, r); len(rs.list) == 1 {
		rs.next = 0
		rs.client.alarms.put(&rs.alarm, rs.client.alarms.now()+sweepEvery)
	}
}

// remove removes a runner. The lock is held.
func (rs *runners) remove(r *runner) {
	last := len(rs.list) - 1
	rs.list[r.place] = rs.list[last]
	rs.list[r.place].place = r.place
	rs.list[last] = nil
	rs.list = rs.list[:last]
	delete(rs.byID, r.id)
}

// ring removes the idle runners.
func (rs *runners) ring() {
	for more := true; more; {
		var some []*runner
		some, more = rs.some()
		for _, r := range some {
			if r.idle() {
				rs.forget(r)
			}
		}
	}
}

// some returns the next runners of the sweep, from the last to the first, and reports
// whether there are more. If there are none, it sets the alarm for the next sweep.
func (rs *runners) some() (some []*runner, more bool) {
	rs.client.mu.Lock()
	defer rs.client.mu.Unlock()
	if rs.next = min(rs.next, len(rs.list)); rs.next == 0 {
		rs.next = len(rs.list)
	}
	from := max(rs.next-sweepSize, 0)
	some = append(some, rs.list[from:rs.next]...)
	rs.next = from
	if from == 0 && len(rs.list) > 0 {
		rs.client.alarms.put(&rs.alarm, rs.client.alarms.now()+sweepEvery)
	}
	return some, from > 0
}

// forget removes a runner if it is idle and not in use.
func (rs *runners) forget(r *runner) {
	rs.client.mu.Lock()
	defer rs.client.mu.Unlock()
	if r.users == 0 && rs.byID[r.id] == r && r.idle() {
		rs.remove(r)
	}
}
