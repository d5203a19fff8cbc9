// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func TestLate(t *testing.T) {
	d := newDrive(t, nil)
	late := func(last *eni.Error) *eni.Error {
		if last != nil {
			t.Errorf("the last answer is %v", last)
		}
		return &eni.Error{Kind: eni.ErrThrottled}
	}
	d.Late(d.now, UnassignPrivateIps, time.Hour, late) // nobody has a deadline
	patient, hasty, other := d.call(addr(2)), NewCall([]Target{addr(3)}), NewCall([]Target{addr6(1)})
	hasty.Deadline, other.Deadline = 10*time.Second, 10*time.Second
	d.Add(d.now, hasty, 0)
	d.Add(d.now, other, 0)
	d.Late(d.now, UnassignPrivateIps, 9*time.Second, late)
	d.open(hasty)
	d.Late(d.now, UnassignPrivateIps, 10*time.Second, late)
	d.told(hasty, eni.OutcomeNotTried, eni.ErrThrottled)
	d.open(other)
	d.open(patient)
	d.Cancel(d.now, other, func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrUnavailable} })
	if d.calls.deadlines != 0 || d.calls.first != patient || d.calls.last != patient {
		t.Error("who has left is still listed")
	}
}

// Late also decides the calls after a call that has ended.
func TestLateReachesThoseBehindOneWhoHasLeft(t *testing.T) {
	late := func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrThrottled} }
	for _, leaves := range []int{0, 1} {
		d := newDrive(t, nil)
		var list [3]*Call
		for i := range list {
			list[i] = NewCall([]Target{addr(i + 2)})
			list[i].Deadline = 10 * time.Second
			d.Add(d.now, list[i], 0)
		}
		d.Cancel(d.now, list[leaves], late)
		d.Late(d.now, UnassignPrivateIps, time.Minute, late)
		for _, c := range list {
			d.told(c, eni.OutcomeNotTried, eni.ErrThrottled)
		}
		d.consistent()
	}
}

// An accepted call is removed from the list of open calls once, not again when it
// completes.
func TestLateAfterAnotherIsComplete(t *testing.T) {
	late := func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrThrottled} }
	d := newDrive(t, nil)
	d.call(addr(2))
	d.send()
	d.accept()
	hasty := NewCall([]Target{addr(3)})
	hasty.Deadline = 10 * time.Second
	d.Add(d.now, hasty, 0)
	d.describe(with(addr(3)))
	d.Late(d.now, UnassignPrivateIps, time.Minute, late)
	d.told(hasty, eni.OutcomeNotTried, eni.ErrThrottled)
}
