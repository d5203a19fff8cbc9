// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Deletions while others change the interface, and while the cloud contradicts itself.

// deleteProtectedLate lets another actor protect the interface after its detach, before the
// description that the deletion needs.
func deleteProtectedLate(b *bench, d eni.Deleter) {
	for name, protect := range map[string]func(*eni.Interface){
		"a tag to keep":       func(i *eni.Interface) { i.Tags["keep"] = "yes" },
		"without the tag":     func(i *eni.Interface) { delete(i.Tags, "app") },
		"managed":             func(i *eni.Interface) { i.Manager = "42" },
		"on another instance": func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-other" },
		"a primary interface": func(i *eni.Interface) { i.Type, i.State, i.InstanceID = eni.TypePrimary, eni.StateInUse, "i-other" },
	} {
		i := attached("i-1")
		i.Tags = map[string]string{"app": "x"}
		b.cloud.Put(i)
		detached := len(b.cloud.Calls(Detach))
		var once sync.Once
		b.cloud.Control = func(call Call) *Fault {
			if call.Action == Describe && len(b.cloud.Calls(Detach)) > detached {
				once.Do(func() { b.cloud.Update("eni-1", protect) })
			}
			return nil
		}
		req := deleteRequest
		req.RequireTags = map[string]string{"app": "x"}
		op, err := eni.BlockingDeleter(d).Delete(b.Context(), req)
		if kind := eni.KindOf(err); kind != eni.ErrState && kind != eni.ErrInvalid {
			b.Errorf("%s: want an error that is not retryable, got: %v", name, err)
		}
		b.outcome(op, eni.OutcomeRefused)
		b.sent(Delete, 0)
	}
}

// deleteMissedOnce leaves the interface out of one description, at each step.
func deleteMissedOnce(b *bench, d eni.Deleter) {
	for step := 1; step <= 3; step++ {
		b.cloud.Put(attached("i-1"))
		n := 0
		b.cloud.Control = func(call Call) *Fault {
			b.mu.Lock()
			defer b.mu.Unlock()
			if call.Action != Describe {
				return nil
			}
			if n++; n != step {
				return nil
			}
			return &Fault{Misses: "eni-1"}
		}
		op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
		b.ok(err)
		b.outcome(op, eni.OutcomeReleased)
		if _, exists := b.cloud.Get("eni-1"); exists {
			b.Errorf("missing in description %d: the interface should be deleted", step)
		}
	}
}

// deleteNotFoundOnce lets the cloud answer that the interface does not exist, although it
// does.
func deleteNotFoundOnce(b *bench, d eni.Deleter) {
	for _, action := range []Action{Detach, Delete} {
		b.cloud.Put(attached("i-1"))
		b.cloud.Inject(action, Fault{Reason: NotFound})
		op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
		b.ok(err)
		b.outcome(op, eni.OutcomeReleased)
		if _, exists := b.cloud.Get("eni-1"); exists {
			b.Errorf("not found by %s: the interface should be deleted", action)
		}
	}
}

// deleteJoins waits for the deletion of another party.
func deleteJoins(b *bench, d eni.Deleter) {
	b.free()
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.State = eni.StateDeleting })
	time.AfterFunc(4*time.Second, func() { b.cloud.Delete("eni-1") })
	op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
	b.ok(err)
	b.outcome(op, eni.OutcomeAbsent)
	b.sent(Delete, 0)
	b.sent(Detach, 0)
}

// deletedOnTerms lets two callers with different terms delete one interface: each is held to
// its own.
func deletedOnTerms(b *bench, d eni.Deleter) {
	for n, strict := range []eni.DeleteRequest{
		{InterfaceID: "eni-1", InstanceID: "i-1", KeepTags: map[string]string{"app": ""}},
		{InterfaceID: "eni-1", InstanceID: "i-1", RequireTags: map[string]string{"other": ""}},
		{InterfaceID: "eni-1", RequireTags: map[string]string{"app": "y"}},
	} {
		i := attached("i-1")
		i.Tags = map[string]string{"app": "x"}
		b.cloud.Put(i)
		b.completesAfter(2 * time.Second)
		var wg sync.WaitGroup
		wg.Go(func() {
			op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
			if err != nil || op.Outcome() != eni.OutcomeReleased {
				b.Errorf("terms %d: want the others' deletion to succeed, got %s, %v", n, op.Outcome(), err)
			}
		})
		wg.Go(func() {
			op, err := eni.BlockingDeleter(d).Delete(b.Context(), strict)
			// The other caller's changes may still act.
			if eni.KindOf(err) != eni.ErrState || op.Outcome() != eni.OutcomeRefused && op.Outcome() != eni.OutcomeUnknown {
				b.Errorf("terms %d: want a refusal by rule, got %s, %v", n, op.Outcome(), err)
			}
		})
		wg.Wait()
		b.sent(Detach, n+1)
		b.sent(Delete, n+1)
	}
}

// deleteCallerLeaves ends the context of one caller of a deletion: the other is not harmed.
func deleteCallerLeaves(b *bench, d eni.Deleter) {
	for _, after := range []time.Duration{0, time.Second, 3 * time.Second, 5 * time.Second} {
		b.cloud.Put(attached("i-1"))
		b.completesAfter(2 * time.Second)
		b.cloud.Control = func(Call) *Fault { return &Fault{AnswerAfter: 500 * time.Millisecond} }
		ctx, cancel := context.WithTimeout(b.Context(), after)
		var wg sync.WaitGroup
		wg.Go(func() {
			op, err := eni.BlockingDeleter(d).Delete(ctx, deleteRequest)
			if o := op.Outcome(); (o == eni.OutcomeReleased || o == eni.OutcomeAbsent) != (err == nil) {
				b.Errorf("left after %s: %s, %v", after, o, err)
			}
		})
		wg.Go(func() {
			op, err := eni.BlockingDeleter(d).Delete(b.Context(), deleteRequest)
			if err != nil || op.Outcome() != eni.OutcomeReleased && op.Outcome() != eni.OutcomeAbsent {
				b.Errorf("the other left after %s: want success, got %s, %v", after, op.Outcome(), err)
			}
		})
		wg.Wait()
		cancel()
		if _, exists := b.cloud.Get("eni-1"); exists {
			b.Errorf("the other left after %s: the interface should be deleted", after)
		}
	}
}
