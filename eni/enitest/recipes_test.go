// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

var clouds = map[string]enitest.NewClient{
	aliyun.Provider:        aliyuntest.NewClient,
	tencent.Provider:       tencenttest.NewClient,
	tencent.ProviderLegacy: tencenttest.NewLegacyClient,
}

// Each recipe leaves its traces on every cloud: what reached it, and what it did.
func TestRecipes(t *testing.T) {
	asked := netip.MustParseAddr("10.0.0.2")
	for name, want := range map[string]struct {
		recipe         func(*enitest.Cloud)
		sent, released int
		outcome        eni.Outcome
	}{
		"a lost answer":   {enitest.LostAnswer(enitest.UnassignPrivateIps), 1, 1, eni.OutcomeReleased},
		"a lost request":  {enitest.LostRequest(enitest.UnassignPrivateIps), 2, 1, eni.OutcomeReleased},
		"a stale address": {enitest.StaleAddress("eni-1", asked), 1, 0, eni.OutcomeAbsent},
	} {
		t.Run(name, func(t *testing.T) {
			ran := 0
			enitest.ForEachCloud(t, clouds, func(t *testing.T, cloud *enitest.Cloud, client eni.Client) {
				ran++
				cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1", Addresses: []eni.Address{{Addr: asked}}})
				want.recipe(cloud)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				op, err := eni.Blocking(client).UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: "eni-1", Addresses: []netip.Addr{asked}})
				if err != nil || op.Outcome() != want.outcome {
					t.Errorf("%v, error: %v", op.Results(), err)
				}
				if sent, released := len(cloud.Calls(enitest.UnassignPrivateIps)), len(cloud.History()); sent != want.sent || released != want.released {
					t.Errorf("%d changes were sent and %d made, want %d and %d", sent, released, want.sent, want.released)
				}
			})
			if ran != len(clouds) {
				t.Errorf("it ran on %d clouds of %d", ran, len(clouds))
			}
		})
	}
}
