// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// events prepare a state, and return the event that follows later.
var events = map[string]func(*drive) func(){
	"Tick": func(d *drive) func() { return func() { d.Tick(d.now) } },
	"Add":  func(d *drive) func() { return func() { d.call(addr6(9)) } },
	"Leave": func(d *drive) func() {
		c := d.call(addr6(9))
		return func() { d.Cancel(d.now, c, left) }
	},
	"Late": func(d *drive) func() {
		c := NewCall([]Target{addr6(9)})
		c.Deadline = time.Hour
		d.Add(d.now, c, 0)
		return func() { d.Late(d.now, UnassignIpv6, time.Minute, left) }
	},
	"LateCall": func(d *drive) func() {
		c := d.call(addr6(9))
		return func() { d.LateCall(d.now, c, time.Minute, left) }
	},
	"Ask":   func(d *drive) func() { return func() { d.AddEnded(d.now, NewCall([]Target{addr6(9)}), outage) } },
	"Began": func(d *drive) func() { return func() { d.Began(d.now) } },
	"Described": func(d *drive) func() {
		older := d.Began(d.now)
		d.describe(with(addrs(9)...))
		return func() { d.Described(d.now, older, with()) }
	},
	"Missing": func(d *drive) func() {
		older := d.Began(d.now)
		d.describe(with(addrs(9)...))
		return func() { d.Missing(d.now, older, absent) }
	},
	"Failed": func(d *drive) func() {
		older := d.Began(d.now)
		return func() { d.Failed(d.now, older, outage, retry) }
	},
	"PermitAsked": func(d *drive) func() {
		d.call(addr6(9))
		return func() { d.PermitAsked(d.now, UnassignIpv6) }
	},
	"PermitGranted": func(d *drive) func() {
		d.call(addr6(9))
		return func() { d.PermitGranted(d.now, UnassignIpv6) }
	},
	"PermitFailed": func(d *drive) func() {
		d.call(addr6(9))
		return func() { d.PermitFailed(d.now, UnassignIpv6, outage, retry) }
	},
	"Take": func(d *drive) func() {
		d.call(addr6(9))
		d.PermitGranted(d.now, UnassignIpv6)
		return func() { d.Take(d.now, UnassignIpv6) }
	},
	"Answered": func(d *drive) func() {
		d.call(addr6(9))
		d.PermitGranted(d.now, UnassignIpv6)
		d.Take(d.now, UnassignIpv6)
		return d.accept
	},
	"Judged": func(d *drive) func() {
		attaching := with(addrs(9)...)
		attaching.State = eni.StateAttaching
		d.call(fromI1)
		d.describe(attaching)
		return func() { d.Judged(d.now, retry) }
	},
	"TaskAsked": func(d *drive) func() {
		ch := aTask(d)
		return func() { d.TaskAsked(d.now, ch) }
	},
	"TaskTold": func(d *drive) func() {
		ch := aTask(d)
		return func() { d.TaskReported(d.now, ch, TaskRunning, nil) }
	},
	"TaskLost": func(d *drive) func() {
		ch := aTask(d)
		return func() { d.TaskLost(d.now, ch, retry) }
	},
	"WaitBegan": func(d *drive) func() { return func() { d.WaitBegan(d.now) } },
}

func aTask(d *drive) *Change {
	d.call(addr6(9))
	d.PermitGranted(d.now, UnassignIpv6)
	ch := d.Take(d.now, UnassignIpv6)
	d.Answered(d.now, Answer{TaskID: "t-1"})
	return ch
}

// Every event has its time: whatever waits for that time continues, with any event.
func TestEveryEventBringsItsTime(t *testing.T) {
	for name, prepare := range events {
		d := newDrive(t, func(c *Config) { c.MaxElapsed, c.BoundsFirst = 10*time.Second, true })
		waits := d.call(addr(2))
		d.now += 5 * time.Second
		event := prepare(d)
		d.open(waits)
		d.now += 5 * time.Second
		event()
		if !waits.Answered() {
			t.Errorf("%s does not end a call whose time is over", name)
		}
		d.consistent()

		d = newDrive(t, nil)
		d.call(addr(2))
		d.send()
		d.accept()
		d.call(addr(2))
		d.now += defaultTiming.twinPatience - time.Second
		event = prepare(d)
		if d.find(addr(2)).place != behindTwin {
			t.Fatalf("%s: it does not wait behind its twin", name)
		}
		d.now += time.Second
		event()
		if d.find(addr(2)).place != inVerify {
			t.Errorf("%s: it waits behind its twin for ever", name)
		}
		d.consistent()
	}
}
