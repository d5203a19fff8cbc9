// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// visited is a set of hashes.
type visited struct {
	table []uint64
	n     int
}

func (s *visited) add(h uint64) bool {
	if 2*s.n >= len(s.table) {
		old := s.table
		s.table, s.n = make([]uint64, max(1<<12, 2*len(old))), 0
		for _, x := range old {
			if x != 0 {
				s.add(x)
			}
		}
	}
	m := uint64(len(s.table) - 1)
	for i := h & m; ; i = (i + 1) & m {
		switch s.table[i] {
		case 0:
			s.table[i] = h
			s.n++
			return true
		case h:
			return false
		}
	}
}

// link is how a state was first reached.
type link struct {
	parent uint32
	move   uint8
}

// bounds end an exploration before its frontier is empty; zero is no bound.
type bounds struct {
	states, depth int
}

// finding is a violation of the contract, and the moves that lead to it.
type finding struct {
	what  string
	moves []string
}

type result struct {
	scene    *scene
	states   int
	plays    int
	depth    int
	complete bool // the frontier is empty
	findings []finding
	longest  int // moves of a well-behaved cloud until all calls have ended
	took     time.Duration
}

func (r *result) String() string {
	state := "to the end"
	if !r.complete {
		state = "NOT to the end"
	}
	return fmt.Sprintf("%-28s %8d distinct states, %8d moves, depth %2d, %s, %.1f s", r.scene.name+":", r.states, r.plays, r.depth, state, r.took.Seconds())
}

// liveEvery is the number of states for each one in which liveness is checked.
const liveEvery = 16

// explorer explores one scene breadth first, so that the first finding of each kind has a
// shortest story.
type explorer struct {
	result

	scene   *scene
	links   []link
	seen    visited
	free    []*world
	found   map[string]bool
	cloner  cloner
	encoder encoder
	names   []naming
	moves   []uint8 // that are possible in this scene at all
}

func (x *explorer) world() *world {
	if n := len(x.free); n > 0 {
		w := x.free[n-1]
		x.free = x.free[:n-1]
		return w
	}
	return new(world)
}

type node struct {
	w  *world
	id uint32
}

// explore tries every interleaving of a scene.
func explore(s *scene, limit bounds, most int) result {
	began := time.Now()
	x := &explorer{scene: s, links: make([]link, 1), found: map[string]bool{}, names: namings(s)}
	for i := range moves {
		x.moves = append(x.moves, uint8(i))
	}
	x.result.scene = s
	first := newWorld(s)
	first.run()
	x.seen.add(x.encoder.hash(first, x.names))
	frontier, next := []node{{first, 0}}, []node(nil)
	for ; len(frontier) > 0 && !x.over(limit, most); x.depth++ {
		next = next[:0]
		for i, n := range frontier {
			if !x.over(limit, most) {
				next = x.expand(n, next)
			}
			x.free = append(x.free, n.w)
			frontier[i].w = nil
		}
		frontier, next = next, frontier
	}
	x.complete = len(frontier) == 0
	x.states, x.took = len(x.links), time.Since(began)
	slices.SortStableFunc(x.findings, func(a, b finding) int { return len(a.moves) - len(b.moves) })
	return x.result
}

func (x *explorer) over(limit bounds, most int) bool {
	return len(x.findings) >= most || limit.states > 0 && len(x.links) >= limit.states || limit.depth > 0 && x.depth >= limit.depth
}

// expand tries all moves of a state.
func (x *explorer) expand(n node, next []node) []node {
	for _, m := range x.moves {
		if !moves[m].can(n.w) {
			continue
		}
		w := x.world()
		w.become(n.w, &x.cloner)
		w.play(&moves[m])
		x.plays++
		switch {
		case w.broken != "":
			x.find(w.broken, n.id, m)
		case x.seen.add(x.encoder.hash(w, x.names)):
			x.links = append(x.links, link{n.id, m})
			id := uint32(len(x.links) - 1)
			if id%liveEvery == 0 {
				x.live(w, n.id, m)
			}
			next = append(next, node{w, id})
			continue
		}
		x.free = append(x.free, w)
	}
	return next
}

// find records a finding, once for each kind.
func (x *explorer) find(what string, parent uint32, m uint8) {
	if x.found[what] {
		return
	}
	x.found[what] = true
	path := []string{moves[m].name}
	for id := parent; id != 0; id = x.links[id].parent {
		path = append(path, moves[x.links[id].move].name)
	}
	slices.Reverse(path)
	x.findings = append(x.findings, finding{what, path})
}

// tell runs moves by their names and returns the story.
func tell(s *scene, names []string) (story string, broken string) {
	w := newWorld(s)
	w.mishaps = 100
	w.story = &strings.Builder{}
	var k cloner
	for i, name := range names {
		m := slices.IndexFunc(moves, func(m move) bool { return m.name == name })
		if m < 0 {
			return w.story.String(), "there is no move " + name
		}
		if !moves[m].can(w) {
			return w.story.String(), "this cannot happen now: " + name
		}
		fmt.Fprintf(w.story, "%3d ", i+1)
		// The stories run on clones, as when they were found.
		n := new(world)
		n.become(w, &k)
		n.story = w.story
		w = n
		w.play(&moves[m])
		w.story.WriteString("\n")
	}
	// A finding with a well-behaved cloud continues with that cloud.
	w.living = 1
	for n := 0; w.broken == "" && !w.allEnded() && n < patience && w.liveStep(); n++ {
		w.story.WriteString("\n")
	}
	if w.broken == "" && !w.allEnded() {
		w.broken = neverEnds
	}
	return w.story.String(), w.broken
}
