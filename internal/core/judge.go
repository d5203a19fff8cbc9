package core

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// verdict is what a look says of a wish.
type verdict int

const (
	open    verdict = iota // it is there, and may be taken off
	gone                   // it is so already
	never                  // it can never be taken off as it was asked for
	passing                // it is in a state that passes by itself
)

// passes reports whether a state passes by itself. The last three are the clouds'
// own words.
func passes(s eni.InterfaceState) bool {
	switch s {
	case eni.StateAttaching, eni.StateDetaching, "creating", "pending", "deleting":
		return true
	default:
		return false
	}
}

// conflict is the error for what passes by itself.
func conflict(i *eni.Interface) *eni.Error {
	e := &eni.Error{Kind: eni.ErrConflict, Message: "the interface is " + string(i.State)}
	if i.InstanceID != "" {
		e.Message += ", and attached to " + i.InstanceID
	}
	return e
}

// judge says what the interface, as it is, means for the target, and why not.
func judge(t target, i *eni.Interface) (verdict, *eni.Error) {
	if t.action == Detach {
		return judgeDetach(t, i)
	}
	if !t.prefix.IsSingleIP() {
		if slices.Contains(i.Prefixes, t.prefix) {
			return open, nil
		}
		return gone, nil
	}
	for _, a := range i.Addresses {
		if a.Addr != t.prefix.Addr() {
			continue
		}
		if a.Primary {
			return never, refuse("%s is the primary address: it leaves only with its interface", a.Addr)
		}
		return open, nil
	}
	return gone, nil
}

func judgeDetach(t target, i *eni.Interface) (verdict, *eni.Error) {
	switch {
	case i.Type == eni.TypePrimary:
		return never, refuse("it is the primary interface of %s: it cannot be detached", i.InstanceID)
	case i.InstanceID == "" && i.State == eni.StateAvailable:
		return gone, nil
	case passes(i.State) && (i.State != eni.StateDetaching || i.InstanceID != "" && i.InstanceID != t.instance):
		return passing, conflict(i)
	case i.InstanceID != "" && i.InstanceID != t.instance:
		return never, &eni.Error{
			Kind:    eni.ErrState,
			Message: fmt.Sprintf("it is attached to %s, not to %s", i.InstanceID, t.instance),
		}
	case i.TrunkInterfaceID != "" && i.TrunkInterfaceID != t.trunk:
		return never, &eni.Error{
			Kind:    eni.ErrState,
			Message: fmt.Sprintf("it is a member of the trunk %s, not of %q", i.TrunkInterfaceID, t.trunk),
		}
	}
	return open, nil
}

// leftBy says whether a refused change took off an address that is no longer
// there. Whether a refused batch releases its good part is not documented: when
// all that could be released is gone, it may have been this change. What was there
// before the batch tells, or else the cloud's words where they name the bad ones.
func leftBy(w *wish, f *flight, e *eni.Error, before snapshot, allGone bool) eni.Outcome {
	switch {
	case w.gone() == eni.OutcomeReleased:
		return eni.OutcomeReleased
	case !allGone || f.change.Action == Detach:
		return eni.OutcomeAbsent
	case before.there != nil && before.there[w.target.prefix]:
		return eni.OutcomeReleased
	case before.there != nil:
		return eni.OutcomeAbsent
	}
	named := func(w *wish) bool { return names(e.Message, w.target.prefix) }
	if slices.ContainsFunc(f.wishes, named) && !named(w) {
		return eni.OutcomeReleased
	}
	return eni.OutcomeAbsent
}

// names reports whether a message names the address or prefix.
func names(message string, p netip.Prefix) bool {
	word := p.String()
	if p.IsSingleIP() {
		word = p.Addr().String()
	}
	parts := strings.FieldsFunc(message, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefABCDEF.:/", r)
	})
	return slices.ContainsFunc(parts, func(s string) bool {
		return strings.EqualFold(strings.TrimRight(s, ".:/"), word)
	})
}
