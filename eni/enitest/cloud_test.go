package enitest_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A test decides when a change takes effect, instead of waiting for it.
func TestFinish(t *testing.T) {
	address := netip.MustParseAddr("10.0.0.7")
	cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return 24 * time.Hour }}
	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateInUse, Addresses: []eni.Address{{Addr: address}}})
	cloud.Complete("eni-1") // nothing is under way

	call := enitest.Call{Action: enitest.UnassignPrivateIps, RequestID: "1", InterfaceID: "eni-1", Addresses: []netip.Addr{address}}
	if _, refused := cloud.Change(call, nil); refused != nil {
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
