// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// A change carries the claims of three calls. One caller departs before the answer, and a
// later fourth call is not in the change.
func TestAnAttemptHasTheContextsOfItsCallers(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: 10 * time.Second})
		var r record
		opts := r.options()
		opts.Limiter = slowLimiter{}
		client := core.New(plainCloud(p), opts)
		all := secondaries(3)
		var wg sync.WaitGroup
		call := func(limit time.Duration, addresses ...netip.Addr) {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				if _, err := client.UnassignPrivateIps(ctx, release("eni-1", addresses...)); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		call(time.Hour, all[0], all[1])
		call(time.Hour, all[1])
		call(15*time.Second, all[1])
		time.Sleep(12 * time.Second)
		call(time.Hour, all[2])
		wg.Wait()
		if len(r.reports().attempts) != 2 {
			t.Fatalf("want two attempts, got %v", r.reports().attempts)
		}
		a := r.reports().attempts[0]
		if got := travellers(a); !slices.Equal(got, []int{0, 1, 2}) {
			t.Errorf("want the contexts of three calls, once each, got those of %v", got)
		}
		if a.Items != 2 || a.Region != "here" || a.Duration != 10*time.Second {
			t.Errorf("the attempt is told as %+v", a)
		}
		if got := travellers(r.reports().attempts[1]); !slices.Equal(got, []int{3}) {
			t.Errorf("want the context of the fourth call, got those of %v", got)
		}
	})
}

func TestTheAttemptThatALeavingCallerEndsHasItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour})
		var r record
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := core.New(plainCloud(p), r.options()).UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		synctest.Wait()
		if err == nil || len(r.reports().attempts) != 1 || len(travellers(r.reports().attempts[0])) != 1 {
			t.Errorf("returned %v, want one attempt with one context: %v", err, r.reports().attempts)
		}
	})
}

func TestAnAttemptHasItsWaitingTimes(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		prefix := netip.MustParsePrefix("10.1.0.0/28")
		cloud.Update("eni-1", func(i *eni.Interface) { i.Prefixes = []netip.Prefix{prefix} })
		cloud.Inject(enitest.UnassignPrivateIps,
			enitest.Fault{Delay: 7 * time.Second, Reason: enitest.Conflict}, enitest.Fault{Delay: 4 * time.Second})
		var r record
		opts := r.options()
		opts.Limiter = slowLimiter{}
		opts.Retry.Backoff = func() eni.Backoff { return pauses(3 * time.Second) }
		client := core.New(plainCloud(p), opts)
		var wg sync.WaitGroup
		for n, at := range []time.Duration{0, 20 * time.Second} {
			wg.Go(func() {
				time.Sleep(at)
				// The second is of another form: it waits until the first is through.
				req := release("eni-1", secondaries(1)...)
				if n == 1 {
					req = eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{prefix}}
				}
				if _, err := client.UnassignPrivateIps(t.Context(), req); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// 0: queued, 10: sent, 17: conflict, 20: asks again, 30: sent, 34: accepted,
		// and then the second, which has come at 20.
		want := []struct{ queued, permit float64 }{{0, 10}, {3, 10}, {14, 10}} // in seconds
		if len(r.reports().attempts) < len(want) {
			t.Fatalf("want %d attempts, got %v", len(want), r.reports().attempts)
		}
		for i, w := range want {
			a := r.reports().attempts[i]
			if got := a.QueueWait.Truncate(time.Second).Seconds(); got != w.queued {
				t.Errorf("attempt %d was queued for %v, want %v s", i, a.QueueWait, w.queued)
			}
			if got := a.PermitWait.Truncate(time.Second).Seconds(); got != w.permit {
				t.Errorf("attempt %d was waited for its permit %v, want %v s", i, a.PermitWait, w.permit)
			}
		}
	})
}

func TestADetachSentAgainIsAnAttemptOfThoseWhoWait(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.Detach, enitest.Fault{Stuck: true})
		stuck := plainCloud(p)
		stuck.StuckAfter = 15 * time.Second
		var r record
		opts := r.options()
		opts.Limiter = slowLimiter{}
		op, err := core.New(stuck, opts).Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.reports().attempts) != 2 || !slices.Equal(travellers(r.reports().attempts[1]), []int{0}) {
			t.Fatalf("want two attempts of the call, got %v", r.reports().attempts)
		}
		if a := r.reports().attempts[1]; a.QueueWait != 0 || a.PermitWait != 10*time.Second {
			t.Errorf("want only the limiter's 10s, got %v queued and %v for the permit", a.QueueWait, a.PermitWait)
		}
	})
}

// Records for one address and for a thousand have the same message and fields, and no
// record is large.
func TestTheLogOfARefusedCallHasOneShape(t *testing.T) {
	for name, fault := range map[string]enitest.Fault{
		"denied":   {Reason: enitest.Denied},
		"conflict": {Reason: enitest.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			var shapes []string
			for _, n := range []int{1, 1000} {
				inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
					always(cloud, enitest.UnassignPrivateIps, fault)
					var out bytes.Buffer
					logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
					client := core.New(plainCloud(p), &eni.Options{Logger: logger, Retry: eni.Retry{MaxAttempts: 2}})
					_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", many(n)...))
					logger.Error("release failed", "error", err)

					records := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
					t.Logf("%d addresses, %d records; the first and the last:\n%s\n%s", n, len(records), records[0], records[len(records)-1])
					shape := make(map[string]bool)
					records = slices.DeleteFunc(records, func(record []byte) bool { return bytes.Contains(record, []byte(`"query answered"`)) })
					for _, record := range records {
						if len(record) > 2000 {
							t.Errorf("a record of %d bytes: %s", len(record), record)
						}
						shape[shapeOf(t, record)] = true
					}
					shapes = append(shapes, strings.Join(slices.Sorted(maps.Keys(shape)), "\n"))
				})
			}
			if shapes[0] != shapes[1] {
				t.Errorf("one address is logged as\n%s\nand a thousand as\n%s", shapes[0], shapes[1])
			}
		})
	}
}

// shapeOf is a record's message and the names of its fields.
func shapeOf(t *testing.T, record []byte) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(record, &fields); err != nil {
		t.Fatal(err)
	}
	nested, ok := fields["error"].(map[string]any)
	if !ok {
		t.Errorf("the error is no object: %s", record)
	}
	return fmt.Sprint(fields["msg"], slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(nested)))
}
