// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func describes(b *bench) {
	describer, ok := b.client(eni.Options{}).(eni.Describer)
	if !ok {
		return // Describer is optional
	}
	for n := range 230 {
		b.cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-free-%d", n), Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1"})
	}
	ids := []string{"eni-1", "eni-none", "eni-1"}
	for n := range 230 {
		ids = append(ids, fmt.Sprintf("eni-free-%d", n))
	}
	found, err := describer.Describe(b.Context(), ids...)
	b.ok(err)
	if len(found) != 231 {
		b.Fatalf("want 231 interfaces, got %d", len(found))
	}
	at := slices.IndexFunc(found, func(i eni.Interface) bool { return i.ID == "eni-1" })
	got, want := found[at], attached("i-1")
	if got.State != want.State || got.Type != want.Type || got.InstanceID != want.InstanceID || got.VPCID != want.VPCID {
		b.Errorf("want %+v, got %+v", want, got)
	}
	for _, a := range want.Addresses {
		if !slices.Contains(got.Addresses, a) {
			b.Errorf("address %+v is missing in %+v", a, got.Addresses)
		}
	}
}

// describeEnds checks the error of a throttled Describe whose context ends.
func describeEnds(b *bench) {
	describer, ok := b.client(eni.Options{}).(eni.Describer)
	if !ok {
		return
	}
	b.always(Describe, Fault{Reason: Throttled})
	ctx, cancel := context.WithTimeout(b.Context(), 7*time.Second)
	defer cancel()
	start := time.Now()
	_, err := describer.Describe(ctx, "eni-1")
	b.is(err, context.DeadlineExceeded, eni.ErrThrottled)
	if took := time.Since(start); took != 7*time.Second {
		b.Errorf("the deadline was 7s away, took %s", took)
	}
	for _, e := range b.reasons(err, "") {
		if e.Code == "" {
			b.Errorf("the error should have the cloud's last code, got: %v", err)
		}
	}
	if !eni.IsRetryable(err) {
		b.Errorf("the error should be retryable, got: %v", err)
	}
}

func describeDeadContext(b *bench) {
	describer, ok := b.client(eni.Options{}).(eni.Describer)
	if !ok {
		return
	}
	b.neverBegins(func(ctx context.Context) error {
		_, err := describer.Describe(ctx, "eni-1")
		return err
	})
}
