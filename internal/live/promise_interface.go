// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
)

func unknown(ctx context.Context, s *scene, _ *actors) error {
	op, err := s.client.UnassignPrivateIps(ctx, eni.UnassignRequest{
		InterfaceID: unknownInterface, Addresses: []netip.Addr{unknownAddress},
	})
	if op.Outcome() == eni.OutcomeReleased { // the answer was lost: it may have been there
		return outcome(op, err, eni.OutcomeReleased, eni.ErrNotFound)
	}
	return outcome(op, err, eni.OutcomeAbsent, eni.ErrNotFound)
}

// outcome compares how a call ended.
func outcome(op *eni.Operation, err error, want eni.Outcome, kind eni.Kind) error {
	switch {
	case eni.KindOf(err) != kind:
		return fmt.Errorf("want %s, got: %w", kindName(kind), orNone(err))
	case op.Outcome() != want:
		return fmt.Errorf("the outcome is %s, want %s", op.Outcome(), want)
	}
	return nil
}

// silent fails where a call sends a request.
func silent(s *scene, call func() error) error {
	before := s.requests()
	if err := call(); err != nil {
		return err
	}
	if n := s.requests() - before; n > 0 {
		return fmt.Errorf("%d requests were sent", n)
	}
	return nil
}

func badRequest(ctx context.Context, s *scene, on *actors) error {
	return silent(s, func() error {
		for _, bad := range []eni.UnassignRequest{
			{InterfaceID: on.free},
			{InterfaceID: on.free, Addresses: []netip.Addr{netip.IPv6Loopback()}},
			{InterfaceID: "eni 1", Addresses: []netip.Addr{unknownAddress}},
		} {
			if _, err := s.client.UnassignPrivateIps(ctx, bad); !errors.Is(err, eni.ErrInvalid) {
				return fmt.Errorf("want %w, got: %w", eni.ErrInvalid, orNone(err))
			}
		}
		return nil
	})
}

func deadContext(ctx context.Context, s *scene, on *actors) error {
	dead, cancel := context.WithCancel(ctx)
	cancel()
	return silent(s, func() error {
		op, err := s.client.UnassignPrivateIps(dead, eni.UnassignRequest{
			InterfaceID: on.free, Addresses: []netip.Addr{unknownAddress},
		})
		switch {
		case !errors.Is(err, context.Canceled):
			return fmt.Errorf("want %w, got: %w", context.Canceled, orNone(err))
		case op.Outcome() != eni.OutcomeNotTried:
			return fmt.Errorf("the outcome is %s, want %s", op.Outcome(), eni.OutcomeNotTried)
		}
		return nil
	})
}

func listedByTag(ctx context.Context, s *scene, on *actors) error {
	var listed []string
	for i, err := range s.client.List(ctx, eni.Filter{SubnetID: s.subnet, Tags: map[string]string{tagKey: s.run}}) {
		if err != nil {
			return err
		}
		if mine(&i, s.run) { // somebody may have copied the tag
			listed = append(listed, i.ID)
		}
	}
	want := slices.DeleteFunc([]string{on.free, on.attached, on.second}, func(id string) bool { return id == "" })
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		return fmt.Errorf("%d interfaces are listed, want %d, each once", len(listed), len(want))
	}
	return nil
}

func elsewhere(ctx context.Context, s *scene, on *actors) error {
	if on.attached == "" {
		return skip("%s", on.noAttached)
	}
	other := unknownInstanceTencent
	if s.provider == aliyun.Provider {
		other = unknownInstanceAliyun
	}
	op, err := s.client.Detach(ctx, eni.DetachRequest{InterfaceID: on.attached, InstanceID: other})
	if err := outcome(op, err, eni.OutcomeRefused, eni.ErrState); err != nil {
		return err
	}
	i, err := s.look(ctx, on.attached)
	if err == nil && i.InstanceID != s.instance {
		return errors.New("the interface is not attached any more")
	}
	return err
}

func deleteAttached(ctx context.Context, s *scene, on *actors) error {
	if on.attached == "" {
		return skip("%s", on.noAttached)
	}
	op, err := s.client.Delete(ctx, eni.DeleteRequest{InterfaceID: on.attached})
	if err := outcome(op, err, eni.OutcomeRefused, eni.ErrState); err != nil {
		return err
	}
	i, err := s.look(ctx, on.attached)
	if err == nil && i.InstanceID != s.instance {
		return errors.New("the interface is not attached any more")
	}
	return err
}

func detached(ctx context.Context, s *scene, on *actors) error {
	if on.attached == "" {
		return skip("%s", on.noAttached)
	}
	if err := s.detach(ctx, on.attached, eni.OutcomeReleased); err != nil {
		return err
	}
	i, err := s.look(ctx, on.attached)
	if err == nil && !isFree(&i) {
		return fmt.Errorf("the interface is called detached, and is %s", i.State)
	}
	return err
}

func detachedAgain(ctx context.Context, s *scene, on *actors) error {
	if on.attached == "" {
		return skip("%s", on.noAttached)
	}
	if i, err := s.look(ctx, on.attached); err != nil {
		return err
	} else if !isFree(&i) {
		return skip("the interface was not detached")
	}
	return s.detach(ctx, on.attached, eni.OutcomeAbsent)
}

func (s *scene) detach(ctx context.Context, id string, want eni.Outcome) error {
	op, err := s.client.Detach(ctx, eni.DetachRequest{InterfaceID: id, InstanceID: s.instance})
	if err == nil {
		err = op.Wait(ctx)
	}
	return outcome(op, err, want, 0)
}

// detachedAndDeleted attaches the interface again, so that both steps have something to do.
func detachedAndDeleted(ctx context.Context, s *scene, on *actors) error {
	if on.attached == "" {
		return skip("%s", on.noAttached)
	}
	if err := s.attach(ctx, on.attached); err != nil {
		return err
	}
	op, err := eni.BlockingDeleter(s.client).Delete(ctx, eni.DeleteRequest{InterfaceID: on.attached, InstanceID: s.instance})
	if err := outcome(op, err, eni.OutcomeReleased, 0); err != nil {
		return err
	}
	i, err := s.look(ctx, on.attached)
	if err == nil && i.ID != "" {
		return fmt.Errorf("the interface is called deleted, and is %s", i.State)
	}
	return err
}

func deletedAgain(ctx context.Context, s *scene, on *actors) error {
	if on.attached == "" {
		return skip("%s", on.noAttached)
	}
	if i, err := s.look(ctx, on.attached); err != nil {
		return err
	} else if i.ID != "" {
		return skip("the interface was not deleted")
	}
	op, err := s.client.Delete(ctx, eni.DeleteRequest{InterfaceID: on.attached})
	return outcome(op, err, eni.OutcomeAbsent, eni.ErrNotFound)
}
