// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"maps"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
)

// Terms are a call's conditions on the interface. They belong to the call and not to
// its targets: calls with different terms share changes and doubts.
type Terms struct {
	// TrunkInterfaceID is the trunk that a member is detached from; empty for an
	// interface that is not a trunk member.
	TrunkInterfaceID string

	// KeepTags are tags that protect the interface from a call that deletes it.
	KeepTags map[string]string

	// RequireTags are tags without which the interface is protected too.
	RequireTags map[string]string
}

// violated returns why the terms of the claim's call forbid a change of the interface,
// or nil.
func (cl *Claim) violated(i *eni.Interface, v verdict) *eni.Error {
	terms := &cl.call.Terms
	if cl.Target.Action == Delete || cl.deletion() != nil {
		if e := protected(i, terms, v); e != nil {
			return e
		}
	}
	if cl.Target.Action == Detach && v == there && i.TrunkInterfaceID != "" && i.TrunkInterfaceID != terms.TrunkInterfaceID {
		return state("it is a member of the trunk %s, not of %q", i.TrunkInterfaceID, terms.TrunkInterfaceID)
	}
	return nil
}

// protected returns why an interface must be neither deleted nor detached for its
// deletion, or nil. An interface that is already being deleted is not protected.
func protected(i *eni.Interface, terms *Terms, v verdict) *eni.Error {
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
	if key, kept := i.Keeps(terms.KeepTags); kept {
		return state("it has the tag %q, which keeps it", key)
	}
	for _, key := range slices.Sorted(maps.Keys(terms.RequireTags)) {
		if _, has := i.Keeps(map[string]string{key: terms.RequireTags[key]}); !has {
			return state("it does not have the required tag %q", key)
		}
	}
	return nil
}

// violates reports whether the latest describe violates the terms of any queued claim.
// A claim that is newer than the describe is decided only by a later one.
func (l *Lane) violates(g *goal) bool {
	return g.target.Action.Whole() && slices.ContainsFunc(g.queued, func(cl *Claim) bool {
		return cl.violated(l.snapshot.shown, there) != nil
	})
}

// enforce decides the claims whose terms forbid a change and for which the latest
// describe is evidence.
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
