// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// free is an interface that is not attached.
func free(list ...Target) *eni.Interface {
	i := with(list...)
	i.State, i.InstanceID = eni.StateAvailable, ""
	return i
}

func deleting() *eni.Interface {
	i := free()
	i.State = eni.StateDeleting
	return i
}

// missTwice reports two describes without the interface, which prove that it is missing.
func (d *drive) missTwice() {
	d.Missing(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrNotFound})
	d.pass(2 * time.Second)
	d.Missing(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrNotFound})
}

// deletion checks the outcome of a deletion.
func (d *drive) deletion(c *Call, outcome eni.Outcome, kind eni.Kind) {
	d.t.Helper()
	d.toldOf(c, len(c.Claims)-1, outcome, kind)
	if !c.Answered() {
		d.t.Errorf("the call is not answered: %+v", c.Claims)
	}
}

// An interface is detached, described as free, deleted, and gone.
func TestDelete(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(DeleteTargets("i-1")...)
	if ch := d.sendAfter(with()); ch.Action != Detach || ch.Targets[0].InstanceID != "i-1" {
		t.Fatalf("sent first: %+v", ch)
	}
	d.accept()
	d.open(c)
	d.describe(detachingFrom("i-1"))
	if todo := d.permits(); todo.Send != "" {
		t.Fatalf("%s is sent while the interface is detaching", todo.Send)
	}
	d.describe(free())
	if ch := d.send(); ch.Action != Delete {
		t.Fatalf("sent then: %+v", ch)
	}
	d.accept()
	d.deletion(c, eni.OutcomeAccepted, 0)
	d.describe(deleting())
	d.deletion(c, eni.OutcomeAccepted, 0)
	d.missTwice()
	d.deletion(c, eni.OutcomeReleased, 0)
	if !c.Done() || c.Attempts != 2 {
		t.Errorf("done %t, %d changes", c.Done(), c.Attempts)
	}
}

// deleted returns a drive with an accepted deletion and a waiting caller.
func deleted(t *testing.T, a Answer) (d *drive, c *Call, ch *Change) {
	t.Helper()
	d = newDrive(t, func(c *Config) { c.Tasks = a.TaskID != "" })
	c = d.call(DeleteTargets("")...)
	ch = d.sendAfter(free())
	d.Answered(d.now, a)
	d.WaitBegan(d.now)
	return d, c, ch
}

// untilWanted lets time pass until the lane wants a describe or a task.
func (d *drive) untilWanted() Todo {
	for {
		todo := d.Next(d.now)
		if todo.Describe || todo.Task != nil {
			return todo
		}
		d.now = todo.Wake
		d.Tick(d.now)
	}
}

// The lane asks for the task of a deletion instead of a describe, which would show
// nothing more. If the task's state is unknown, the interface is described.
func TestATaskShowsADeletion(t *testing.T) {
	d, c, ch := deleted(t, Answer{TaskID: "t-1"})
	for range 3 {
		accepted := d.now
		if todo := d.untilWanted(); todo.Task != ch || d.now < accepted+defaultTiming.firstDeletionAsk {
			t.Fatalf("wanted after %s: %+v", d.now-accepted, todo)
		}
		d.TaskAsked(d.now, ch)
		d.TaskReported(d.now, ch, TaskRunning, nil)
	}
	d.untilWanted()
	d.TaskAsked(d.now, ch)
	d.TaskReported(d.now, ch, TaskSucceeded, nil)
	d.deletion(c, eni.OutcomeReleased, 0)

	for name, tell := range map[string]func(d *drive, ch *Change){
		"unknown":            func(d *drive, ch *Change) { d.TaskReported(d.now, ch, TaskUnknown, nil) },
		"refused":            func(d *drive, ch *Change) { d.TaskLost(d.now, ch, Verdict{}) },
		"running for longer": func(d *drive, ch *Change) { d.now += defaultTiming.maxPoll; d.Tick(d.now) },
	} {
		d, _, ch := deleted(t, Answer{TaskID: "t-1"})
		d.untilWanted()
		d.TaskAsked(d.now, ch)
		tell(d, ch)
		if todo := d.Next(d.now); !todo.Describe {
			t.Errorf("%s: no description is wanted: %+v", name, todo)
		}
	}
}

