// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// oracle judges a schedule by the history of the cloud: its events, the requests that
// reached it, and their faults.
//
// It allows only the documented exceptions:
//
//   - An address that is assigned again while a call for it is in progress is released
//     again: asked checks only that the call was in progress. A minute later a describe
//     that shows the address is no evidence about the earlier change: assignedLongAgo.
//   - A describe that does not show an address counts as evidence that it is gone, also
//     after a lost response: hidden. Here only descriptions that lag behind assignments
//     do that.
//   - Two answers within a minute that an existing interface does not exist: hiccup
//     prevents them.
type oracle struct {
	*chaos

	events []enitest.Event
	lives  map[target][]life
}

// life says whether a target is gone, from an event on.
type life struct {
	event int
	gone  bool
}

// judge checks all results and all requests.
func (c *chaos) judge() {
	o := &oracle{chaos: c, events: c.cloud.Events(), lives: make(map[target][]life)}
	for _, s := range c.said {
		o.shape(s)
		o.errors(s)
		for n, outcome := range s.outcomes {
			if n < len(s.targets) && (s.told == nil || s.told[n] != outcome) {
				o.outcome(s, s.targets[n], outcome)
			}
		}
		s.told = s.outcomes
	}
	for n := range c.requests {
		if r := &c.requests[n]; r.changes() {
			o.request(n, r)
		}
	}
}

// life replays the events of a target.
func (o *oracle) life(t target) []life {
	if known, ok := o.lives[t]; ok {
		return known
	}
	played := []life{{gone: true}}
	for n, e := range o.events {
		if e.InterfaceID != t.id {
			continue
		}
		gone := played[len(played)-1].gone
		switch {
		case !e.Exists:
			gone = true
		case t.action == enitest.Delete:
			gone = false
		case t.action == enitest.Detach && t.instance == "":
			gone = e.InstanceID == "" // from any instance
		case t.action == enitest.Detach:
			gone = e.InstanceID != t.instance
		case t.prefix.IsValid():
			gone = !slices.Contains(e.Assigned, t.prefix) && (gone || slices.Contains(e.Released, t.prefix))
		default: // the interface itself
			gone = false
		}
		played = append(played, life{n + 1, gone})
	}
	o.lives[t] = played
	return played
}

// ever reports whether the target was gone, or there, at a time between two marks.
func (o *oracle) ever(gone bool, t target, from, to int) bool {
	played := o.life(t)
	for n, l := range played {
		last := n+1 == len(played) || played[n+1].event > from
		if last && l.event <= to && l.gone == gone {
			return true
		}
	}
	return false
}

// outcome checks a caller's outcome for one target.
func (o *oracle) outcome(s saying, t target, outcome eni.Outcome) {
	wrong := func(format string, args ...any) {
		o.Errorf("%s: %s said of %s: %s, but %s", s.name, s.who, t, outcome, fmt.Sprintf(format, args...))
	}
	sent := o.sent(t, s.began.requests, s.at.requests)
	switch outcome {
	case eni.OutcomeReleased, eni.OutcomeAbsent:
		if !o.ever(true, t, s.began.events, s.at.events) && !o.hidden(s, t) {
			wrong("it was there all the time since the call")
		}
		if free := (target{id: t.id, action: enitest.Detach}); outcome == eni.OutcomeAbsent && t.action == enitest.Detach && !o.ever(true, free, s.began.events, s.at.events) {
			wrong("it was attached all the time since the call")
		}
		if outcome == eni.OutcomeReleased && len(sent) == 0 {
			wrong("no change with it was sent since the call")
		}
		if outcome == eni.OutcomeAbsent && o.alone(s, t) && !o.lags {
			if e := o.tookOff(t, s.began.events, s.at.events); e >= 0 && o.events[e].Time.After(s.began.time) && !o.ever(true, t, s.began.events, e) && o.effectOf(o.events[e], sent) {
				wrong("the call's own change took it off")
			}
		}
	case eni.OutcomeAccepted:
		if len(sent) == 0 && !t.whole() {
			wrong("no change with it was sent since the call")
		}
	case eni.OutcomeRefused, eni.OutcomeNotTried:
		if outcome == eni.OutcomeNotTried && len(sent) > 0 && o.alone(s, t) {
			wrong("a change with it was sent")
		}
		o.untouched(s, t, sent, wrong)
	case eni.OutcomeUnknown:
		if o.until(s.at.time, o.sent(t, 0, len(o.requests))) == 0 {
			wrong("no change with it was ever sent")
		}
	default:
		wrong("there is no such outcome")
	}
}

// untouched checks a target that no change of this client may still remove: no earlier
// change acts afterwards, and no change with this call's claim acted.
func (o *oracle) untouched(s saying, t target, sent []*request, wrong func(string, ...any)) {
	// An accepted claim is decided at some time after the caller got the acceptance, and
	// later changes for other callers do not count.
	decided := s.at.time
	if s.told != nil {
		decided = s.toldAt.time
	}
	before := slices.DeleteFunc(o.sent(t, 0, s.at.requests), func(r *request) bool { return !r.Time.Before(decided) })
	if e := o.tookOffBy(before, t, s.at.events, len(o.events)); e >= 0 {
		wrong("a change that was sent before took it off %s later", o.events[e].Time.Sub(s.at.time))
	}
	if !o.alone(s, t) {
		return // the change may have carried only the claims of others
	}
	if e := o.tookOffBy(sent, t, s.began.events, s.at.events); e >= 0 && !o.assignedLongAgo(s, t, e) {
		wrong("a change that carried it removed it %s before", s.at.time.Sub(o.events[e].Time))
	}
}

