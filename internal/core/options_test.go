// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// By default a change is sent at most twelve times.
func TestTheDefaultNumberOfAttempts(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(time.Millisecond) }}})
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if n := sent(cloud, enitest.UnassignPrivateIps); !errors.Is(err, eni.ErrConflict) || n != 12 || op.Attempts() != 12 {
			t.Errorf("got %v after %d changes", err, n)
		}
	})
}

// The documented rate of a cloud applies, unless the user sets another one.
func TestTheRateThatACloudDocuments(t *testing.T) {
	for _, c := range []struct {
		set  float64
		want time.Duration
	}{{0, 6 * time.Second}, {1, 3 * time.Second}, {-1, 0}} {
		t.Run(fmt.Sprint(c.set), func(t *testing.T) {
			inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
				cloud := plainCloud(p)
				cloud.Rates.UnassignPrivateIps = 0.5
				client := core.New(cloud, &eni.Options{Rates: eni.Rates{UnassignPrivateIps: c.set}})
				began := time.Now()
				for _, a := range secondaries(4) {
					if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(began).Round(time.Second); took != c.want {
					t.Errorf("four releases took %s, want %s", took, c.want)
				}
			})
		})
	}
}
