// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// faults has the current rules, in the order of their addition. It is safe for
// concurrent use.
type faults struct {
	completeAfter time.Duration // of a change without a rule

	mu    sync.Mutex
	seed  uint64
	last  uint64 // id
	rules []*Fault
	took  map[string][]string // the faults of a request, until its response is logged
}

// begin replaces all rules. The texts are known to be valid.
func (f *faults) begin(seed uint64, rules []*Fault) {
	f.mu.Lock()
	f.seed, f.last, f.rules = seed, 0, nil
	f.mu.Unlock()
	f.add(rules...)
}

// add adds rules after the others. Each rule has its own random numbers, so another rule
// does not change the effect of the earlier ones.
func (f *faults) add(rules ...*Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range rules {
		f.last++
		one := *r
		one.id, one.chance = f.last, rand.New(rand.NewPCG(f.seed, f.last))
		f.rules = append(f.rules, &one)
	}
}

// remove removes a rule, and reports whether there was one.
func (f *faults) remove(id uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.rules)
	f.rules = slices.DeleteFunc(f.rules, func(r *Fault) bool { return r.id == id })
	return len(f.rules) < before
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// FaultState is a rule in the format of the control endpoint.
type FaultState struct {
	ID    uint64 `json:"id"`
	Fault string `json:"fault"`
	Met   int    `json:"met"`            // requests
	Left  *int   `json:"left,omitempty"` // remaining requests; missing means no limit
}

func (f *faults) list() []FaultState {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := []FaultState{}
	for _, r := range f.rules {
		s := FaultState{ID: r.id, Fault: r.text, Met: r.met}
		if r.left != unlimited {
			left := r.left
			s.Left = &left
		}
		all = append(all, s)
	}
	return all
}

// meet returns the combined faults of a call. It is the Control of an enitest.Cloud,
// with a provider.
func (f *faults) meet(provider string, call enitest.Call) *enitest.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := new(enitest.Fault)
	answered := false
	for _, r := range f.rules {
		if r.kind.apply == nil || r.kind.answer && answered || !f.draw(r, provider, call) {
			continue
		}
		r.kind.apply(fault, r)
		answered = answered || r.kind.answer
	}
	return fault
}

// completes is the CompletesAfter of an enitest.Cloud, with a provider.
func (f *faults) completes(provider string, call enitest.Call) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rules {
		if r.kind.apply == nil && f.draw(r, provider, call) {
			return r.duration
		}
	}
	return f.completeAfter
}

// ownRequest is the request id of the fake's own calls: no fault applies to them.
const ownRequest = "enictl fake"

// draw decides whether a rule applies to a call. The faults are locked.
func (f *faults) draw(r *Fault, provider string, call enitest.Call) bool {
	switch {
	case r.left == 0, call.RequestID == ownRequest:
		return false
	case r.provider != "" && r.provider != provider, r.eni != "" && !concerns(call, r.eni):
		return false
	case r.action != "" && r.action != call.Action, r.action == "" && !r.kind.meets(call.Action):
		return false
	case r.share < 1 && r.chance.Float64() >= r.share:
		return false
	}
	r.met++
	if r.left != unlimited {
		r.left--
	}
	if f.took == nil {
		f.took = make(map[string][]string)
	}
	f.took[call.RequestID] = append(f.took[call.RequestID], r.text)
	return true
}

func concerns(call enitest.Call, eni string) bool {
	return call.InterfaceID == eni || slices.Contains(call.InterfaceIDs, eni)
}

// taken returns the faults of a request, once.
func (f *faults) taken(requestID string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	texts := f.took[requestID]
	delete(f.took, requestID)
	return texts
}