// After the task of a deletion has failed, the state of the interface says why, and whether
// trying again can help.
func TestADeletionWhoseTaskFails(t *testing.T) {
	for kind, change := range map[eni.Kind]func(*eni.Interface){
		eni.ErrUnknown:  func(*eni.Interface) {},
		eni.ErrState:    func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-2" },
		eni.ErrConflict: func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAttaching, "i-2" },
	} {
		d, c, ch := deleted(t, Answer{TaskID: "t-1"})
		d.untilWanted()
		d.TaskAsked(d.now, ch)
		d.TaskReported(d.now, ch, TaskFailed, &eni.Error{Kind: eni.ErrUnknown, Message: "the task failed"})
		i := free()
		change(i)
		d.describe(i)
		d.deletion(c, eni.OutcomeRefused, kind)
		if text := c.Claims[len(c.Claims)-1].Err.Message; !strings.Contains(text, "the task failed") || strings.Contains(text, "i-2") != (kind != eni.ErrUnknown) {
			t.Errorf("the error is %q", text)
		}
	}
}

// The second witnesses of many deletions are described together, at aligned times; that of
// a lone deletion one second after the first.
func TestSecondWitnessesComeTogether(t *testing.T) {
	for name, crowd := range map[string]bool{"many": true, "a lone one": false} {
		d, c, _ := deleted(t, Answer{Concurrent: crowd})
		d.untilWanted()
		first := d.now
		if crowd {
			d.pass(3 * time.Millisecond) // until the request begins
		}
		d.Missing(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrNotFound})
		d.untilWanted()
		want := defaultTiming.witnessesApart
		if crowd {
			want = 5 * defaultTiming.minDetachPoll
		}
		if got := d.now - first; got != want {
			t.Errorf("%s: the second witness comes %s after the first, want %s", name, got, want)
		}
		d.Missing(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrNotFound})
		d.deletion(c, eni.OutcomeReleased, 0)
	}
}

// A free interface needs no detach. An attached one is not deleted if the call names no
// instance, or another one.
func TestDeleteOfWhatIsFree(t *testing.T) {
	for _, instance := range []string{"", "i-1"} {
		d := newDrive(t, nil)
		c := d.call(DeleteTargets(instance)...)
		if ch := d.sendAfter(free()); ch.Action != Delete {
			t.Fatalf("sent: %+v", ch)
		}
		d.accept()
		d.missTwice()
		d.deletion(c, eni.OutcomeReleased, 0)
	}
}

// An interface that must not be deleted is not detached either.
func TestDeleteLeavesAlone(t *testing.T) {
	for _, c := range []struct {
		name     string
		instance string
		change   func(*eni.Interface)
		terms    Terms
		kind     eni.Kind
	}{
		{"attached, and no instance is named", "", func(*eni.Interface) {}, Terms{}, eni.ErrState},
		{"on another instance", "i-2", func(*eni.Interface) {}, Terms{}, eni.ErrState},
		{"a primary interface", "i-1", func(i *eni.Interface) { i.Type = eni.TypePrimary }, Terms{}, eni.ErrInvalid},
		{"a primary interface, and no instance is named", "", func(i *eni.Interface) { i.Type = eni.TypePrimary }, Terms{}, eni.ErrInvalid},
		{"managed by a service", "i-1", func(i *eni.Interface) { i.Manager = "nat" }, Terms{}, eni.ErrState},
		{"free, and managed by a service", "", func(i *eni.Interface) { *i = *free(); i.Manager = "nat" }, Terms{}, eni.ErrState},
		{"kept by a tag", "i-1", func(i *eni.Interface) { i.Tags = map[string]string{"keep": "yes"} }, Terms{KeepTags: map[string]string{"keep": "yes"}}, eni.ErrState},
		{"kept by a tag of any value", "i-1", func(i *eni.Interface) { i.Tags = map[string]string{"keep": "x"} }, Terms{KeepTags: map[string]string{"z": "", "keep": ""}}, eni.ErrState},
		{"free, and kept by a tag", "", func(i *eni.Interface) { *i = *free(); i.Tags = map[string]string{"keep": ""} }, Terms{KeepTags: map[string]string{"keep": ""}}, eni.ErrState},
		{"without a required tag", "i-1", func(*eni.Interface) {}, Terms{RequireTags: map[string]string{"app": ""}}, eni.ErrState},
		{"free, and with another value of a required tag", "", func(i *eni.Interface) { *i = *free(); i.Tags = map[string]string{"a": "", "b": "y"} }, Terms{RequireTags: map[string]string{"a": "", "b": "x"}}, eni.ErrState},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDrive(t, nil)
			call := d.callWith(c.terms, DeleteTargets(c.instance)...)
			i := with()
			c.change(i)
			d.describe(i)
			if todo := d.permits(); todo.Send != "" {
				t.Errorf("%s is sent", todo.Send)
			}
			d.deletion(call, eni.OutcomeRefused, c.kind)
		})
	}
}

