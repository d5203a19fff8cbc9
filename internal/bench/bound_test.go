package bench

import (
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// boundFormula is printed above the figures that it explains.
const boundFormula = "bound = max(fewest changes ÷ quota, longest ENI's serial time for its fewest changes), for the addresses and again for the detaches"

// bound is the least that the rules allow.
type bound struct {
	changes   int // the fewest, detaches included
	addresses time.Duration
	detaches  time.Duration
}

func (b bound) whole() time.Duration { return b.addresses + b.detaches }

// lowerBound computes it by the formula.
func lowerBound(seed int64, quota int, size size) bound {
	each := (size.addresses + perChange - 1) / perChange
	return bound{
		changes:   size.interfaces*each + size.interfaces,
		addresses: slowest(seed, quota, size.interfaces, enitest.UnassignPrivateIps, each),
		detaches:  slowest(seed, quota, size.interfaces, enitest.Detach, 1),
	}
}

// slowest is the bound of one part: so many changes on each of the interfaces.
func slowest(seed int64, quota, interfaces int, action enitest.Action, each int) time.Duration {
	longest := time.Duration(interfaces*each) * time.Second / time.Duration(quota)
	for n := range interfaces {
		var serial time.Duration
		for ordinal := range each {
			serial += changeTime(seed, subject{action, interfaceID(n)}, ordinal)
		}
		longest = max(longest, serial)
	}
	return longest
}
