// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// faults are the rules in force, in the order in which they came. It is safe for
// concurrent use.
type faults struct {
	completeAfter time.Duration // of a change that no rule meets

	mu    sync.Mutex
	seed  uint64
	last  uint64 // id
	rules []*Fault
	took  map[string][]string // the faults that met a request, until its answer is logged
}

// begin replaces all rules. The texts have been parsed before.
func (f *faults) begin(seed uint64, rules []*Fault) {
	f.mu.Lock()
	f.seed, f.last, f.rules = seed, 0, nil
	f.mu.Unlock()
	f.add(rules...)
}

// add puts rules behind the others. Each draws numbers of its own, so that one more
// changes nothing about those that are there.
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

// FaultState is a rule as the control endpoint shows it.
type FaultState struct {
	ID    uint64 `json:"id"`
	Fault string `json:"fault"`
	Met   int    `json:"met"`            // requests
	Left  *int   `json:"left,omitempty"` // requests that it will still meet; none means no limit
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

// meet returns the faults that meet a call, put together. It is an enitest.Cloud's
// Control, but for the provider.
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

// completes is an enitest.Cloud's CompletesAfter, but for the provider.
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

// ownRequest is the request id of what the fake itself asks of a cloud: no fault meets it.
const ownRequest = "enictl fake"

// draw decides whether a rule meets a call. The faults are locked.
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

// taken returns the faults that met a request, once.
func (f *faults) taken(requestID string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	texts := f.took[requestID]
	delete(f.took, requestID)
	return texts
}
