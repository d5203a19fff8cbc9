// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// deletions are the promises of an [eni.Deleter] with their checks.
var deletions = []struct {
	name  string
	check func(*bench, eni.Deleter)
}{
	{"an attached interface is detached and deleted", deletes},
	{"a free interface is deleted", deletesFree},
	{"a primary interface is not deleted", deleteRefused(eni.ErrInvalid, "i-1", func(i *eni.Interface) { i.Type = eni.TypePrimary })},
	{"an interface on another instance is not deleted", deleteRefused(eni.ErrState, "i-other", func(*eni.Interface) {})},
	{"an attached interface is not deleted without its instance", deleteRefused(eni.ErrState, "", func(*eni.Interface) {})},
	{"an interface that a service manages is not deleted", deleteRefused(eni.ErrState, "i-1", func(i *eni.Interface) { i.Manager = "eks" })},
	{"an interface with a tag to keep is not deleted", deleteRefused(eni.ErrState, "i-1", func(i *eni.Interface) { i.Tags = map[string]string{"keep": "yes", "other": "x"} })},
	{"an interface without a required tag is not deleted", deleteWithoutTag},
	{"a trunk with members is not deleted", deleteTrunk},
	{"a free interface with a tag to keep is not deleted", deleteKept},
	{"a deletion with a lost response is sent once", deleteLost(Fault{Reset: true, After: true}, 1, eni.OutcomeReleased)},
	{"a lost deletion request is retried", deleteLost(Fault{Reset: true}, 2, eni.OutcomeReleased)},
	{"a deletion continues after a lost response to its detach", deleteAfterLostDetach},
	{"a deletion continues after a lost description", deleteAfterLostDescribe},
	{"a conflict of a deletion is retried", deleteRetried(Conflict)},
	{"a throttled deletion is retried", deleteRetried(Throttled)},
	{"a deletion is retried if the cloud is unavailable", deleteRetried(Internal)},
	{"a deletion that is not permitted is sent once", deleteDenied},
	{"an interface that the call never saw is not found", deleteUnknown},
	{"an interface that somebody else deletes is absent", deletedElsewhere},
	{"an interface that somebody attaches before its deletion is not changed", deleteAttached},
	{"an interface that somebody protects after its detach is not deleted", deleteProtectedLate},
	{"an interface that one description does not show is deleted", deleteMissedOnce},
	{"an interface that the cloud once does not find is deleted", deleteNotFoundOnce},
	{"the deletion of another party is awaited", deleteJoins},
	{"each caller of a deletion has its own terms", deletedOnTerms},
	{"a caller that leaves does not harm the other callers of a deletion", deleteCallerLeaves},
	{"an accepted deletion that fails is no success", deleteFails},
	{"a repeated deletion continues after its context ended", deleteRepeated},
	{"two callers delete one interface", deletedTwice},
	{"a release from an interface that is being deleted is correct", releaseWhileDeleting},
	{"a bad deletion sends nothing", badDeletions},
	{"a stuck deletion is sent again or is a conflict", deleteStuck},
	{"another party's stuck deletion of an interface with a tag to keep is left alone", deletedElsewhereKept},
}

// deletesOnly checks that the client has deleted eni-1 once, and nothing else.
func (b *bench) deletesOnly() {
	b.Helper()
	n := 0
	for _, change := range b.cloud.History() {
		if change.Deleted {
			n++
		}
		if change.Call.InterfaceID != "eni-1" {
			b.Errorf("%s of %s, which no caller asked for", change.Call.Action, change.Call.InterfaceID)
		}
	}
	if _, exists := b.cloud.Get("eni-1"); exists || n != 1 {
		b.Errorf("the interface should have been deleted once, was %d times, and exists: %t", n, exists)
	}
	if _, exists := b.cloud.Get("eni-2"); !exists {
		b.Error("another interface is gone")
	}
}

var deleteRequest = eni.DeleteRequest{InterfaceID: "eni-1", InstanceID: "i-1", KeepTags: map[string]string{"keep": "yes"}}

// free makes eni-1 a free interface.
func (b *bench) free() { b.become(eni.StateAvailable, "") }

