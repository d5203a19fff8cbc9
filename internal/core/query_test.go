// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestEachDescriptionIsAQuery(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.Throttled, Delay: 2 * time.Second})
		var r record
		client := core.New(plainCloud(p), r.options())
		ctx := context.WithValue(t.Context(), callKey{}, 7)
		if _, err := client.Describe(ctx, "eni-1", "eni-2", "eni-3"); err != nil {
			t.Fatal(err)
		}
		if len(r.reports().queries) != 2 || len(r.reports().queries) != len(cloud.Calls(enitest.Describe)) {
			t.Fatalf("want both requests, got %+v", r.reports().queries)
		}
		first, second := r.reports().queries[0], r.reports().queries[1]
		if !errors.Is(first.Err, eni.ErrThrottled) || first.Duration != 2*time.Second || second.Err != nil || !second.Start.After(first.Start) {
			t.Errorf("got %+v and %+v", first, second)
		}
		for _, q := range r.reports().queries {
			if q.Provider != "plain" || q.Region != "here" || q.Op != eni.OpDescribe || q.Interfaces != 3 || q.Context.Value(callKey{}) != 7 {
				t.Errorf("got %+v", q)
			}
		}
	})
}

// The describes and task queries for a call have the values of its context.
func TestTheQueriesOfACallHaveItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Second }
		var r record
		op, err := core.New(plainCloud(withTasks{p}), r.options()).Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ops := make(map[string]int)
		for _, q := range r.reports().queries {
			ops[q.Op]++
			if _, ok := q.Context.Value(callKey{}).(int); !ok || q.Interfaces != 1 {
				t.Errorf("a query of no call: %+v", q)
			}
		}
		if ops[eni.OpDescribe] == 0 || ops[eni.OpTask] == 0 || len(ops) != 2 {
			t.Errorf("want descriptions and task queries, got %v", ops)
		}
	})
}

// A final failure is logged as a warning, a retried one is not.
func TestLevelsOfTheLog(t *testing.T) {
	two := release("eni-1", secondaries(2)...)
	tests := []struct {
		name   string
		action enitest.Action
		fault  enitest.Fault
		call   func(context.Context, eni.Client) error
		want   []string
	}{
		{"accepted", enitest.UnassignPrivateIps, enitest.Fault{}, releaseOne, []string{"DEBUG change accepted"}},
		{"requeued", enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict}, releaseOne, []string{"INFO change requeued", "DEBUG change accepted"}},
		{"denied", enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Denied}, releaseOne, []string{"WARN change refused"}},
		{"what was to be released is not there", "", enitest.Fault{}, func(ctx context.Context, c eni.Client) error {
			_, err := c.UnassignPrivateIps(ctx, release("eni-1", netip.MustParseAddr("10.9.9.9")))
			return err
		}, []string{"INFO change refused, the interface is described", "DEBUG query answered"}},
		{"one of a batch may have spoilt it", enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.PrimaryAddress}, func(ctx context.Context, c eni.Client) error {
			_, err := c.UnassignPrivateIps(ctx, two)
			return err
		}, []string{"DEBUG query answered", "INFO change refused, the interface is described", "DEBUG query answered", "DEBUG change accepted", "DEBUG change accepted"}},
		{"a batch in a state that forbids it", enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.WrongState}, func(ctx context.Context, c eni.Client) error {
			_, err := c.UnassignPrivateIps(ctx, two)
			return err
		}, []string{"DEBUG query answered", "WARN change refused", "DEBUG query answered"}},
		{"a call that is canceled", enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour}, func(ctx context.Context, c eni.Client) error {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			if err := releaseOne(ctx, c); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		}, []string{"INFO change canceled"}},
		{"a description that is throttled", enitest.Describe, enitest.Fault{Reason: enitest.Throttled}, describeOne, []string{"INFO query failed", "DEBUG query answered"}},
		{"one address that may have spoilt its change", enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.PrimaryInterface}, releaseOne, []string{"WARN change refused", "DEBUG query answered"}},
		{"an interface that is not there", enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.NotFound}, releaseOne, []string{"INFO change refused, the interface is described", "DEBUG query answered", "DEBUG change accepted"}},
		{"a description that is canceled", enitest.Describe, enitest.Fault{Delay: time.Hour}, func(ctx context.Context, c eni.Client) error {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			err := describeOne(ctx, c)
			time.Sleep(time.Second)
			return err
		}, []string{"INFO query canceled"}},
		{"a description of what is not there", enitest.Describe, enitest.Fault{Reason: enitest.NotFound}, describeOne, []string{"INFO query failed"}},
		{"a description that is denied", enitest.Describe, enitest.Fault{Reason: enitest.Denied}, describeOne, []string{"WARN query refused"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				if tt.fault != (enitest.Fault{}) {
					cloud.Inject(tt.action, tt.fault)
				}
				var out bytes.Buffer
				logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
				err := tt.call(t.Context(), core.New(plainCloud(p), &eni.Options{Logger: logger}))
				var got []string
				synctest.Wait()
				for line := range strings.Lines(out.String()) {
					var fields struct{ Level, Msg string }
					if err := json.Unmarshal([]byte(line), &fields); err != nil {
						t.Fatal(err)
					}
					got = append(got, fields.Level+" "+fields.Msg)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("call ended with %v, logged %q, want %q", err, got, tt.want)
				}
			})
		})
	}
}

func releaseOne(ctx context.Context, c eni.Client) error {
	_, err := c.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
	return err
}

func describeOne(ctx context.Context, c eni.Client) error {
	_, err := c.(eni.Describer).Describe(ctx, "eni-1") //nolint:forcetypeassert // the core's is one
	return err
}