// assignedLongAgo reports whether the target was assigned again after an event, so long
// ago that the doubt about the change that removed it may have expired.
func (o *oracle) assignedLongAgo(s saying, t target, event int) bool {
	return s.at.time.Sub(o.events[event].Time) > changeLife && o.ever(false, t, event+1, s.at.events)
}

// tookOff returns the first event between two at which a change of the client removed the
// target, or -1.
func (o *oracle) tookOff(t target, from, to int) int {
	return o.tookOffBy(o.sent(t, 0, len(o.requests)), t, from, to)
}

// tookOffBy is tookOff for some changes only.
func (o *oracle) tookOffBy(changes []*request, t target, from, to int) int {
	for n := from; n < to && n < len(o.events); n++ {
		e := o.events[n]
		if e.InterfaceID == t.id && o.effectOf(e, changes) && o.ever(false, t, n, n) && o.ever(true, t, n+1, n+1) {
			return n
		}
	}
	return -1
}

// effectOf reports whether an event is the effect of one of the changes.
func (o *oracle) effectOf(e enitest.Event, changes []*request) bool {
	return e.RequestID != "" && slices.ContainsFunc(changes, func(r *request) bool { return r.RequestID == e.RequestID })
}

// sent returns the changes with the target among some requests.
func (o *oracle) sent(t target, from, to int) []*request {
	var all []*request
	for n := from; n < to; n++ {
		if r := &o.requests[n]; r.carries(t) {
			all = append(all, r)
		}
	}
	return all
}

// until returns the number of changes that had reached the cloud at a time.
func (o *oracle) until(at time.Time, changes []*request) int {
	n := 0
	for n < len(changes) && !changes[n].Time.After(at) {
		n++
	}
	return n
}

// alone reports whether no other call that wants the target was in progress at the same
// time. A deletion wants its detach as well. An accepted detach or deletion that is stuck
// is sent again within MaxElapsed, also after its caller has gone.
func (o *oracle) alone(s saying, t target) bool {
	for _, k := range o.calls {
		end := k.last.time
		if until := k.began.time.Add(maxElapsed); k.accepted && t.whole() && until.After(end) {
			end = until
		}
		if k != s.call && k.wants(t) && !k.began.time.After(s.at.time) && !end.Before(s.began.time) {
			return false
		}
	}
	return true
}

// hidden reports whether a describe since the call did not show the target.
func (o *oracle) hidden(s saying, t target) bool {
	for n := s.began.requests; n < s.at.requests; n++ {
		r := &o.requests[n]
		if r.fault.Lag == 0 || !slices.Contains(r.InterfaceIDs, t.id) {
			continue
		}
		at := r.Time.Add(r.fault.Delay)
		for _, e := range o.events {
			if e.InterfaceID == t.id && slices.Contains(e.Assigned, t.prefix) && e.Time.After(at.Add(-r.fault.Lag)) && !e.Time.After(at) {
				return true
			}
		}
	}
	return false
}

// story prints a schedule, to explain a failure.
func (c *chaos) story() string {
	type line struct {
		at   time.Time
		text string
	}
	var lines []line
	add := func(at time.Time, format string, args ...any) {
		lines = append(lines, line{at, fmt.Sprintf(format, args...)})
	}
	for _, k := range c.calls {
		add(k.began.time, "%s: %v, patience %s", k.name, k.targets, k.patience)
	}
	for _, r := range c.requests {
		f := r.fault
		if f.Reply != nil {
			f.Code, f.Reply = fmt.Sprintf("%d %s", f.Reply.Status, f.Reply.Body), nil
		}
		text := strings.TrimPrefix(fmt.Sprintf("%+v", f), fmt.Sprintf("%+v", enitest.Fault{}))
		add(r.Time, "   request %.8s %s %s %v %v %v %s %s", r.RequestID, r.Action, r.InterfaceID, r.Addresses, r.Prefixes, r.InterfaceIDs, r.TaskID, text)
	}
	for _, e := range c.cloud.Events() {
		add(e.Time, "      event %.8s %s %t %s on %q +%v -%v", e.RequestID, e.InterfaceID, e.Exists, e.State, e.InstanceID, e.Assigned, e.Released)
	}
	for _, s := range c.said {
		add(s.at.time, "%s: %s said done=%t %v %v", s.name, s.who, s.done, s.outcomes, s.err)
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "\n%12s  %s", l.at.Sub(c.cloud.Events()[0].Time).Round(time.Millisecond), l.text)
	}
	return b.String()
}

// errors checks that the text of an error is true.
func (o *oracle) errors(s saying) {
	if s.err == nil {
		return
	}
	first := s.targets[0]
	// A change that reaches the cloud at the time of the call was sent before it, perhaps.
	sent := slices.ContainsFunc(o.sent(first, s.began.requests, s.at.requests), func(r *request) bool { return r.Time.After(s.began.time) })
	if errors.Is(s.err, eni.ErrNotFound) && first.action == enitest.Delete && sent {
		o.Errorf("%s: %s says that the interface does not exist, and a deletion of it was sent: %v", s.name, s.who, s.err)
	}
	if errors.Is(s.err, eni.ErrNotFound) && !o.ever(true, target{id: first.id}, s.began.events, s.at.events) {
		o.Errorf("%s: %s says that the interface does not exist, and it did all the time since the call: %v", s.name, s.who, s.err)
	}
}