// Another party's deletion of a protected interface is awaited, and never sent again. A
// caller without the tag lets it be sent again.
func TestAStuckDeletionOfWhatIsProtected(t *testing.T) {
	keep := map[string]string{"keep": ""}
	for _, c := range []struct {
		name   string
		keep   map[string]string
		change func(*eni.Interface)
		sent   bool
	}{
		{"kept by a tag", keep, func(i *eni.Interface) { i.Tags = map[string]string{"keep": "yes"} }, false},
		{"managed by a service", nil, func(i *eni.Interface) { i.Manager = "nat" }, false},
		{"kept for another caller", nil, func(i *eni.Interface) { i.Tags = map[string]string{"keep": "yes"} }, true},
		{"without the tag", keep, func(*eni.Interface) {}, true},
	} {
		d := newDrive(t, nil)
		call := d.callWith(Terms{KeepTags: c.keep}, DeleteTargets("")...)
		i := free()
		i.State = eni.StateDeleting
		c.change(i)
		d.describe(i)
		d.deletion(call, eni.OutcomeAccepted, 0)
		d.WaitBegan(d.now)
		sent := false
		for range 8 {
			d.pass(15 * time.Second)
			d.describe(i)
			if todo := d.permits(); todo.Send != "" {
				sent = true
				break
			}
		}
		if sent != c.sent {
			t.Errorf("%s: sent again: %t", c.name, sent)
		}
	}
}

// A tag protects the interface also if only the describe before the sending shows it.
func TestATagEndsTheWaitOfAStuckDeletion(t *testing.T) {
	d := newDrive(t, nil)
	d.callWith(Terms{KeepTags: map[string]string{"keep": ""}}, DeleteTargets("")...)
	i := free()
	i.State = eni.StateDeleting
	d.describe(i)
	d.WaitBegan(d.now)
	d.pass(time.Minute)
	d.describe(i)
	if todo := d.Next(d.now); !todo.Permits[Delete.index()].Wanted {
		t.Fatalf("no permit for the stuck deletion: %+v", todo)
	}
	d.PermitAsked(d.now, Delete)
	d.pass(defaultTiming.fresh + 1)
	d.PermitGranted(d.now, Delete)
	kept := free()
	kept.State, kept.Tags = eni.StateDeleting, map[string]string{"keep": "yes"}
	d.describe(kept)
	if todo := d.Next(d.now); todo.Send != "" {
		t.Errorf("%s is sent for an interface with the tag", todo.Send)
	}
}

// A stuck deletion that is sent again for one caller is no change of another caller whose
// tag protects the interface.
func TestAStuckDeletionIsSentForThoseWhoMay(t *testing.T) {
	d := newDrive(t, nil)
	kept := d.callWith(Terms{KeepTags: map[string]string{"keep": ""}}, DeleteTargets("")...)
	other := d.call(DeleteTargets("")...)
	i := free()
	i.State, i.Tags = eni.StateDeleting, map[string]string{"keep": "yes"}
	d.describe(i)
	d.WaitBegan(d.now)
	d.pass(time.Minute)
	if ch := d.sendAfter(i); len(ch.Calls) != 1 || ch.Calls[0] != other {
		t.Fatalf("sent: %+v", ch)
	}
	d.accept()
	d.missTwice()
	d.deletion(kept, eni.OutcomeAbsent, 0)
	d.deletion(other, eni.OutcomeReleased, 0)
}

