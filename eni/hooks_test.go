// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"context"
	"slices"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

type userKey struct{}

// user makes hooks that record their events.
func user(name string, events *[]string) *eni.Options {
	note := func(what string) { *events = append(*events, name+" "+what) }
	return &eni.Options{
		OnCall: func(ctx context.Context, call eni.Call) (context.Context, func(eni.CallEnd)) {
			before, _ := ctx.Value(userKey{}).(string)
			note("begins " + call.Op + " in " + before)
			return context.WithValue(ctx, userKey{}, before+"/"+name), func(eni.CallEnd) { note("ends") }
		},
		OnAttempt: func(a eni.Attempt) { note("attempt " + a.Op) },
		OnQuery:   func(q eni.Query) { note("query " + q.Op) },
		OnLoad:    func(eni.Load) { note("load") },
	}
}

func TestJoinHooks(t *testing.T) {
	var events []string
	own := user("a", &events)
	own.Rates.Detach = 3
	joined := eni.JoinHooks(own, user("b", &events), nil, new(eni.Options), user("c", &events))
	if joined == own || joined.Rates.Detach != 3 {
		t.Error("want a copy of the first options")
	}
	ctx, end := joined.OnCall(t.Context(), eni.Call{Op: eni.OpDetach})
	joined.OnAttempt(eni.Attempt{Op: eni.OpDetach})
	joined.OnQuery(eni.Query{Op: eni.OpTask})
	joined.OnLoad(eni.Load{})
	end(eni.CallEnd{})
	want := []string{
		"a begins Detach in ", "b begins Detach in /a", "c begins Detach in /a/b",
		"a attempt Detach", "b attempt Detach", "c attempt Detach",
		"a query Task", "b query Task", "c query Task",
		"a load", "b load", "c load",
		"c ends", "b ends", "a ends",
	}
	if !slices.Equal(events, want) || ctx.Value(userKey{}) != "/a/b/c" {
		t.Errorf("events %q, want %q, in %v", events, want, ctx.Value(userKey{}))
	}
}

func TestJoinHooksOfNobody(t *testing.T) {
	if o := eni.JoinHooks(nil, nil); o == nil || o.OnCall != nil || o.OnAttempt != nil || o.OnQuery != nil || o.OnLoad != nil {
		t.Errorf("want options without hooks, got %+v", o)
	}
	var events []string
	careless := &eni.Options{OnCall: func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) { return ctx, nil }}
	_, end := eni.JoinHooks(careless, user("b", &events)).OnCall(t.Context(), eni.Call{})
	end(eni.CallEnd{})
	if _, end := eni.JoinHooks(careless, careless).OnCall(t.Context(), eni.Call{}); end != nil {
		t.Error("no hook has an end function, want nil")
	}
	if !slices.Equal(events, []string{"b begins  in ", "b ends"}) {
		t.Errorf("events %q", events)
	}
}

// If a hook panics, the end functions of the others still run.
func TestAPanicInOneOfTheHooks(t *testing.T) {
	var events []string
	broken := &eni.Options{OnCall: func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) {
		return ctx, func(eni.CallEnd) { panic("broken") }
	}}
	_, end := eni.JoinHooks(user("a", &events), broken).OnCall(t.Context(), eni.Call{})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		end(eni.CallEnd{})
	}()
	if !slices.Equal(events, []string{"a begins  in ", "a ends"}) {
		t.Errorf("events %q", events)
	}
}
