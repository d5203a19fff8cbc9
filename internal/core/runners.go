// SPDX-License-Identifier: Apache-2.0

package core

import "time"

// runners are the runners of the interfaces about which there is something to
// know. The client's lock guards them.
type runners struct {
	client *Client
	byID   map[string]*runner
	list   []*runner // the same, in no order, for the sweep
	alarm  alarm
	next   int // where the sweep goes on
}

// The sweep forgets the runners that are of no use any more. It goes through them
// from time to time, a few at a time, so that nobody waits for it.
const (
	sweepEvery = 5 * time.Second
	sweepSize  = 256
)

func (rs *runners) init(c *Client) {
	rs.client, rs.byID = c, make(map[string]*runner)
	rs.alarm.rings = rs
}

// use returns the runner of an interface, a new one where there is none. It is not
// forgotten before its release. The lock is held.
func (rs *runners) use(id string) *runner {
	r := rs.byID[id]
	if r == nil {
		r = newRunner(rs.client, id)
		rs.add(r)
	}
	r.users++
	return r
}

// reuse is use for a runner that may have been forgotten. Where another one has
// taken its place, it goes on beside that.
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

// remove forgets a runner. The lock is held.
func (rs *runners) remove(r *runner) {
	last := len(rs.list) - 1
	rs.list[r.place] = rs.list[last]
	rs.list[r.place].place = r.place
	rs.list[last] = nil
	rs.list = rs.list[:last]
	delete(rs.byID, r.id)
}

// ring forgets the runners whose lanes have nothing to tell the next caller.
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

// some lists the next runners to look at, from the last to the first, and reports
// whether there are more. When there are none, it sets the alarm for the next
// sweep.
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

// forget forgets a runner that nobody uses.
func (rs *runners) forget(r *runner) {
	rs.client.mu.Lock()
	defer rs.client.mu.Unlock()
	if r.users == 0 && rs.byID[r.id] == r && r.idle() {
		rs.remove(r)
	}
}