// An interface that has all required tags is deleted.
func TestDeleteWithRequiredTags(t *testing.T) {
	d := newDrive(t, nil)
	d.callWith(Terms{RequireTags: map[string]string{"a": "", "b": "x"}}, DeleteTargets("")...)
	i := free()
	i.Tags = map[string]string{"a": "1", "b": "x", "c": ""}
	if ch := d.sendAfter(i); ch.Action != Delete {
		t.Errorf("sent: %+v", ch)
	}
}

// A tag with another value does not protect the interface.
func TestDeleteWithAnotherTag(t *testing.T) {
	d := newDrive(t, nil)
	d.callWith(Terms{KeepTags: map[string]string{"keep": "yes"}}, DeleteTargets("")...)
	i := free()
	i.Tags = map[string]string{"keep": "no", "other": ""}
	if ch := d.sendAfter(i); ch.Action != Delete {
		t.Errorf("sent: %+v", ch)
	}
}

// The interface is attached after the describe that showed it free: it is not deleted.
func TestDeleteOfWhatIsAttachedMeanwhile(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(DeleteTargets("i-1")...)
	d.sendAfter(free())
	d.refuse(eni.ErrState, Verdict{})
	d.open(c)
	d.describe(with())
	d.deletion(c, eni.OutcomeRefused, eni.ErrState)
	if todo := d.permits(); todo.Send != "" {
		t.Errorf("%s is sent", todo.Send)
	}
}

// The interface is gone without a change of the call. If it was described before, another
// party has deleted it; else it may never have existed.
func TestDeletedBySomebody(t *testing.T) {
	d := newDrive(t, nil)
	never := d.call(DeleteTargets("i-1")...)
	d.missTwice()
	d.deletion(never, eni.OutcomeAbsent, eni.ErrNotFound)

	seen := d.call(DeleteTargets("i-1")...)
	d.describe(with())
	d.missTwice()
	d.deletion(seen, eni.OutcomeAbsent, 0)

	lost := d.call(DeleteTargets("")...)
	d.sendAfter(free())
	d.refuse(eni.ErrUnavailable, retry)
	d.pass(time.Second)
	d.missTwice()
	d.deletion(lost, eni.OutcomeReleased, 0)

	refused := d.call(DeleteTargets("")...)
	d.sendAfter(free())
	d.refuse(eni.ErrNotFound, Verdict{})
	d.Missing(d.now, d.Began(d.now), &eni.Error{Kind: eni.ErrNotFound})
	d.deletion(refused, eni.OutcomeAbsent, 0)
}

// The deletion of another party counts as accepted, and nothing is sent.
func TestDeleteOfWhatIsBeingDeleted(t *testing.T) {
	for _, instance := range []string{"", "i-1"} {
		d := newDrive(t, nil)
		c := d.call(DeleteTargets(instance)...)
		d.describe(deleting())
		if todo := d.permits(); todo.Send != "" {
			t.Errorf("%s is sent", todo.Send)
		}
		d.deletion(c, eni.OutcomeAccepted, 0)
		d.missTwice()
		d.deletion(c, eni.OutcomeAbsent, 0)
	}
}

// A stuck deletion is sent again, as the vendor advises.
func TestStuckDeletionIsSentAgain(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(DeleteTargets("")...)
	d.sendAfter(free())
	d.accept()
	d.WaitBegan(d.now)
	d.pass(61 * time.Second)
	d.describe(deleting())
	if ch := d.send(); ch.Action != Delete {
		t.Fatalf("sent again: %+v", ch)
	}
	d.accept()
	d.missTwice()
	d.deletion(c, eni.OutcomeReleased, 0)
}

