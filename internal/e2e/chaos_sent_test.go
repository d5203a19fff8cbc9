// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The limits of the evidence for sending, from the design.
const (
	fresh      = 5 * time.Second
	changeLife = time.Minute
)

// request checks that a caller wanted every target of a change.
func (o *oracle) request(n int, r *request) {
	for _, t := range r.targets() {
		if !o.asked(n, r, t) {
			o.Errorf("%s %.8s at %s has %s, and no caller in progress asked for that", r.Action, r.RequestID, o.since(r.Time), t)
		}
		if !o.evident(n, r, t) {
			o.Errorf("%s %.8s at %s has %s, on evidence older than %s", r.Action, r.RequestID, o.since(r.Time), t, fresh)
		}
		if t.action == enitest.Delete && o.kept[t.id] {
			o.Errorf("%s %.8s at %s is for %s, which a tag keeps", r.Action, r.RequestID, o.since(r.Time), t)
		}
		if !o.describedSinceLoss(n, r, t) {
			o.Errorf("%s %.8s at %s has %s again after a lost answer, and nothing was described in between", r.Action, r.RequestID, o.since(r.Time), t)
		}
	}
}

// since returns a time relative to the begin of the story.
func (o *oracle) since(at time.Time) time.Duration {
	return at.Sub(o.events[0].Time)
}

// targets lists the targets of a change.
func (r *request) targets() []target {
	switch r.Action {
	case enitest.Detach:
		return []target{{id: r.InterfaceID, action: r.Action, instance: r.InstanceID}}
	case enitest.Delete:
		return []target{{id: r.InterfaceID, action: r.Action}}
	default:
	}
	var all []target
	for _, a := range r.Addresses {
		all = append(all, target{id: r.InterfaceID, action: r.Action, prefix: full(a)})
	}
	for _, p := range r.Prefixes {
		all = append(all, target{id: r.InterfaceID, action: r.Action, prefix: p})
	}
	return all
}

// asked reports whether a call for the target was in progress, and within its MaxElapsed,
// when the change reached the cloud. A stuck detach may be sent again until its caller has
// the final outcome.
func (o *oracle) asked(n int, r *request, t target) bool {
	return slices.ContainsFunc(o.calls, func(k *call) bool {
		end := k.answered.time
		if t.whole() && k.err == nil {
			end = k.began.time.Add(maxElapsed)
		}
		return k.wants(t) && k.began.requests <= n && k.patience >= 0 &&
			!r.Time.After(end) && !r.Time.After(k.began.time.Add(maxElapsed))
	})
}

// evident reports whether the change was sent on fresh evidence: a call, or a describe
// that shows the target. A detach always needs a describe.
func (o *oracle) evident(n int, r *request, t target) bool {
	if !t.whole() && slices.ContainsFunc(o.calls, func(k *call) bool {
		return slices.Contains(k.targets, t) && k.began.requests <= n && r.Time.Sub(k.began.time) <= fresh
	}) {
		return true
	}
	for m := n - 1; m >= 0; m-- {
		d := &o.requests[m]
		if r.Time.Sub(d.Time) > fresh {
			return false
		}
		if slices.Contains(d.InterfaceIDs, t.id) && o.ever(false, t, o.eventsBefore(d.Time), o.eventsUntil(r.Time)) &&
			(t.action != enitest.Delete || o.ever(true, target{id: t.id, action: enitest.Detach}, o.eventsBefore(d.Time), o.eventsUntil(r.Time))) {
			return true
		}
	}
	return false
}

// describedSinceLoss reports whether the interface was described after the response to an
// earlier change with the target was lost.
func (o *oracle) describedSinceLoss(n int, r *request, t target) bool {
	for m := n - 1; m >= 0; m-- {
		q := &o.requests[m]
		switch {
		case slices.Contains(q.InterfaceIDs, t.id), r.Time.Sub(q.Time) > changeLife:
			return true
		case q.carries(t):
			return !q.lost()
		}
	}
	return true
}

// eventsBefore counts the events before a time, and eventsUntil also those at that time.
func (o *oracle) eventsBefore(at time.Time) int {
	return o.count(func(e enitest.Event) bool { return e.Time.Before(at) })
}

func (o *oracle) eventsUntil(at time.Time) int {
	return o.count(func(e enitest.Event) bool { return !e.Time.After(at) })
}

func (o *oracle) count(counts func(enitest.Event) bool) int {
	n := 0
	for n < len(o.events) && counts(o.events[n]) {
		n++
	}
	return n
}

// shape checks the form of a caller's result.
func (o *oracle) shape(s saying) {
	if len(s.outcomes) != len(s.targets) {
		o.Errorf("%s: %s said %d outcomes of %d targets", s.name, s.who, len(s.outcomes), len(s.targets))
	}
	if took := s.at.time.Sub(s.began.time); s.who == "the call" && took > maxElapsed+time.Minute {
		o.Errorf("%s: the call took %s although MaxElapsed is %s: %v", s.name, took, maxElapsed, s.err)
	}
	for n, outcome := range s.outcomes {
		failed := outcome == eni.OutcomeNotTried || outcome == eni.OutcomeRefused || outcome == eni.OutcomeUnknown
		if s.done && outcome == eni.OutcomeAccepted {
			o.Errorf("%s: %s said done, and of %s: %s", s.name, s.who, s.targets[n], outcome)
		}
		if over := s.done || s.who == "the call"; over && failed && s.err == nil && s.call.err == nil {
			o.Errorf("%s: %s said of %s: %s, and there was no error", s.name, s.who, s.targets[n], outcome)
		}
	}
	if s.err == nil {
		return
	}
	var e *eni.Error
	if !errors.As(s.err, &e) || e.Kind == 0 || e.Provider != o.vendor.name || e.Op == "" {
		o.Errorf("an error without its who and what: %#v", s.err)
	}
	for _, text := range texts(s.err) {
		if found := leaks(text); len(found) > 0 {
			o.Errorf("%q in: %s", found, text)
		}
	}
	if strings.Contains(s.err.Error(), "\n") {
		o.Errorf("more than one line: %q", s.err)
	}
	var several eni.Errors
	errors.As(s.err, &several)
	for _, e := range several {
		if e.Kind == 0 || e.Provider != o.vendor.name || e.Op == "" || e.InterfaceID != s.targets[0].id {
			o.Errorf("a reason without its who and what: %#v", e)
		}
	}
}
