// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Action is a kind of change. Its text is the Op of errors.
type Action string

// The actions.
const (
	UnassignPrivateIps Action = eni.OpUnassignPrivateIps
	UnassignIpv6       Action = eni.OpUnassignIpv6
	Detach             Action = eni.OpDetach
	Delete             Action = eni.OpDelete
)

// Actions lists the actions. Arrays with one element for each action use this order.
var Actions = [...]Action{UnassignPrivateIps, UnassignIpv6, Detach, Delete}

// index is the action's index in such an array.
func (a Action) index() int {
	switch a {
	case UnassignPrivateIps:
		return 0
	case UnassignIpv6:
		return 1
	case Detach:
		return 2
	default:
		return 3
	}
}

// Whole reports whether the action is about the whole interface and not about its
// addresses: its change has one target, and is sent only after a describe.
func (a Action) Whole() bool { return a == Detach || a == Delete }

// Target identifies a goal: equal targets on one interface are one goal.
type Target struct {
	Action     Action
	Prefix     netip.Prefix // an address at its full length, or a delegated prefix
	InstanceID string       // for Detach
}

// travelsWith reports whether one change can carry both targets: addresses with
// addresses, and prefixes with prefixes of the same length.
func (t Target) travelsWith(u Target) bool {
	return t.Action == u.Action && !t.Action.Whole() && t.Prefix.Bits() == u.Prefix.Bits()
}

// verdict is the state of a target in a describe.
type verdict uint8

const (
	there     verdict = iota // it is there and may be removed
	gone                     // the goal is reached
	never                    // it can never be removed: a primary address or interface
	elsewhere                // attached to another instance
	leaving                  // detaching from the instance of the call, or being deleted
	passing                  // in a transient state
	attached                 // for a deletion: not free
)

// judge returns the state of the target in a describe, with the reason if it is
// neither there, gone nor leaving.
func judge(t Target, s *snapshot) (verdict, *eni.Error) {
	switch t.Action {
	case Detach:
		return judgeAttachment(t, s.shown)
	case Delete:
		return judgeExistence(s.shown)
	case UnassignPrivateIps, UnassignIpv6:
	}
	primary, found := s.has(t.Prefix)
	switch {
	case !found:
		return gone, nil
	case primary:
		return never, invalid("%s is the primary address: it cannot be released", t.Prefix.Addr())
	default:
		return there, nil
	}
}

func judgeAttachment(t Target, i *eni.Interface) (verdict, *eni.Error) {
	switch {
	case i.Type == eni.TypePrimary:
		return never, invalid("it is the primary interface of %s: it cannot be detached", i.InstanceID)
	case i.InstanceID == "" && (i.State == eni.StateAvailable || i.State == eni.StateDeleting):
		return gone, nil
	case i.State == eni.StateDetaching && (i.InstanceID == t.InstanceID || i.InstanceID == ""):
		return leaving, nil
	case passes[i.State]:
		return passing, passed(i)
	case i.InstanceID != "" && i.InstanceID != t.InstanceID:
		return elsewhere, state("it is attached to %s, not to %s", i.InstanceID, t.InstanceID)
	default:
		return there, nil
	}
}

// judgeExistence is judge for a deletion. An attached interface is not refused here:
// the call may also have asked for its detach.
func judgeExistence(i *eni.Interface) (verdict, *eni.Error) {
	switch {
	case i.Type == eni.TypePrimary:
		return never, invalid("it is the primary interface of %s: it is deleted with its instance", i.InstanceID)
	case i.State == eni.StateDeleting:
		return leaving, nil
	case i.State == eni.StateAvailable && i.InstanceID == "":
		return there, nil
	case passes[i.State] && i.InstanceID == "":
		return passing, passed(i)
	case passes[i.State]:
		return attached, passed(i)
	default:
		return attached, state("it is %s on %s: it is deleted only when it is free", i.State, i.InstanceID)
	}
}

// passes has the transient states of an interface.
var passes = map[eni.InterfaceState]bool{
	eni.StateAttaching: true,
	eni.StateDetaching: true,
	"creating":         true,
	"pending":          true, // creating, on Tencent Cloud
	eni.StateDeleting:  true,
	"linking":          true,
	"unlinking":        true,
	"executing":        true,
}

// passed returns why an interface in a transient state cannot be changed yet.
func passed(i *eni.Interface) *eni.Error {
	on := ""
	if i.InstanceID != "" {
		on = " on " + i.InstanceID
	}
	return &eni.Error{Kind: eni.ErrConflict, Message: fmt.Sprintf("the interface is %s%s", i.State, on)}
}

func invalid(format string, args ...any) *eni.Error {
	return &eni.Error{Kind: eni.ErrInvalid, Message: fmt.Sprintf(format, args...)}
}

func state(format string, args ...any) *eni.Error {
	return &eni.Error{Kind: eni.ErrState, Message: fmt.Sprintf(format, args...)}
}

// snapshot is the interface in the latest describe: of two describes the one whose
// request began later.
type snapshot struct {
	event event         // the beginning of the request
	at    time.Duration // the time of that event
	shown *eni.Interface
	index map[netip.Addr]bool // address → primary; nil for few addresses
}

// indexed is the number of addresses from which a snapshot gets an index.
const indexed = 64

func newSnapshot(e event, at time.Duration, i *eni.Interface) snapshot {
	s := snapshot{event: e, at: at, shown: i}
	if len(i.Addresses) >= indexed {
		s.index = make(map[netip.Addr]bool, len(i.Addresses))
		for _, a := range i.Addresses {
			s.index[a.Addr] = a.Primary
		}
	}
	return s
}

// has reports whether the snapshot shows the address or prefix, and whether it is a
// primary address.
func (s *snapshot) has(p netip.Prefix) (primary, found bool) {
	switch {
	case !p.IsSingleIP():
		return false, slices.Contains(s.shown.Prefixes, p)
	case s.index != nil:
		primary, found = s.index[p.Addr()]
		return primary, found
	}
	for _, a := range s.shown.Addresses {
		if a.Addr == p.Addr() {
			return a.Primary, true
		}
	}
	return false, false
}
