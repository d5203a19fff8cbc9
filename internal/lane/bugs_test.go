// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// bug is a deliberate bug: a text of a file and its replacement.
type bug struct {
	name, file, world string
	old, new          string
}

// bugs has a bug for each clause of the evidence rules and for each outcome. If the
// explorer did not find one of them, it would not find a real bug there either.
var bugs = []bug{
	// Rule 1: a request is evidence only for calls before it began.
	{"joins the change in progress", "calls.go", "two callers, one address", `		case g.inProgress || l.waitsForTwin(g, now):`,
		"\t\tcase g.inProgress:\n\t\t\tl.unqueue(cl)\n\t\t\tcl.state = inProgress\n\t\t\tl.current.put(cl)\n\t\tcase l.waitsForTwin(g, now):"},
	{"joins the describe in progress", "calls.go", "two callers, one address", `cl.goal, cl.since = g, l.events`, `cl.goal, cl.since = g, 0`},
	{"a describe counts for those who called later", "describe.go", "two callers, old replies", `	for _, cl := range slices.Backward(g.queued) {
		if cl.precedes(l.snapshot.event) {`, `	for _, cl := range slices.Backward(g.queued) {
		if cl != nil {`},
	{"an older describe wins", "describe.go", "two detaches", "	if d.event > l.snapshot.event {\n\t\tl.missed", "	if true {\n\t\tl.missed"},
	{"the twin of an accepted change is never sent", "time.go", "two callers, one address", `		default:
			l.put(g, inVerify, now)
		}
	}
	clear(l.twins`, `		}
	}
	clear(l.twins`},

	{"the twin of an accepted change is sent at once", "time.go", "two callers, one address", `return g.change != nil && !g.change.over && g.accepted`, `return false && g.accepted`},

	// Rule 2: nothing is sent on old evidence.
	{"the call never ages as evidence", "evidence.go", "slow permits", `now <= after(g.lastCall, l.timing.fresh)`, `g.lastCall != longAgo`},
	{"a description never ages", "evidence.go", "two detaches", `return now <= after(l.snapshot.at, l.timing.fresh)`, `return l.snapshot.shown != nil`},
	{"the call of one who has departed counts", "place.go", "slow permits of two", "		g.lastCall = longAgo // the", "		_ = g.lastCall // the"},
	{"a detach is sent on the call alone", "evidence.go", "two detaches", `!g.target.Action.Whole() && now <= after(g.lastCall`, `now <= after(g.lastCall`},
	{"no describe after a lost answer", "answer.go", "one address", `	where := inQueue
	if next == resend {`, `	where := inQueue
	if false {`},
	{"a batch without a describe", "next.go", "a batch", `	return len(goals) > 1 && now`, `	return false && now`},
	{"no describe for the twin of one whose answer was lost for good", "giveup.go", "two callers and the user's policy", `		if now < l.doubtEnd(g) {
			l.put(g, inVerify, now)`, `		if false {
			l.put(g, inVerify, now)`},
	{"what is not shown travels with what is", "next.go", "a batch", `&& l.travelClass(g, l.now) == class:`, `&& (true || class == there):`},
	{"a primary address travels with others", "target.go", "a primary address", `	case primary:
		return never,`, `	case primary && false:
		return never,`},
	{"a describe that is not permitted ends who called later", "describe.go", "two denied, one later", `			if !cl.precedes(d.event) {
				continue // a`, `			if false {
				continue // a`},
	{"a describe that is not permitted is no end", "describe.go", "two detaches denied", `		l.undescribed(d, e, now)
`, ``},

	// Rule 3: doubt belongs to the target, and only time ends it.
	{"no doubt after a lost answer", "answer.go", "one address", `uncertain := next == resend || next`, `uncertain := next`},
	{"no doubt after a batch that was refused", "answer.go", "a batch", `uncertain := next == resend || next == examine && !a.NotSent && len(ch.goals) > 1 && partial[a.Err.Kind]`, `uncertain := next == resend`},
	{"doubt dies with its goal", "lane.go", "two callers, one address", `if g.used() || now < l.doubtEnd(g) {`, `if g.used() {`},
	{"seen gone ends doubt", "describe.go", "two callers, one address", `	case gone, never, elsewhere:
	}`, `	case gone, never, elsewhere:
	}
	if v == gone {
		g.doubtUntil, g.change = longAgo, nil
	}`},
	{"seen there ends doubt at once", "evidence.go", "one address", `cleared := l.doubtEnd(g) <= l.snapshot.at && l`, `cleared := l`},
	{"accepted ends doubt", "complete.go", "tasks", `		g.change = ch
`, `		g.change, g.doubtUntil = ch, longAgo
`},
	{"the task of a later change ends the doubt", "complete.go", "two tasks", `if g.change != nil && !g.change.over {`, `if false {`},
	{"doubt concerns only those whose claims it carried", "evidence.go", "two callers, one address", `case l.doubted(cl):`, `case cl.state == inProgress || cl.sent && l.doubted(cl):`},
	{"doubt is not asked by the next caller", "calls.go", "two callers, one address", `g.target.Action.Whole() || now < l.doubtEnd(g):`, `g.target.Action.Whole():`},
	{"a call with an ended context ends as not tried", "cancel.go", "two callers, one address", `g != nil && (g.inProgress || now < l.doubtEnd(g)) {`, `g != nil && g.inProgress {`},
	{"the change in progress is not counted", "evidence.go", "two callers, one address", `return cl.goal.inProgress || l.doubtEnd`, `return l.doubtEnd`},
	{"the life of an accepted change is not counted", "evidence.go", "two callers, one address", `if g.change != nil && !g.change.over {`, `if false {`},
	{"a lane is forgotten in doubt", "lane.go", "two callers, one address", `n > 0 && now < l.doubts[n-1].until {`, `n < 0 {`},

	// Rule 4: an interface is missing on two witnesses.
	{"one empty describe is believed", "evidence.go", "one address", `		return notFound
`, `		return true
`},
	{"two witnesses at the same time are believed", "evidence.go", "two callers, missed", `after(l.missedAt, l.timing.witnessesApart)`, `l.missedAt`},
	{"the task is not asked before", "describe.go", "a task and an interface that is missed", `if ch.taskID != "" && !ch.over && !ch.taskUnknown {`, `if false {`},
	{"the cloud's word alone", "giveup.go", "one address", `	if e == nil || e.Kind`, `	if true || e.Kind`},
	{"a missing interface is no end", "describe.go", "one address", "			l.vanish(e, now)\n", "			_ = e\n"},

	// Rule 5: a contradiction is one conflict.
	{"a contradiction is final", "refusal.go", "one address", `		l.object(still, contradiction(r.err), now)`, `		for _, g := range still {
			l.refuse(g, r, now)
		}`},
	{"who called since is refused too", "refusal.go", "two detaches", `		if cl.refusal != r {
			continue
		}`, ``},

	// Rule 6: MaxElapsed is checked before every sending.
	{"MaxElapsed is not checked while a change is in progress", "answer.go", "a batch", `	l.giveUpExpired(ch, a.Err)
`, ``},
	{"MaxElapsed is not checked", "time.go", "one address", `	for l.calls.due != nil && now`, `	for false && now`},
	{"a stuck detach is sent after MaxElapsed", "time.go", "a stuck detach that waits for its permit", `!l.mayResend(l.stuck, now)`, `false`},

	// Stuck detaches.
	{"a stuck detach is sent without a describe", "next.go", "a stuck detach that waits for its permit", `		return !l.freshSnapshot(now)`, `		return false`},
	{"a detach that is not stuck is sent again", "send.go", "a stuck detach", `			l.verdictOn(ch.goals[0]) == leaving && l`, `			l`},

	// Deletions.
	{"a deletion is sent without a describe", "evidence.go", "two deletions of what is free", `!g.target.Action.Whole() && now <= after(g.lastCall`, `g.target.Action != Detach && now <= after(g.lastCall`},
	{"what is attached is deleted", "target.go", "a deletion", `		return attached, state("it is %s`, `		return there, state("it is %s`},
	{"what was attached meanwhile is deleted", "describe.go", "a deletion of what is free", `range [...]Action{Detach, Delete}`, `range [...]Action{Detach}`},
	{"what is being deleted is deleted", "target.go", "a deletion of what is free", `	case i.State == eni.StateDeleting:
		return leaving, nil`, `	case i.State == eni.StateDeleting:
		return there, nil`},
	{"a deletion does not wait for its detach", "delete.go", "a deletion", `detach != nil && detach.state != decided:`, `detach != nil && detach.state == queued:`},
	{"nobody describes for a deletion that waits", "next.go", "a deletion", ` || l.deletionWaits()`, ``},
	{"a deletion waits for a detach that nobody ends", "delete.go", "a deletion", `detach.state == accepted && cl.call.expired:`, `false:`},
	{"a deletion goes on without its detach", "delete.go", "a deletion", "	if cl.Outcome == eni.OutcomeReleased || cl.Outcome == eni.OutcomeAbsent {\n\t\tl.verifyAt", "	if true {\n\t\tl.verifyAt"},
	{"the terms of one who called since do not count", "evidence.go", "two deletions of what a tag keeps from one", ` && !l.violates(g)`, ``},
	{"the terms do not count", "terms.go", "two deletions of what a tag keeps from one", `		if e := cl.violated(l.snapshot.shown, v); e != nil {`, `		if e := cl.violated(l.snapshot.shown, v); false {`},
	{"a deletion whose detach was refused is not tried", "delete.go", "a deletion", `outcome, next.ruled = eni.OutcomeRefused, cl.ruled`, `outcome, next.ruled = eni.OutcomeUnknown, cl.ruled`},
	{"what was shown was never there", "describe.go", "a deletion", `	l.noteShown()
`, ``},
	{"what was never shown is gone", "describe.go", "a deletion of what is free", `cl.Target.Action == Delete && (cl.shown || cl.sent)`, `cl.Target.Action == Delete`},

	// The outcomes.
	{"lost, then gone is absent", "answer.go", "one address", `			cl.mayHaveActed()`, `			_ = cl`},
	{"accepted, then gone is absent", "complete.go", "one address", `		cl.credit = true
`, ``},
	{"elsewhere is absent", "describe.go", "two detaches", `case v == gone, v == elsewhere && cl.credit:`, `case v == gone, v == elsewhere:`},
	{"what was refused in the end is not tried", "answer.go", "one address", `cl.sent = cl.sent || !a.NotSent`, `_ = cl.sent`},
	{"what did not leave was sent", "answer.go", "one address", `cl.sent = cl.sent || !a.NotSent`, `cl.sent = true`},
	{"released without a reason", "evidence.go", "two callers, one address", `	if cl.credit {
		return`, `	if true {
		return`},
	{"a task that failed has succeeded", "task.go", "tasks", `	case TaskFailed:
`, `	case TaskFailed:
		for n := len(ch.claims) - 1; n >= 0; n-- {
			l.conclude(ch.claims[n], eni.OutcomeReleased, nil)
		}
`},
	{"unknown when it is known", "evidence.go", "one address", `	case cl.sent:
		return eni.OutcomeRefused`, `	case cl.sent:
		return eni.OutcomeUnknown`},

	{"an early decision is not revised", "calls.go", "a call decided in parts", `			cl.Outcome = eni.OutcomeUnknown
`, `			_ = g
`},
	{"what could not leave is examined", "answer.go", "one attempt", `!a.NotSent || shows[a.Err.Kind]`, `true`},

	// Bugs of the first version, which the explorer found.
	{"a doubt that was cleared comes back", "evidence.go", "one address", `		cleared := l`, `		cleared := false && l`},
	{"a wait is over a moment after its end", "time.go", "two detaches", `now >= after(l.awaits`, `now > after(l.awaits`},
	{"gone before the answer of the detach that was sent again", "complete.go", "a stuck detach that waits for its permit", `	if l.current != nil && l.current.original == ch {
		return`, `	if false {
		return`},
	{"a describe from before the answer serves who called before it", "describe.go", "a call of two changes", `, g.answered > l.snapshot.event && l.verdictOn(g) == there:`, `:`},
	{"a missing interface is described without a pause", "describe.go", "a task and an interface that is missed", `		l.pollLater(d.at)
`, ``},
	{"a state that passes is an attempt", "refusal.go", "a stuck detach", `if cl.refusal != nil {`, `if cl.sent {`},

	// Deadlines.
	{"those with a deadline stand in the line", "queue.go", "deadlines of three", `round > 0 || g.rank < g.due ||`, `true ||`},
	{"those with a deadline are always first", "place.go", "deadlines", `g.rank = after(l.now, l.timing.behindDeadlines)`, `g.rank = forever`},
	{"who comes later with a sooner deadline does not count", "calls.go", "deadlines of three", `			l.queues[g.target.Action.index()].hasten(g, call.Deadline)
`, ``},

	// The batch window.
	{"who comes back is waited for without end", "window.go", "batch windows", `until: after(now, span), span`, `until: forever, span`},
	{"who waited is waited for without end", "window.go", "batch windows, and who waits", `max(l.window.until, after(now, l.window.span))`, `forever`},
	{"who waits for an effect that comes soon is expected without end", "window.go", "batch windows, and who waits", `after(now, 2*l.effect)`, `forever`},
	{"a crowd is waited for without end", "window.go", "batch windows", `after(now, burst)`, `forever`},

	// The runner.
	{"two changes at a time", "next.go", "slow permits", `	case l.current != nil:
		l.keep`, `	case false:
		l.keep`},
	{"sent without a permit", "next.go", "slow permits", `		case permitAsked:
			continue`, `		case permitAsked:`},
	{"a decision is no news", "calls.go", "one address", `			l.news = append(l.news, call)
`, ``},
	{"a describe that failed is in progress for ever", "describe.go", "one address", `	l.finish(d)
	l.failed`, `	l.failed`},
	{"a permit is kept when its goals are gone", "permit.go", "slow permits", `	case owner == nil && !l.stuckWants(action):`, `	case owner == nil && !l.stuckWants(action) && p.state == permitNone:`},
}

