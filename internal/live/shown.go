// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// shownAfter measures from the cloud's answer to the description that lacks the address.
func shownAfter(ctx context.Context, s *scene, on *actors) (string, error) {
	var lines []string
	for _, one := range []struct{ where, id string }{{"a free interface", on.free}, {"an attached interface", on.attached}} {
		if one.id == "" {
			continue
		}
		addresses, err := s.addresses(ctx, one.id, 1)
		if err != nil {
			return "", err
		}
		a, err := s.insist(ctx, func() answer { return s.api.unassign(ctx, one.id, addresses...) })
		switch {
		case err != nil:
			return "", err
		case !a.ok():
			lines = append(lines, "not met on "+one.where+": "+a.String())
			continue
		}
		took, err := s.measure(ctx, one.id, addresses[0], a.ended)
		if err != nil {
			return "", err
		}
		lines = append(lines, took+" on "+one.where)
	}
	return strings.Join(lines, ", "), nil
}

// measure says how long after the answer to its release an address was described. It asks
// the cloud itself, because the library spaces its descriptions.
func (s *scene) measure(ctx context.Context, id string, address netip.Addr, since time.Time) (string, error) {
	var a answer
	for deadline := time.Now().Add(s.patience); time.Now().Before(deadline); {
		a = s.api.describe(ctx, id)
		if a.ok() && slices.Contains(a.values("NetworkInterfaceId"), id) && !slices.Contains(a.values("PrivateIpAddress"), address.String()) {
			return seconds(a.began.Sub(since)), nil
		}
		if err := pause(ctx, lookEvery); err != nil {
			return "", err
		}
	}
	if !a.ok() {
		return "", skip("the interface cannot be described: %s", &a)
	}
	return fmt.Sprintf("more than %s", s.patience), nil
}

// seconds is a time as it was measured: to a quarter of a second.
func seconds(d time.Duration) string { return d.Round(lookEvery).String() }
