// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// The faults of a deletion.

func deleteLost(fault Fault, sent int, outcome eni.Outcome) func(*bench, eni.Deleter) {
	return func(b *bench, d eni.Deleter) {
		b.cloud.Inject(Delete, fault)
		op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
		b.ok(err)
		b.outcome(op, outcome)
		b.sent(Delete, sent)
		b.deletesOnly()
	}
}

func deleteAfterLostDetach(b *bench, d eni.Deleter) {
	b.cloud.Inject(Detach, Fault{Reset: true, After: true})
	op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
	b.ok(err)
	b.outcome(op, eni.OutcomeReleased)
	b.sent(Detach, 1)
	b.deletesOnly()
}

func deleteAfterLostDescribe(b *bench, d eni.Deleter) {
	n := 0
	b.cloud.Control = func(call Call) *Fault {
		if call.Action != Describe {
			return nil
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if n++; n%2 == 1 {
			return &Fault{Reset: true}
		}
		return nil
	}
	op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
	b.ok(err)
	b.outcome(op, eni.OutcomeReleased)
	b.deletesOnly()
}

func deleteRetried(reason Reason) func(*bench, eni.Deleter) {
	return func(b *bench, d eni.Deleter) {
		b.cloud.Inject(Detach, Fault{Reason: reason})
		b.cloud.Inject(Delete, Fault{Reason: reason}, Fault{Reason: reason})
		op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
		b.ok(err)
		b.outcome(op, eni.OutcomeReleased)
		b.sent(Detach, 2)
		b.sent(Delete, 3)
		b.deletesOnly()
	}
}

func deleteDenied(b *bench, d eni.Deleter) {
	b.always(Delete, Fault{Reason: Denied})
	op, err := d.Delete(b.Context(), deleteRequest)
	b.is(err, eni.ErrPermission)
	b.outcome(op, eni.OutcomeRefused)
	b.sent(Delete, 1)
	if i, exists := b.cloud.Get("eni-1"); !exists || i.InstanceID != "" {
		b.Errorf("the interface should be detached and should exist, got %+v, %t", i, exists)
	}
}

// deleteFails checks a deletion that is accepted and has no effect: on a cloud with tasks
// the task fails, elsewhere the wait ends with an error.
func deleteFails(b *bench, d eni.Deleter) {
	b.free()
	b.completesAfter(time.Second)
	b.cloud.Inject(Delete, Fault{TaskOutput: "the subnet is locked"})
	op, err := d.Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-1"})
	b.ok(err)
	if err := op.Wait(b.Context()); err == nil || op.Outcome() == eni.OutcomeReleased || op.Outcome() == eni.OutcomeAbsent {
		b.Errorf("the interface exists, want an error and no success, got %s, %v", op.Outcome(), err)
	}
}

// deleteRepeated ends the context after each step and repeats the call with a new client.
func deleteRepeated(b *bench, d eni.Deleter) {
	b.completesAfter(20 * time.Second)
	for n := range 4 {
		ctx, cancel := context.WithTimeout(b.Context(), time.Duration(5+5*n)*time.Second)
		op, err := d.Delete(ctx, deleteRequest)
		if err == nil {
			err = op.Wait(ctx)
		}
		cancel()
		if got := op.Outcome(); err != nil && (got == eni.OutcomeReleased || got == eni.OutcomeAbsent) {
			b.Errorf("%s with the error %v", got, err)
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			b.Errorf("want the end of the context, got: %v", err)
		}
		var ok bool
		if d, ok = b.newClient(b, b.cloud, &eni.Options{}).(eni.Deleter); !ok {
			b.Fatal("the client should be a Deleter")
		}
	}
	_, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
	b.ok(eni.IgnoreNotFound(err))
	b.deletesOnly()
}

// deleteStuck checks a deletion that stays in Deleting.
func deleteStuck(b *bench, d eni.Deleter) {
	b.free()
	b.cloud.Inject(Delete, Fault{Stuck: true})
	op, err := d.Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-1"})
	b.ok(err)
	if err := op.Wait(b.Context()); err != nil {
		b.is(err, eni.ErrConflict)
		b.outcome(op, eni.OutcomeAccepted)
		return
	}
	b.outcome(op, eni.OutcomeReleased)
	b.deletesOnly()
}

// deletedElsewhereKept checks another party's deletion of a protected interface that stays
// in Deleting: the client may wait for it, and must not send it again.
func deletedElsewhereKept(b *bench, d eni.Deleter) {
	b.free()
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.Tags = eni.StateDeleting, map[string]string{"keep": "yes"} })
	op, err := d.Delete(b.Context(), eni.DeleteRequest{InterfaceID: "eni-1", KeepTags: map[string]string{"keep": "yes"}})
	if err == nil {
		err = op.Wait(b.Context())
	}
	if err == nil {
		b.Error("the interface is still there, want an error")
	}
	b.sent(Delete, 0)
	b.untouched()
}
