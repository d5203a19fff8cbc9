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

// oracle judges a schedule by what the cloud has seen: its events, the requests that
// reached it, and the faults that met them.
//
// What the documentation excludes is excluded here and nowhere else:
//
//   - An address that is assigned again within the life of a call that still wants it
//     gone is taken off once more: asked says no more than that the call was under way.
//     A minute later a description that shows it says nothing of the change before:
//     assignedLongAgo.
//   - A description that misses an address shows it as gone, alone or after a lost
//     answer: hidden. Only descriptions that lag behind assignments do that here.
//   - An interface that the cloud denies twice within a minute: hiccup sees to it that
//     it does not.
type oracle struct {
	*chaos

	events []enitest.Event
	lives  map[target][]life
}

// life is whether a target is gone, from an event on.
type life struct {
	event int
	gone  bool
}

// judge checks everything that was said and sent.
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

// life plays the events of a target.
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
			gone = e.InstanceID == "" // from whatever it was on
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

// ever reports whether the target was gone, or there, at a moment between two.
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

// outcome checks what a caller was told of one target.
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
			if e := o.tookOff(t, s.began.events, s.at.events); e >= 0 && o.events[e].Time.After(s.began.time) && !o.ever(true, t, s.began.events, e) && o.aboard(o.events[e], sent) {
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

// untouched checks a target that no change of this client may take off any more:
// none that was sent before acts afterwards, and none with this caller aboard acted.
func (o *oracle) untouched(s saying, t target, sent []*request, wrong func(string, ...any)) {
	// What was accepted is decided at any time after the caller was told so, and what
	// is sent for others after that is not meant.
	decided := s.at.time
	if s.told != nil {
		decided = s.toldAt.time
	}
	before := slices.DeleteFunc(o.sent(t, 0, s.at.requests), func(r *request) bool { return !r.Time.Before(decided) })
	if e := o.tookOffBy(before, t, s.at.events, len(o.events)); e >= 0 {
		wrong("a change that was sent before took it off %s later", o.events[e].Time.Sub(s.at.time))
	}
	if !o.alone(s, t) {
		return // the change may have had only the others aboard
	}
	if e := o.tookOffBy(sent, t, s.began.events, s.at.events); e >= 0 && !o.assignedLongAgo(s, t, e) {
		wrong("a change with it aboard took it off %s before", s.at.time.Sub(o.events[e].Time))
	}
}

// assignedLongAgo reports whether the target was assigned again after an event, and the
// doubt about the change that took it off may have run out since.
func (o *oracle) assignedLongAgo(s saying, t target, event int) bool {
	return s.at.time.Sub(o.events[event].Time) > changeLife && o.ever(false, t, event+1, s.at.events)
}

// tookOff returns the first event between two at which a change of the client's took
// the target off, or -1.
func (o *oracle) tookOff(t target, from, to int) int {
	return o.tookOffBy(o.sent(t, 0, len(o.requests)), t, from, to)
}

// tookOffBy is the same for some changes.
func (o *oracle) tookOffBy(changes []*request, t target, from, to int) int {
	for n := from; n < to && n < len(o.events); n++ {
		e := o.events[n]
		if e.InterfaceID == t.id && o.aboard(e, changes) && o.ever(false, t, n, n) && o.ever(true, t, n+1, n+1) {
			return n
		}
	}
	return -1
}

// aboard reports whether an event is the effect of one of the changes.
func (o *oracle) aboard(e enitest.Event, changes []*request) bool {
	return e.RequestID != "" && slices.ContainsFunc(changes, func(r *request) bool { return r.RequestID == e.RequestID })
}

// sent lists the changes with the target among some requests.
func (o *oracle) sent(t target, from, to int) []*request {
	var all []*request
	for n := from; n < to; n++ {
		if r := &o.requests[n]; r.carries(t) {
			all = append(all, r)
		}
	}
	return all
}

// until counts the changes that had reached the cloud at a time.
func (o *oracle) until(at time.Time, changes []*request) int {
	n := 0
	for n < len(changes) && !changes[n].Time.After(at) {
		n++
	}
	return n
}

// alone reports whether no other call for the target was under way at the same time.
func (o *oracle) alone(s saying, t target) bool {
	for _, k := range o.calls {
		if k != s.call && slices.Contains(k.targets, t) && !k.began.time.After(s.at.time) && !k.last.time.Before(s.began.time) {
			return false
		}
	}
	return true
}

// hidden reports whether a description has missed the target since the call.
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

// story tells a schedule, for whoever has to understand a failure.
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

// errors checks that what an error says was so.
func (o *oracle) errors(s saying) {
	if s.err == nil {
		return
	}
	first := s.targets[0]
	if errors.Is(s.err, eni.ErrNotFound) && first.action == enitest.Delete && len(o.sent(first, s.began.requests, s.at.requests)) > 0 {
		o.Errorf("%s: %s says that the interface does not exist, and a deletion of it was sent: %v", s.name, s.who, s.err)
	}
	if errors.Is(s.err, eni.ErrNotFound) && !o.ever(true, target{id: first.id}, s.began.events, s.at.events) {
		o.Errorf("%s: %s says that the interface does not exist, and it did all the time since the call: %v", s.name, s.who, s.err)
	}
}
