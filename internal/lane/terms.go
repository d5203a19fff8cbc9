// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"

	"github.com/cloudeni/cloudeni/eni"
)

// Terms are what a call says about the interface beside what should go. They belong
// to the call and not to its targets: calls with other terms want the same change,
// and its doubt concerns them all.
type Terms struct {
	// TrunkInterfaceID is the trunk that a member is detached from.
	TrunkInterfaceID string

	// KeepTags protect the interface from a call that deletes it.
	KeepTags map[string]string
}

// violated is why the terms of the claim's call forbid a change to the interface as
// it is shown, or nil.
func (cl *Claim) violated(i *eni.Interface, v verdict) *eni.Error {
	terms := &cl.call.Terms
	if cl.Target.Action == Delete || cl.deletion() != nil {
		if e := protected(i, terms.KeepTags, v); e != nil {
			return e
		}
	}
	if cl.Target.Action == Detach && v == there && i.TrunkInterfaceID != "" && i.TrunkInterfaceID != terms.TrunkInterfaceID {
		return state("it is a member of the trunk %s, not of %q", i.TrunkInterfaceID, terms.TrunkInterfaceID)
	}
	return nil
}

// protected is why an interface is neither deleted nor detached for that, or nil.
// One that somebody else deletes is not protected from anything any more.
func protected(i *eni.Interface, keep map[string]string, v verdict) *eni.Error {
	switch v {
	case there, passing, attached:
	case leaving:
		if i.State == eni.StateDeleting {
			return nil
		}
	case gone, never, elsewhere:
		return nil
	}
	if i.Manager != "" {
		return state("it is managed by %q", i.Manager)
	}
	if key, kept := i.Keeps(keep); kept {
		return state("it has the tag %q, which keeps it", key)
	}
	return nil
}

// violates reports whether the latest description shows what the terms forbid of
// anybody who wants the goal. Who called since has to be told by a later one.
func (l *Lane) violates(g *goal) bool {
	return g.target.Action.Whole() && slices.ContainsFunc(g.queued, func(cl *Claim) bool {
		return cl.violated(l.snapshot.shown, there) != nil
	})
}

// enforce decides the claims of a goal whose terms forbid a change, of those that
// the latest description tells something.
func (l *Lane) enforce(g *goal, v verdict) {
	if !g.target.Action.Whole() {
		return
	}
	for n := len(g.queued) - 1; n >= 0; n = min(n, len(g.queued)) - 1 {
		cl := g.queued[n]
		if !cl.precedes(l.snapshot.event) {
			continue
		}
		if e := cl.violated(l.snapshot.shown, v); e != nil {
			l.unqueue(cl)
			cl.decide(l.failedOutcome(cl), e)
		}
	}
	if !g.wanted() {
		l.forget(g, l.now)
	}
}
