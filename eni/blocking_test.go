// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"context"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

// changer is a client without Describe.
type changer struct{ eni.Client }

// describer also has Describe, which returns one interface for each id.
type describer struct{ changer }

func (describer) Describe(_ context.Context, ids ...string) (found []eni.Interface, err error) {
	for _, id := range ids {
		found = append(found, eni.Interface{ID: id})
	}
	return found, nil
}

func TestBlockingKeepsWhatTheClientImplements(t *testing.T) {
	if c, ok := eni.Blocking(changer{}).(eni.Describer); ok {
		t.Errorf("%T describes, and its client does not", c)
	}
	inner := new(describer)
	blocking := eni.Blocking(inner)
	d, ok := blocking.(eni.Describer)
	if !ok {
		t.Fatalf("%T does not describe", blocking)
	}
	if found, err := d.Describe(t.Context(), "eni-1"); err != nil || len(found) != 1 || found[0].ID != "eni-1" {
		t.Errorf("got %v, %v", found, err)
	}
	if u, ok := blocking.(interface{ Unwrap() eni.Client }); !ok || u.Unwrap() != eni.Client(inner) {
		t.Error("the client itself is not to be had")
	}
}