func deletes(b *bench, d eni.Deleter) {
	b.completesAfter(3 * time.Second)
	op, err := d.Delete(b.Context(), deleteRequest)
	b.ok(err)
	b.outcome(op, eni.OutcomeAccepted)
	if i, exists := b.cloud.Get("eni-1"); !exists || i.InstanceID != "" {
		b.Errorf("accepted: want an interface that is free and being deleted, got %t, %+v", exists, i)
	}
	if done, err := op.Poll(b.Context()); done || err != nil {
		b.Errorf("a poll before the interface is gone: want not done, got %t, %v", done, err)
	}
	b.ok(op.Wait(b.Context()))
	b.outcome(op, eni.OutcomeReleased)
	b.sent(Detach, 1)
	b.sent(Delete, 1)
	b.deletesOnly()
	if len(op.Results()) != 0 || op.Attempts() != 2 || len(op.RequestIDs()) != 2 {
		b.Errorf("want no results and the ids of two changes, got %v, %d, %v", op.Results(), op.Attempts(), op.RequestIDs())
	}
}

func deletesFree(b *bench, d eni.Deleter) {
	b.free()
	op, err := eni.BlockingDeleter(d).Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-1"})
	b.ok(err)
	b.outcome(op, eni.OutcomeReleased)
	b.sent(Detach, 0)
	b.sent(Delete, 1)
	b.deletesOnly()
}

// deleteRefused checks a deletion that is refused without a change.
func deleteRefused(kind eni.Kind, instance string, change func(*eni.Interface)) func(*bench, eni.Deleter) {
	return func(b *bench, d eni.Deleter) {
		b.cloud.Update("eni-1", change)
		req := deleteRequest
		req.InstanceID = instance
		op, err := d.Delete(b.Context(), req)
		b.is(err, kind)
		b.outcome(op, eni.OutcomeRefused)
		b.ok(op.Wait(b.Context()))
		b.untouched()
		b.sent(Detach, 0)
		b.sent(Delete, 0)
	}
}

// deleteTrunk checks a trunk with a member, free and on the instance of the request. Only
// the cloud knows of the member, so one request may be refused.
func deleteTrunk(b *bench, d eni.Deleter) {
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.Type = eni.TypeTrunk })
	b.cloud.Put(eni.Interface{ID: "eni-member", Type: eni.TypeMember, State: eni.StateInUse, InstanceID: "i-1", TrunkInterfaceID: "eni-1"})
	for n, req := range []eni.DeleteRequest{deleteRequest, {InterfaceID: "eni-1"}} {
		op, err := d.Delete(b.Context(), req)
		if kind := eni.KindOf(err); kind != eni.ErrState && kind != eni.ErrInvalid && kind != eni.ErrUnsupported {
			b.Errorf("want an error that is not retryable, got: %v", err)
		}
		b.outcome(op, eni.OutcomeRefused)
		if op.Attempts() > 1 {
			b.Errorf("want at most one request, got %d", op.Attempts())
		}
		b.untouched()
		if n == 0 {
			b.free()
		}
	}
}

func deleteKept(b *bench, d eni.Deleter) {
	b.free()
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.Tags = map[string]string{"owner": "somebody"} })
	op, err := d.Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-1", KeepTags: map[string]string{"owner": ""}})
	b.is(err, eni.ErrState)
	b.outcome(op, eni.OutcomeRefused)
	b.untouched()
}

// deleteWithoutTag checks a required tag: one that the interface lacks, one with another
// value, and at last one that it has.
func deleteWithoutTag(b *bench, d eni.Deleter) {
	b.free()
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.Tags = map[string]string{"app": "x", "any": ""} })
	for _, tags := range []map[string]string{{"other": ""}, {"app": "y"}, {"app": "x", "any": "x"}} {
		op, err := d.Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-1", RequireTags: tags})
		b.is(err, eni.ErrState)
		b.outcome(op, eni.OutcomeRefused)
		b.untouched()
		b.sent(Delete, 0)
	}
	_, err := eni.BlockingDeleter(d).Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-1", RequireTags: map[string]string{"app": "x", "any": ""}})
	b.ok(err)
	b.deletesOnly()
}

