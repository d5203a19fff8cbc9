// SPDX-License-Identifier: Apache-2.0

//go:build !race

package lane

import "testing"

// A lone call, the common case, needs few allocations.
func TestLoneCallAllocations(t *testing.T) {
	cfg := &Config{PerChange: 10}
	targets := []Target{addr(2)}
	allocations := testing.AllocsPerRun(100, func() {
		l, c := New(cfg), NewCall(targets)
		l.Add(0, c, 0)
		l.PermitGranted(0, UnassignPrivateIps)
		if todo := l.Next(0); todo.Send != UnassignPrivateIps {
			t.Fatalf("%+v", todo)
		}
		l.Take(0, UnassignPrivateIps)
		l.Answered(0, Answer{})
	})
	if allocations > 7 {
		t.Errorf("%v allocations, want 7: the lane, the call, its claims, the goal, the change, and a round of the queue with its list", allocations)
	}
}
