// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestAFailedDescriptionIsRetried(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true, After: true})
		cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.Throttled}, enitest.Fault{Reset: true})
		client := core.New(plainCloud(p), nil)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 || op.Attempts() != 1 {
			t.Errorf("the change had been done: want one, got %d", got)
		}
	})
}
