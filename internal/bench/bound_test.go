// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// boundFormula is printed above the figures that it explains.
const boundFormula = "bound = max(fewest changes ÷ quota, longest ENI's serial time for its fewest changes), for the addresses and again for the detaches; of windows of a minute it counts whole ones"

// bound is the least that the rules allow.
type bound struct {
	changes   int // the fewest, detaches and deletions included
	addresses time.Duration
	detaches  time.Duration // of a node's interfaces, the deletions too
}

func (b bound) whole() time.Duration { return b.addresses + b.detaches }

// lowerBound computes it by the formula. Where each caller waits for the effect
// before its next address, a describe belongs to each round.
func lowerBound(s scenario) bound {
	if s.storm == nodeGone {
		return bound{changes: 2 * s.size.interfaces, detaches: leastNode(s)}
	}
	var round time.Duration
	if s.storm == waitingQueue {
		round = 2 * oneWay
	}
	return bound{
		changes:   s.size.interfaces*s.size.each() + s.size.interfaces,
		addresses: s.limit.least(s.seed, s.size.interfaces, enitest.UnassignPrivateIps, s.size.each(), round),
		detaches:  limit{quota: s.limit.quota, window: s.limit.window}.least(s.seed, s.size.interfaces, enitest.Detach, 1, 0),
	}
}