func deleteUnknown(b *bench, d eni.Deleter) {
	for _, instance := range []string{"", "i-1"} {
		op, err := d.Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-none", InstanceID: instance})
		b.is(err, eni.ErrNotFound)
		b.ok(eni.IgnoreNotFound(err))
		b.outcome(op, eni.OutcomeAbsent)
	}
	b.sent(Delete, 0)
	b.sent(Detach, 0)
}

// deletedElsewhere lets another actor delete the interface at each step.
func deletedElsewhere(b *bench, d eni.Deleter) {
	for step, action := range []Action{Detach, Describe, Delete} {
		b.cloud.Put(attached("i-1"))
		seen := 0
		b.cloud.Control = func(call Call) *Fault {
			b.mu.Lock()
			defer b.mu.Unlock()
			if call.Action == action {
				// The first description must show it.
				if seen++; action != Describe && seen == 1 || seen == 2 {
					b.cloud.Delete("eni-1")
				}
			}
			return nil
		}
		op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
		b.ok(err)
		if got := op.Outcome(); got != eni.OutcomeAbsent {
			b.Errorf("deleted by another actor at step %d: want absent, got %s", step, got)
		}
	}
	for _, change := range b.cloud.History() {
		if change.Deleted {
			b.Error("deleted by the client")
		}
	}
}

// deleteAttached lets another actor attach the interface just before its deletion.
func deleteAttached(b *bench, d eni.Deleter) {
	for _, instance := range []string{"i-1", "i-other"} {
		b.cloud.Put(attached("i-1"))
		b.cloud.Control = func(call Call) *Fault {
			if call.Action == Delete {
				b.become(eni.StateInUse, instance)
			}
			return nil
		}
		op, err := d.Delete(b.Context(), deleteRequest)
		b.is(err, eni.ErrState)
		b.outcome(op, eni.OutcomeRefused)
		if i, exists := b.cloud.Get("eni-1"); !exists || i.InstanceID != instance {
			b.Errorf("it should stay on %s, got %+v, %t", instance, i, exists)
		}
	}
}

func deletedTwice(b *bench, d eni.Deleter) {
	b.completesAfter(2 * time.Second)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
			if err != nil || op.Outcome() != eni.OutcomeReleased && op.Outcome() != eni.OutcomeAbsent {
				b.Errorf("want success, got %s, %v", op.Outcome(), err)
			}
		})
		time.Sleep(500 * time.Millisecond)
	}
	wg.Wait()
	b.deletesOnly()
}

func releaseWhileDeleting(b *bench, d eni.Deleter) {
	client, ok := d.(eni.Client)
	if !ok {
		b.Fatal("the Deleter should be a Client")
	}
	b.free()
	b.completesAfter(5 * time.Second)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := eni.BlockingDeleter(d).Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-1"})
		b.check(err)
	})
	time.Sleep(time.Second)
	op, err := eni.Blocking(client).UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	b.is(err, eni.ErrNotFound)
	b.outcomes(op, all(eni.OutcomeAbsent, addr("10.0.0.2")))
	wg.Wait()
	b.deletesOnly()
}

func badDeletions(b *bench, d eni.Deleter) {
	for _, req := range []eni.DeleteRequest{
		{},
		{InterfaceID: "eni 1"},
		{InterfaceID: "eni-1", InstanceID: "i\n1"},
		{InterfaceID: "eni-1", TrunkInterfaceID: "eni-trunk"},
		{InterfaceID: "eni-1", KeepTags: map[string]string{"": "x"}},
		{InterfaceID: "eni-1", RequireTags: map[string]string{"": ""}},
	} {
		op, err := d.Delete(b.Context(), req)
		b.is(err, eni.ErrInvalid)
		b.outcome(op, eni.OutcomeNotTried)
	}
	dead, cancel := context.WithCancel(b.Context())
	cancel()
	op, err := d.Delete(dead, deleteRequest)
	b.is(err, context.Canceled)
	b.outcome(op, eni.OutcomeNotTried)
	if calls := b.cloud.Calls(); len(calls) != 0 {
		b.Errorf("nothing should be sent, got: %v", calls)
	}
}

// check fails the check if err is not nil. It may be called on any goroutine.
func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Errorf("want success, got: %v", err)
	}
}
