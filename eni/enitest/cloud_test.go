// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A test decides when a change takes effect, instead of waiting for it.
func TestComplete(t *testing.T) {
	address := netip.MustParseAddr("10.0.0.7")
	cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return 24 * time.Hour }}
	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateInUse, Addresses: []eni.Address{{Addr: address}}})
	cloud.Complete("eni-1") // nothing is in progress

	call := enitest.Call{Action: enitest.UnassignPrivateIps, RequestID: "1", InterfaceID: "eni-1", Addresses: []netip.Addr{address}}
	if refused := cloud.Change(call); refused != nil {
		t.Fatal(refused)
	}
	on := netip.PrefixFrom(address, 32)
	if !cloud.Has("eni-1", on) {
		t.Fatal("the change took effect before its time")
	}
	cloud.Complete("eni-1")
	if cloud.Has("eni-1", on) || len(cloud.History()) != 1 {
		t.Error("the change did not take effect")
	}
}

func TestARejectionIsOneLine(t *testing.T) {
	for id, want := range map[string]string{
		"eni-1":                "eni-1: conflict",
		"eni-1\nforged\x1b[2J": `"eni-1\nforged\x1b[2J": conflict`,
	} {
		if got := (&enitest.Rejection{Reason: enitest.Conflict, InterfaceID: id}).Error(); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
}
