// SPDX-License-Identifier: Apache-2.0

//go:build !race

package e2e_test

import (
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Not under the race detector, which crashes now and then in a bubble of
// testing/synctest with very many timers (Go 1.26).

// Many waiters share the 20 task queries a second that the vendor documents.
func TestTaskQueriesKeepToTheirRate(t *testing.T) {
	tencentCloud(t, 60, func(t *testing.T, cloud *enitest.Cloud, client eni.Client) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Minute }
		var wg sync.WaitGroup
		for k := range 60 {
			wg.Go(func() {
				if _, err := eni.Blocking(client).UnassignPrivateIps(t.Context(), release(k, v4(0))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		queries := cloud.Calls(enitest.DescribeTask)
		if len(queries) < 60 {
			t.Fatalf("want every task asked for, got %d queries", len(queries))
		}
		for n := 20; n < len(queries); n++ {
			if gap := queries[n].Time.Sub(queries[n-20].Time); gap < time.Second {
				t.Fatalf("21 queries within %s", gap)
			}
		}
	})
}
