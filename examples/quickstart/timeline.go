// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// timeline prints what happens and when, and records the results for check.
type timeline struct {
	out       io.Writer
	start     time.Time
	conflicts int
	outcomes  map[netip.Prefix]eni.Outcome
}

func newTimeline(out io.Writer, cloud, endpoint string) *timeline {
	fmt.Fprintf(out, "%s at %s\n", cloud, endpoint)
	return &timeline{out: out, start: time.Now(), outcomes: make(map[netip.Prefix]eni.Outcome)}
}

// options make the client report each request that it sends to the timeline.
func (t *timeline) options() *eni.Options { return &eni.Options{OnAttempt: t.attempt} }

func (t *timeline) line(format string, args ...any) {
	fmt.Fprintf(t.out, "%6.2fs  %s\n", time.Since(t.start).Seconds(), fmt.Sprintf(format, args...))
}

// say prints the title of a step.
func (t *timeline) say(format string, args ...any) { t.line("● "+format, args...) }

// note prints a line of a step.
func (t *timeline) note(format string, args ...any) { t.line("│ "+format, args...) }

// attempt shows one request. It runs on the client's goroutine, while the story
// waits for the call that sent it.
func (t *timeline) attempt(a eni.Attempt) {
	what := fmt.Sprintf("%d items", a.Items)
	if a.Items == 1 {
		what = "1 item"
	}
	var e *eni.Error
	switch {
	case a.Err == nil:
		t.note("%-8s → accepted", what)
	case errors.As(a.Err, &e):
		if e.Kind == eni.ErrConflict {
			t.conflicts++
		}
		t.note("%-8s → %s (%s)", what, e.Kind, e.Code)
	}
}

// results prints the results of a call, one line for each outcome.
func (t *timeline) results(op *eni.Operation) {
	by := make(map[eni.Outcome][]string)
	for _, r := range op.Results() {
		t.outcomes[r.Prefix] = r.Outcome
		by[r.Outcome] = append(by[r.Outcome], r.String())
	}
	for _, outcome := range []eni.Outcome{eni.OutcomeReleased, eni.OutcomeAbsent, eni.OutcomeAccepted, eni.OutcomeRefused, eni.OutcomeNotTried, eni.OutcomeUnknown} {
		switch all := by[outcome]; len(all) {
		case 0:
		case 1:
			t.note("%d %s: %s", len(all), outcome, all[0])
		default:
			t.note("%d %s: %s … %s", len(all), outcome, all[0], all[len(all)-1])
		}
	}
}

// check compares the results with the state of the cloud, and prints the last line.
func (t *timeline) check(cloud *enitest.Cloud, withPrefix bool) error {
	i, _ := cloud.Get(interfaceID)
	switch gone := len(addresses) - 1; {
	case t.conflicts != 2:
		return fmt.Errorf("%d conflicts: want 2", t.conflicts)
	case t.outcomes[full(addresses[gone])] != eni.OutcomeAbsent:
		return fmt.Errorf("%s was already gone and is reported as %s: want absent", addresses[gone], t.outcomes[full(addresses[gone])])
	case !slices.Equal(i.Addresses, []eni.Address{{Addr: primary, Primary: true}}):
		return fmt.Errorf("the interface has %v: want only the primary address", i.Addresses)
	case withPrefix && len(i.Prefixes) != 0:
		return fmt.Errorf("the interface has the prefixes %v: want none", i.Prefixes)
	case i.State != eni.StateAvailable || i.InstanceID != "":
		return fmt.Errorf("the interface is %s on %q: want it free", i.State, i.InstanceID)
	case time.Since(t.start) < time.Second:
		return errors.New("the detach completed in less than a second")
	}
	for _, a := range addresses[:len(addresses)-1] {
		if t.outcomes[full(a)] != eni.OutcomeReleased {
			return fmt.Errorf("%s is reported as %s: want released", a, t.outcomes[full(a)])
		}
	}
	t.line("■ the cloud agrees: %d changes took effect\n", len(cloud.History()))
	return nil
}

func full(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
