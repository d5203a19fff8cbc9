// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"slices"
	"time"
)

// size is how much there is to release.
type size struct {
	interfaces, addresses int // addresses per interface
	callers               int // per interface, in a queue
}

// each is the fewest changes of an interface.
func (s size) each() int { return (s.addresses + perChange - 1) / perChange }

// theStorm is the one that the figures are about.
var theStorm = size{interfaces: 100, addresses: 100, callers: 10}

// smallStorm is played where theStorm would take half an hour.
var smallStorm = size{interfaces: 20, addresses: 100, callers: 10}

// teacup is the smallest one.
var teacup = size{interfaces: 2, addresses: 12, callers: 2}

// The storms.
const (
	crowd        = "crowd"     // each address has a caller, and all call at once
	queue        = "queue"     // each caller releases its addresses one after another
	waitingQueue = "waiting"   // likewise, but waits for the effect before its next
	deadlines    = "deadlines" // a crowd in which one caller in ten has little time
	twoClients   = "clients"   // a crowd of two clients that know nothing of each other
	lateEffect   = "late"      // a waiting queue, and Alibaba Cloud answers before the effect
	nodeGone     = "node"      // the interfaces of a node are detached and deleted, all at once
)

// scenario is one storm, one cloud's rules and one client.
type scenario struct {
	vendor     vendor
	storm      string
	limit      limit
	configured bool // the client knows the quota
	client     string
	size       size
	seed       int64
	effect     time.Duration // how long after the answer a change takes effect; zero where the seed draws it
	usual      bool          // it is played where no flag chooses
}

func (s scenario) String() string {
	text := fmt.Sprintf("%s/%s/%s %s/%s/%d", s.vendor.name, s.storm, s.limit, rateText(s.configured), s.client, s.seed)
	if s.effect > 0 {
		text += "/" + s.effect.String()
	}
	return text
}

// scenarios lists what TestStorm can play, those first that take the longest.
func scenarios(seed int64, whole, small size) []scenario {
	var list []scenario
	add := func(s scenario) {
		s.seed, s.size = seed, whole
		if s.limit.quota == 60 || s.storm == lateEffect {
			s.size = small
		}
		for _, v := range vendors {
			s.vendor = v
			list = append(list, s)
		}
	}
	minute, second := []limit{perMinute(400, fullMinute), perMinute(400, drawn), perMinute(60, fullMinute), perMinute(60, drawn), ten}, fifty
	for _, client := range []string{"a", "b"} {
		for _, storm := range []string{crowd, queue} {
			// Where the ENIs bind, a client that does not know of the large quota
			// would keep to the vendor's documented rate, which is a tenth of it.
			add(scenario{client: client, storm: storm, limit: second, usual: true})
			add(scenario{client: client, storm: storm, limit: thousand, configured: true, usual: true})
		}
		add(scenario{client: client, storm: crowd, limit: minute[0], usual: true})
	}
	add(scenario{client: "a", storm: nodeGone, limit: second, configured: true, usual: true})
	for _, configured := range []bool{false, true} {
		add(scenario{client: "c", storm: nodeGone, limit: second, configured: configured, usual: true})
		for _, storm := range []string{crowd, queue, waitingQueue} {
			add(scenario{client: "c", storm: storm, limit: second, configured: configured, usual: storm != waitingQueue})
			for n, l := range minute {
				add(scenario{client: "c", storm: storm, limit: l, configured: configured, usual: storm == crowd && n == 0})
			}
		}
		add(scenario{client: "c", storm: deadlines, limit: ten, configured: configured})
		add(scenario{client: "c", storm: twoClients, limit: ten, configured: configured})
	}
	for _, l := range []limit{ten, fifty} {
		l.halves = true
		add(scenario{client: "c", storm: crowd, limit: l})
	}
	for _, storm := range []string{crowd, queue, waitingQueue} {
		add(scenario{client: "c", storm: storm, limit: thousand, configured: true, usual: true})
	}
	for _, effect := range []time.Duration{300 * time.Millisecond, 2 * time.Second, 5 * time.Second} {
		add(scenario{client: "c", storm: lateEffect, limit: thousand, configured: true, effect: effect})
	}
	return slices.DeleteFunc(list, func(s scenario) bool { return s.storm == lateEffect && s.vendor.tasks })
}

// wanted reports whether the flags choose the scenario.
func (s scenario) wanted() bool {
	chosen := s.usual || *onlyStorm == "all" || *onlyStorm == s.storm || *onlyQuota == s.limit.quota
	return chosen && (*onlyCloud == "" || *onlyCloud == s.vendor.name) &&
		(*onlyStorm == "" || *onlyStorm == "all" || *onlyStorm == s.storm) &&
		(*onlyClient == "" || *onlyClient == s.client) &&
		(*onlyQuota == 0 || *onlyQuota == s.limit.quota)
}
