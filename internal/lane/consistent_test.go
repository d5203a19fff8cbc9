// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
)

// consistent checks the counters of a lane, and that each goal waits in exactly one place.
// Otherwise it would wait for ever, or be served twice.
func (d *drive) consistent() {
	d.t.Helper()
	bad := func(format string, args ...any) {
		d.t.Helper()
		d.t.Fatalf("at %v, event %d: "+format, append([]any{d.now, d.events}, args...)...)
	}
	var wanted, verified, behind, pending int
	d.each(func(g *goal) {
		if d.find(g.target) != g {
			bad("%v is there twice", g.target)
		}
		carriesIt := func(ch *Change) bool { return slices.Contains(ch.goals, g) }
		if !g.used() && d.Lane.now >= d.doubtEnd(g) && !slices.ContainsFunc(d.changes, carriesIt) {
			bad("%v is of no use to anybody", g.target)
		}
		carried := d.current != nil && d.current.original == nil && slices.Contains(d.current.goals, g)
		if carried && !g.inProgress || d.current == nil && g.inProgress {
			bad("%v in progress: %t, marked %t", g.target, carried, g.inProgress)
		}
		if g.wanted() || carried {
			pending++
		}
		switch g.place {
		case inVerify:
			verified++
		case behindTwin:
			behind++
		case nowhere, inQueue, inObjection:
		}
		switch {
		case g.wanted() != (g.place != nowhere):
			bad("%v is wanted by %d, and waits at place %d", g.target, len(g.queued), g.place)
		case g.place == inVerify && !slices.Contains(d.verifying, g),
			g.place == behindTwin && !slices.Contains(d.twins, g),
			(g.place == inQueue) != (g.in != nil),
			g.in != nil && !g.in.holds(g):
			bad("%v is not found at place %d", g.target, g.place)
		}
		if g.wanted() {
			wanted++
		}
		d.consistentClaims(g, bad)
	})
	if d.wanted != wanted || int(d.verifyCount) != verified || int(d.twinCount) != behind || d.Pending() != pending {
		bad("wanted %d, verified %d, behind twins %d, pending %d: counted %d, %d, %d, %d",
			wanted, verified, behind, pending, d.wanted, d.verifyCount, d.twinCount, d.Pending())
	}
	d.consistentCalls(bad)
}

// holds reports whether a list has a goal, and whether its links are consistent.
func (l *list) holds(g *goal) bool {
	found := false
	var prev *goal
	for x := l.first; x != nil; prev, x = x, x.next {
		if x.prev != prev || x.in != l {
			return false
		}
		found = found || x == g
	}
	return found && l.last == prev
}

func (d *drive) consistentClaims(g *goal, bad func(string, ...any)) {
	refused, taken, spoken := 0, 0, longAgo
	for i, cl := range g.queued {
		if cl.state != queued || cl.at != i || cl.goal != g || g.newest < cl.since {
			bad("a claim for %v waits with state %d at %d of %d: newest %d, %d", g.target, cl.state, cl.at, i, g.newest, cl.since)
		}
		if cl.refused {
			refused++
		}
		spoken = max(spoken, cl.call.began)
	}
	if g.wanted() && g.lastCall > spoken {
		bad("%v: the latest call is at %v, it reckons with %v", g.target, spoken, g.lastCall)
	}
	for _, ch := range d.changes {
		for i, cl := range ch.claims {
			if cl.state != accepted || cl.at != i || cl.change != ch {
				bad("a claim for %v is accepted with state %d at %d of %d", cl.Target, cl.state, cl.at, i)
			}
			if cl.goal == g {
				taken++
			}
		}
	}
	if g.refused != refused || g.accepted != taken {
		bad("%v: %d refused, %d accepted: counted %d, %d", g.target, refused, taken, g.refused, g.accepted)
	}
}

func (d *drive) consistentCalls(bad func(string, ...any)) {
	deadlines := 0
	var prev, due *Call
	for c := d.calls.first; c != nil; prev, c = c, c.next {
		if c.prev != prev || !c.listed || c.open == 0 || prev != nil && prev.event >= c.event {
			bad("the list of calls is broken: %d open", c.open)
		}
		if c.Deadline != 0 {
			deadlines++
		}
		if due == nil && !c.expired {
			due = c
		}
		open := 0
		for i := range c.Claims {
			if s := c.Claims[i].state; s == queued || s == inProgress {
				open++
			}
		}
		if open != c.open {
			bad("%d claims of a call are open: counted %d", open, c.open)
		}
	}
	if d.calls.last != prev || d.calls.deadlines != deadlines || d.calls.due != due {
		bad("of the calls %d have a deadline: counted %d; or the last or the next that is due is another", deadlines, d.calls.deadlines)
	}
}
