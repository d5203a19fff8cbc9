// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

// progress is an operation with a fixed result.
type progress struct {
	results []eni.Result
	outcome eni.Outcome
	err     error
}

func (p progress) Poll(context.Context) (bool, error) { return true, p.err }
func (p progress) Wait(context.Context) error         { return p.err }
func (p progress) Results() []eni.Result              { return p.results }
func (p progress) Outcome() eni.Outcome               { return p.outcome }
func (p progress) RequestIDs() []string               { return nil }
func (p progress) Attempts() int                      { return 0 }

// Each outcome is that of an operation which also has any of the later ones.
var byRank = []eni.Outcome{
	eni.OutcomeUnknown, eni.OutcomeRefused, eni.OutcomeNotTried,
	eni.OutcomeAccepted, eni.OutcomeAbsent, eni.OutcomeReleased,
}

func TestTheOutcomeOfAnOperation(t *testing.T) {
	for i, want := range byRank {
		for _, behind := range byRank[i:] {
			for _, results := range [][]eni.Result{{{Outcome: want}, {Outcome: behind}}, {{Outcome: behind}, {Outcome: want}}} {
				if got := eni.NewOperation(progress{results: results}).Outcome(); got != want {
					t.Errorf("%v: want %s, got %s", results, want, got)
				}
			}
		}
	}
	if got := eni.NewOperation(progress{outcome: eni.OutcomeAbsent}).Outcome(); got != eni.OutcomeAbsent {
		t.Errorf("without results the operation's own outcome counts, got %s", got)
	}
	for _, empty := range []*eni.Operation{nil, eni.NewOperation(nil)} {
		if got := empty.Outcome(); got != eni.OutcomeNotTried {
			t.Errorf("an empty operation: want not tried, got %s", got)
		}
	}
}

func TestResultTexts(t *testing.T) {
	for _, tt := range []struct{ prefix, addr, text string }{
		{"10.0.0.7/32", "10.0.0.7", "10.0.0.7"},
		{"2001:db8::7/128", "2001:db8::7", "2001:db8::7"},
		{"10.1.0.0/28", "", "10.1.0.0/28"},
		{"2001:db8:1::/80", "", "2001:db8:1::/80"},
	} {
		r := eni.Result{Prefix: netip.MustParsePrefix(tt.prefix)}
		var addr netip.Addr
		if tt.addr != "" {
			addr = netip.MustParseAddr(tt.addr)
		}
		if r.Addr() != addr || r.String() != tt.text {
			t.Errorf("%s: got %v and %q", tt.prefix, r.Addr(), r)
		}
	}
	if r := (eni.Result{}); r.Addr().IsValid() || r.String() == "" {
		t.Errorf("the zero result: got %v and %q", r.Addr(), r)
	}
}

// half is a client that refuses a part of each call.
type half struct {
	eni.Client

	op  *eni.Operation
	err error
}

func (h half) UnassignPrivateIps(context.Context, eni.UnassignRequest) (*eni.Operation, error) {
	return h.op, h.err
}

// Blocking returns each reason of a call and its wait once and counts each address
// once, also if the wait repeats an error of the call.
func TestBlockingJoinsTheCallAndItsWait(t *testing.T) {
	refused := failure(eni.ErrInvalid, "Primary", 1)
	early, late := failure(eni.ErrUnknown, "FAILED", 10), failure(eni.ErrUnknown, "FAILED", 20)
	waiting := &eni.Error{Kind: eni.ErrConflict, Message: "still in progress", Count: 3, Err: context.DeadlineExceeded}
	var results []eni.Result
	for range 20 {
		results = append(results, eni.Result{Outcome: eni.OutcomeRefused, Err: late})
	}
	for _, tt := range []struct {
		name      string
		call, end error
		results   []eni.Result
		want      map[eni.Kind]int
	}{
		{name: "both fine"},
		{name: "only the call", call: refused, want: map[eni.Kind]int{eni.ErrInvalid: 1}},
		{name: "only the wait", end: waiting, want: map[eni.Kind]int{eni.ErrConflict: 3}},
		{name: "two reasons", call: refused, end: waiting, want: map[eni.Kind]int{eni.ErrConflict: 3, eni.ErrInvalid: 1}},
		{name: "one reported twice", call: early, end: late, results: results, want: map[eni.Kind]int{eni.ErrUnknown: 20}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := half{op: eni.NewOperation(progress{results: tt.results, err: tt.end}), err: tt.call}
			op, err := eni.Blocking(client).UnassignPrivateIps(t.Context(), eni.UnassignRequest{})
			got := reasonsOf(t, err)
			if op != client.op || len(got) != len(tt.want) {
				t.Errorf("want %v, got %v", tt.want, err)
			}
			for _, e := range got {
				if e.Count != tt.want[e.Kind] {
					t.Errorf("%s: want %d, got %d", e.Kind, tt.want[e.Kind], e.Count)
				}
			}
			if tt.end != nil && tt.results == nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the end of the context should be found, got %v", err)
			}
		})
	}
}
