// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// figures are the results of one scenario. Times are in seconds of virtual time, except
// Real. The numbers of changes and answers include the detaches.
type figures struct {
	Cloud      string `json:"cloud"`
	Storm      string `json:"storm"`
	Quota      int    `json:"quota"`           // a second, or in each window
	WindowS    int    `json:"window_s"`        // 60, or 0 where the quota is a second's
	Burst      int    `json:"burst"`           // the depth of the bucket; 0 with windows
	Phase      phase  `json:"phase,omitempty"` // when windows begin: minute or drawn
	Halves     bool   `json:"halves,omitempty"`
	Configured bool   `json:"configured"` // the client knows the quota
	Client     string `json:"client"`
	Seed       int64  `json:"seed"`

	// EffectS is how long after the answer every change completes, in the storm late.
	EffectS float64 `json:"effect_s,omitempty"`
	// LeastShare is the released part of the slower of two clients when the other one had
	// finished.
	LeastShare float64 `json:"least_share,omitempty"`

	Makespan  float64 `json:"makespan_s"` // Addresses and Detaches together
	Addresses float64 `json:"addresses_s"`
	Detaches  float64 `json:"detaches_s"`

	Bound          float64 `json:"bound_s"` // BoundAddresses and BoundDetaches together
	BoundAddresses float64 `json:"bound_addresses_s"`
	BoundDetaches  float64 `json:"bound_detaches_s"`

	Changes   int `json:"changes"` // sent, whatever the answer
	Fewest    int `json:"fewest"`
	Accepted  int `json:"accepted"`
	Conflicts int `json:"conflicts"`
	Throttles int `json:"throttles"`
	Lost      int `json:"lost"`
	Refused   int `json:"refused"`

	// ConflictsOfCall is the most conflicts that a single call of client c met.
	ConflictsOfCall int `json:"conflicts_of_call,omitempty"`

	Describes        int     `json:"describes"`
	Tasks            int     `json:"tasks"`
	ThrottledQueries int     `json:"throttled_queries"`    // of both
	PerDetach        float64 `json:"describes_per_detach"` // Describes of the detaches, and of the deletions

	P50    float64 `json:"p50_s"` // of the wait for an address
	P99    float64 `json:"p99_s"`
	GaveUp int     `json:"gave_up"` // callers

	Real float64 `json:"real_s"` // what it took to simulate

	limit            limit
	changes, queries timeline
}

// leastShare returns 0 for a single client.
func (s *storm) leastShare() float64 {
	if s.clients() == 1 {
		return 0
	}
	return s.shares.least
}

// figures returns the results after the last detach is complete.
func (s *storm) figures(released time.Time, described int) figures {
	now, l := time.Now(), s.ledger
	b := lowerBound(s.scenario)
	slices.Sort(s.waits)
	return figures{
		Cloud: s.vendor.name, Storm: s.storm, Quota: s.limit.quota, Configured: s.configured, Client: s.client, Seed: s.seed,
		WindowS: int(s.limit.window.Seconds()), Burst: s.limit.burst, Phase: s.limit.phase, Halves: s.limit.halves,
		EffectS: s.effect.Seconds(), LeastShare: s.leastShare(), limit: s.limit,
		Makespan:  now.Sub(l.began).Seconds(),
		Addresses: released.Sub(l.began).Seconds(),
		Detaches:  now.Sub(released).Seconds(),

		Bound: b.whole().Seconds(), BoundAddresses: b.addresses.Seconds(), BoundDetaches: b.detaches.Seconds(),

		Changes: l.sent(enitest.UnassignPrivateIps) + l.sent(enitest.Detach) + l.sent(enitest.Delete),
		Fewest:  b.changes,

		Accepted:  l.changed(accepted),
		Conflicts: l.changed(conflict),
		Throttles: l.changed(throttled),
		Lost:      l.changed(lost),
		Refused:   l.changed(refused),

		ConflictsOfCall: s.mostConflicts,

		Describes:        l.sent(enitest.Describe),
		Tasks:            l.sent(enitest.DescribeTask),
		ThrottledQueries: l.counts[enitest.Describe][throttled] + l.counts[enitest.DescribeTask][throttled],
		PerDetach:        float64(l.sent(enitest.Describe)-described) / float64(s.size.interfaces),

		P50: quantile(s.waits, 0.50), P99: quantile(s.waits, 0.99),
		GaveUp: s.gaveUp,

		changes: l.changes, queries: l.queries,
	}
}

// quantile is the smallest of the sorted waits that a share q does not exceed.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Seconds()
}

// inOrder sorts figures. It duplicates those of clients that cannot be configured, so that
// each set of rules has all three clients.
func inOrder(all []figures) []figures {
	for _, f := range all {
		if f.Client != "c" && !f.Configured {
			f.Configured = true
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(x, y figures) int {
		return cmp.Or(
			strings.Compare(x.Cloud, y.Cloud),
			strings.Compare(x.Storm, y.Storm),
			strings.Compare(x.limit.String(), y.limit.String()),
			cmp.Compare(x.EffectS, y.EffectS),
			strings.Compare(rateText(x.Configured), rateText(y.Configured)), // configured comes first
			strings.Compare(x.Client, y.Client),
			cmp.Compare(x.Seed, y.Seed),
		)
	})
	return all
}

func writeJSON(t *testing.T, file string, all []figures) {
	t.Helper()
	text, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = os.WriteFile(file, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}
