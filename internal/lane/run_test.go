// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
)

// Environment variables for the explorer:
//
//	EXPLORE=1    explore to the end, like CI; a plain go test stops after a few thousand states
//	WORLD=name   only this world
//	MISHAPS=n    the total number of mishaps, instead of the world's number
//	DEPTH=n      as many mishaps as the budgets allow, up to n moves
//	STATES=n     at most n states in a world
func setting(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return 0
	}
	return n
}

// few is the number of states of each world that a plain go test explores.
func fewStates() int {
	if raceDetector {
		return 1_000
	}
	return 15_000
}

// TestExplore tries every interleaving of each world.
func TestExplore(t *testing.T) {
	limit := bounds{states: setting("STATES"), depth: setting("DEPTH")}
	toTheEnd := limit.states == 0 && limit.depth == 0
	if setting("EXPLORE") == 0 && toTheEnd {
		limit.states, toTheEnd = fewStates(), false
	}
	var list []*scene
	for _, s := range scenes() {
		if only := os.Getenv("WORLD"); only != "" && only != s.name {
			continue
		}
		if limit.depth > 0 {
			s.mishaps = 100
		}
		if n := setting("MISHAPS"); n > 0 {
			s.mishaps = uint8(n)
		}
		list = append(list, s)
	}
	sum := 0
	for i, r := range exploreAll(list, limit) {
		sum += r.states
		report(r.String())
		for _, f := range r.findings {
			story, _ := tell(list[i], f.moves)
			t.Errorf("%s, after %d states and %d moves: %s\n%s", list[i].name, r.states, len(f.moves), f.what, story)
		}
		if toTheEnd && !r.complete && len(r.findings) == 0 {
			t.Errorf("%s is not explored to its end", list[i].name)
		}
	}
	report(fmt.Sprintf("%d distinct states in %d worlds", sum, len(list)))
}

// report prints a line at once, to show the progress of a long exploration.
func report(line string) {
	if testing.Verbose() {
		fmt.Println(line)
	}
}

// exploreAll explores two worlds at a time.
func exploreAll(list []*scene, limit bounds) []result {
	results := make([]result, len(list))
	next := make(chan int)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for i := range next {
				results[i] = explore(list[i], limit, 5)
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	group.Wait()
	return results
}
