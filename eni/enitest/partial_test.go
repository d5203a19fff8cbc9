// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A batch that meets the fault is carried out in part; the next one is not.
func TestPartialFault(t *testing.T) {
	s := serve(t, new(enitest.Cloud))
	s.Inject(enitest.UnassignPrivateIps, enitest.Fault{Partial: true})
	if answer, err := s.ask(enitest.UnassignPrivateIps, address(3), address(99)); err != nil || answer != "not_assigned" {
		t.Errorf("%q, %v", answer, err)
	}
	if s.Has("eni-1", on(3)) {
		t.Error("the good address is still there")
	}
	if answer, err := s.ask(enitest.UnassignPrivateIps, address(2), address(99)); err != nil || answer != "not_assigned" {
		t.Errorf("%q, %v", answer, err)
	}
	if !s.Has("eni-1", on(2)) {
		t.Error("a batch without the fault was carried out in part")
	}
}
