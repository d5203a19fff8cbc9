// SPDX-License-Identifier: Apache-2.0

package aliyun_test

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// An id with a line break or an escape is quoted in the error text, and nothing is
// sent.
func TestIDsAreQuoted(t *testing.T) {
	const odd = "eni-1\n\x1b[31m"
	cloud := new(enitest.Cloud)
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
	if err != nil {
		t.Fatal(err)
	}
	addresses := []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	for name, call := range map[string]func() error{
		"UnassignPrivateIps": func() error {
			_, err := client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: odd, Addresses: addresses})
			return err
		},
		"Detach": func() error {
			_, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: odd, InstanceID: "i-1"})
			return err
		},
		"the instance of Detach": func() error {
			_, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: odd})
			return err
		},
		"Describe": func() error {
			_, err := client.Describe(t.Context(), odd)
			return err
		},
		"the region": func() error {
			_, err := aliyun.New(aliyun.Config{Region: odd}, nil)
			return err
		},
	} {
		err := call()
		if err == nil || strings.ContainsAny(err.Error(), "\n\x1b") || !strings.Contains(err.Error(), strconv.Quote(odd)) {
			t.Errorf("%s: want an error with the id quoted, got: %v", name, err)
		}
		var e *eni.Error
		if errors.As(err, &e) && e.Provider != aliyun.Provider {
			t.Errorf("%s: the provider is %q", name, e.Provider)
		}
	}
	if calls := cloud.Calls(); len(calls) > 0 {
		t.Errorf("sent: %v", calls)
	}
}

// Prefixes are released and members of a trunk are detached.
func TestPrefixesAndMembers(t *testing.T) {
	prefix := netip.MustParsePrefix("10.1.0.0/28")
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeMember, State: eni.StateInUse, InstanceID: "i-1", TrunkInterfaceID: "eni-2", Prefixes: []netip.Prefix{prefix},
	})
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
	if err != nil {
		t.Fatal(err)
	}
	op, err := client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{prefix}})
	if err != nil || op.Outcome() != eni.OutcomeAccepted {
		t.Errorf("%v, %v", op.Results(), err)
	}
	op, err = client.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1", TrunkInterfaceID: "eni-2"})
	if err != nil || op.Outcome() != eni.OutcomeAccepted {
		t.Errorf("%v, %v", op.Outcome(), err)
	}
}