// A detach with a final refusal ends the deletion with the same reason, and a detach that
// never completes ends it with MaxElapsed.
func TestDeleteWithoutItsDetach(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(DeleteTargets("i-1")...)
	d.sendAfter(with())
	d.refuse(eni.ErrPermission, Verdict{})
	d.deletion(c, eni.OutcomeRefused, eni.ErrPermission)

	d = newDrive(t, nil)
	c = d.call(DeleteTargets("i-1")...)
	d.sendAfter(with())
	d.accept()
	d.describe(detachingFrom("i-1"))
	d.open(c)
	d.pass(5 * time.Minute)
	d.deletion(c, eni.OutcomeNotTried, eni.ErrConflict)
}

// A caller who departs before the deletion is sent also ends its detach: if it is stuck,
// it is not sent again.
func TestDeleteThatIsLeft(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(DeleteTargets("i-1")...)
	d.sendAfter(with())
	d.accept()
	d.describe(detachingFrom("i-1"))
	d.Cancel(d.now, c, func(*eni.Error) *eni.Error { return &eni.Error{Kind: eni.ErrUnavailable} })
	d.deletion(c, eni.OutcomeNotTried, eni.ErrUnavailable)
	if !c.Done() {
		t.Error("there is something left to wait for")
	}
	d.pass(2 * time.Minute)
	d.describe(detachingFrom("i-1"))
	if todo := d.permits(); todo.Send != "" {
		t.Errorf("%s is sent", todo.Send)
	}
}

// After the success of a detach's task, an earlier describe is no evidence.
func TestDeleteAfterTheTaskOfItsDetach(t *testing.T) {
	d := newDrive(t, func(c *Config) { c.Tasks, c.StuckAfter = true, 0 })
	c := d.call(DeleteTargets("i-1")...)
	d.sendAfter(with())
	d.Answered(d.now, Answer{RequestID: "r", TaskID: "t"})
	late := d.Began(d.now)
	d.TaskReported(d.now, d.changes[0], TaskSucceeded, nil)
	d.Described(d.now, late, with())
	d.open(c)
	d.describe(free())
	if ch := d.send(); ch.Action != Delete {
		t.Errorf("sent: %+v", ch)
	}
}

// A release that waits meanwhile ends, because its address is gone with the interface.
func TestReleaseOfWhatIsDeleted(t *testing.T) {
	d := newDrive(t, nil)
	c := d.call(DeleteTargets("")...)
	d.sendAfter(free(addr(2)))
	release := d.call(addr(2))
	d.accept()
	d.missTwice()
	d.deletion(c, eni.OutcomeReleased, 0)
	d.told(release, eni.OutcomeAbsent, eni.ErrNotFound)
}

// Each caller has its own terms: the caller whose tag protects the interface is refused,
// and the other's detach continues. Its doubt applies to both.
func TestTermsAreThoseOfACaller(t *testing.T) {
	d := newDrive(t, nil)
	kept := d.callWith(Terms{KeepTags: map[string]string{"keep": ""}}, DeleteTargets("i-1")...)
	other := d.call(fromI1)
	i := with()
	i.Tags = map[string]string{"keep": "yes"}
	if ch := d.sendAfter(i); ch.Action != Detach || len(ch.Calls) != 1 || ch.Calls[0] != other {
		t.Fatalf("sent: %+v", ch)
	}
	d.deletion(kept, eni.OutcomeRefused, eni.ErrState)
	dead := NewCall([]Target{fromI1})
	d.AddEnded(d.now, dead, &eni.Error{Kind: eni.ErrUnknown})
	d.told(dead, eni.OutcomeUnknown, eni.ErrUnknown)
}

// A member is detached from its trunk, and only for callers that name the trunk.
func TestDetachOfAMember(t *testing.T) {
	d := newDrive(t, nil)
	without := d.call(fromI1)
	named := d.callWith(Terms{TrunkInterfaceID: "eni-t"}, fromI1)
	i := with()
	i.Type, i.TrunkInterfaceID = eni.TypeMember, "eni-t"
	if ch := d.sendAfter(i); ch.TrunkInterfaceID != "eni-t" || len(ch.Calls) != 1 || ch.Calls[0] != named {
		t.Fatalf("sent: %+v", ch)
	}
	d.accept()
	d.told(without, eni.OutcomeRefused, eni.ErrState)
	d.told(named, eni.OutcomeAccepted, 0)
}
