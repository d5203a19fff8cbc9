// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
)

// question is one that the vendors' pages leave open. The answer is one line.
type question struct {
	name string
	ask  func(context.Context, *scene, *actors) (string, error)
}

// questions are asked in this order: the one about the quota comes last, because it
// disturbs those behind it.
var questions = []question{
	{"a refused batch releases its good part", refusedBatch},
	{"the code for an address that is gone already", goneCode},
	{"the code for a primary address", primaryCode},
	{"an accepted release shows after", shownAfter},
	{"addresses in one call", addressesPerCall},
	{"a missing id in a description", missingID},
	{"a conflict", conflict},
	{"a detach of an interface that is being detached", detachDetaching},
	{"a detach of a free interface", detachFree},
	{"the quota", quota},
	{"the unit of the retry hint", retryHint},
}

// notMet begins the answer to a question that the cloud did not answer here.
func notMet(format string, args ...any) (string, error) {
	return "not met: " + fmt.Sprintf(format, args...), nil
}

// refusedBatch sends good addresses and one that is gone, in both orders. That one is of
// the interface's own, because an address outside of the subnet may have another answer.
func refusedBatch(ctx context.Context, s *scene, on *actors) (string, error) {
	code := ""
	for _, last := range []bool{true, false} {
		good, err := s.addresses(ctx, on.free, 3)
		if err != nil {
			return "", err
		}
		stale := good[0]
		good = good[1:]
		if why, err := s.release(ctx, on.free, stale); why != "" || err != nil {
			return why, err
		}
		batch := append(slices.Clone(good), stale)
		if !last {
			batch = append([]netip.Addr{stale}, good...)
		}
		a, err := s.insist(ctx, func() answer { return s.api.unassign(ctx, on.free, batch...) })
		if err != nil {
			return "", err
		}
		if a.ok() {
			_, err := s.await(ctx, on.free, missing(good...))
			if err != nil {
				return "", err
			}
			return notMet("the cloud accepted a batch with an address that is gone, and released the rest")
		}
		code = a.code
		i, err := s.await(ctx, on.free, missing(good...))
		switch {
		case err == nil:
			return "yes, refused with " + code, nil
		case !isLate(err):
			return "", err
		case !has(&i, good[0]) || !has(&i, good[1]):
			return "yes, those before the bad one, refused with " + code, nil
		}
	}
	return fmt.Sprintf("no, none of it within %s, refused with %s", s.patience, code), nil
}

// release releases an address and sees it gone. Otherwise it returns the answer to a
// question that needs an address that is gone.
func (s *scene) release(ctx context.Context, id string, address netip.Addr) (why string, err error) {
	a, err := s.insist(ctx, func() answer { return s.api.unassign(ctx, id, address) })
	switch {
	case err != nil:
		return "", err
	case !a.ok():
		return notMet("the release of an address is refused with %s", &a)
	}
	if _, err = s.await(ctx, id, missing(address)); isLate(err) {
		return notMet("a released address still shows after %s", s.patience)
	}
	return "", err
}

// goneCode releases an address, and once more when it is seen gone.
func goneCode(ctx context.Context, s *scene, on *actors) (string, error) {
	addresses, err := s.addresses(ctx, on.free, 1)
	if err != nil {
		return "", err
	}
	if why, err := s.release(ctx, on.free, addresses[0]); why != "" || err != nil {
		return why, err
	}
	a, err := s.insist(ctx, func() answer { return s.api.unassign(ctx, on.free, addresses...) })
	switch {
	case err != nil:
		return "", err
	case a.ok():
		return "none, the call is accepted", nil
	}
	return a.String(), nil
}

func primaryCode(ctx context.Context, s *scene, on *actors) (string, error) {
	primary, err := s.primary(ctx, on.free)
	if err != nil {
		return "", err
	}
	a, err := s.insist(ctx, func() answer { return s.api.unassign(ctx, on.free, primary) })
	if err != nil {
		return "", err
	}
	if a.ok() {
		return "none, the call is accepted", nil
	}
	return a.String(), nil
}

// Between the number that both clouds document and the most that is tried.
const (
	documentedAddresses = 10
	mostAddresses       = 64
)

// addressesPerCall asks for addresses that are not there: how many a request may name is
// checked before what they are.
func addressesPerCall(ctx context.Context, s *scene, on *actors) (string, error) {
	stale, err := s.stale(ctx, on.free, mostAddresses)
	if err != nil {
		return "", err
	}
	try := func(n int) (answer, error) {
		return s.insist(ctx, func() answer { return s.api.unassign(ctx, on.free, stale[:n]...) })
	}
	reference, err := try(documentedAddresses)
	low, high, refused := documentedAddresses, mostAddresses+1, ""
	probe := func(n int) {
		var a answer
		if err != nil || n <= low || n >= high {
			return
		}
		if a, err = try(n); a.err == nil && a.code == reference.code {
			low = n
		} else {
			high, refused = n, a.String()
		}
	}
	probe(documentedAddresses + 1)
	probe(mostAddresses)
	for err == nil && refused != "" && high-low > 1 {
		probe((low + high) / 2)
	}
	if err != nil {
		return "", err
	}
	if refused == "" {
		return fmt.Sprintf("%d or more: %d are not refused for their number", low, low), nil
	}
	return fmt.Sprintf("%d, and %d are refused with %s", low, high, refused), nil
}

// missingID describes an interface that exists beside one that does not.
func missingID(ctx context.Context, s *scene, on *actors) (string, error) {
	a, err := s.insist(ctx, func() answer { return s.api.describe(ctx, on.free, unknownInterface) })
	switch {
	case err != nil:
		return "", err
	case !a.ok():
		return "fails the whole description with " + a.String(), nil
	case slices.Contains(a.values("NetworkInterfaceId"), on.free):
		return "is left out, the others are described", nil
	}
	return "is left out, and so are the others", nil
}

// detachDetaching sends a detach twice in a row.
func detachDetaching(ctx context.Context, s *scene, on *actors) (string, error) {
	if on.attached == "" {
		return notMet("%s", on.noAttached)
	}
	first, err := s.insist(ctx, func() answer { return s.api.detach(ctx, on.attached, s.instance) })
	switch {
	case err != nil:
		return "", err
	case !first.ok():
		return notMet("the first detach is refused with %s", &first)
	}
	again, err := s.undisturbed(ctx, func() answer { return s.api.detach(ctx, on.attached, s.instance) })
	if err != nil {
		return "", err
	}
	i, err := s.look(ctx, on.attached)
	if err != nil {
		return "", err
	}
	_, err = s.await(ctx, on.attached, isFree)
	switch {
	case err != nil:
		return "", err
	case again.err != nil:
		return "", errLost
	case i.InstanceID == "" && i.State == eni.StateAvailable:
		return notMet("the interface was free at once, and the repeat was answered with %s", &again)
	case again.ok():
		return "is accepted", nil
	}
	return "is refused with " + again.String(), nil
}

// detachFree needs the interface that the question before has detached, or any free one.
func detachFree(ctx context.Context, s *scene, on *actors) (string, error) {
	id := on.attached
	if id == "" {
		id = on.free
	}
	i, err := s.look(ctx, id)
	switch {
	case err != nil:
		return "", err
	case !isFree(&i):
		return "", errors.New("the interface is not free")
	}
	a, err := s.undisturbed(ctx, func() answer { return s.api.detach(ctx, id, s.instance) })
	switch {
	case err != nil:
		return "", err
	case a.ok():
		return "is accepted", nil
	case a.err != nil:
		return "", errLost
	}
	return "is refused with " + a.String(), nil
}