// bugStates is the number of states within which each bug must be found.
const bugStates = 100_000

// TestBugs checks that each bug applies to the code. With BUGS=1 it explores the lane with
// each bug; with BUG=text only with the bugs whose name contains the text.
func TestBugs(t *testing.T) {
	for _, b := range bugs {
		text, err := os.ReadFile(b.file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), b.old); n != 1 {
			t.Errorf("%s: its text is %d times in %s, not once", b.name, n, b.file)
		}
		if sceneNamed(b.world) == nil {
			t.Errorf("%s: there is no world %q", b.name, b.world)
		}
	}
	if setting("BUGS") == 1 {
		exploreBugs(t)
	}
}

// exploreBugs explores with two bugs at a time.
func exploreBugs(t *testing.T) {
	next := make(chan bug)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for b := range next {
				found, err := exploreBug(t.TempDir(), b)
				if err != nil {
					t.Errorf("%s: %v", b.name, err)
				}
				report(fmt.Sprintf("%-62s %s", b.name+":", found))
			}
		})
	}
	for _, b := range bugs {
		if strings.Contains(b.name, os.Getenv("BUG")) {
			next <- b
		}
	}
	close(next)
	group.Wait()
}

// exploreBug builds the package with a bug and explores one world.
func exploreBug(dir string, b bug) (string, error) {
	text, err := os.ReadFile(b.file)
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(b.file)
	if err != nil {
		return "", err
	}
	changed, overlay := filepath.Join(dir, b.file), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), b.old, b.new, 1)), 0o600); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		return "", err
	}
	command := exec.Command("go", "test", "-vet=off", "-count=1", "-v", "-overlay", overlay, "-run", "^TestOneFinding$", ".")
	command.Env = append(os.Environ(), "WORLD="+b.world, fmt.Sprintf("STATES=%d", bugStates))
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "story: ") {
			report(b.name + " " + line)
		}
		if found, ok := strings.CutPrefix(line, "found: "); ok {
			return strings.TrimSpace(found), nil
		}
	}
	return "NOT FOUND", fmt.Errorf("not found within %d states of %q", bugStates, b.world)
}

// TestOneFinding reports the first broken promise in a world, for exploreBug.
// Without a bug there is none.
func TestOneFinding(t *testing.T) {
	s := sceneNamed(os.Getenv("WORLD"))
	if s == nil {
		s = scenes()[0]
	}
	limit := bounds{states: setting("STATES")}
	if limit.states == 0 {
		limit.states = fewStates()
	}
	r := explore(s, limit, 1)
	for _, f := range r.findings {
		if os.Getenv("STORY") != "" {
			fmt.Printf("story: %q\n", f.moves)
		}
		fmt.Printf("found: %6d states, %2d moves: %s\n", r.states, len(f.moves), f.what)
	}
}
