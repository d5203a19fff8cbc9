// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// partial is the error of a describe with some unreadable interfaces.
type partial map[string]error

func (p partial) Error() string { return fmt.Sprintf("%d interfaces cannot be read", len(p)) }

func (p partial) Unwrap() error { return p[slices.Min(slices.Collect(maps.Keys(p)))] }

func (p partial) Interfaces() map[string]error { return p }

// halting is a driver whose describes cannot read some interfaces.
type halting struct {
	*outspoken

	mu  sync.Mutex
	bad map[string]error
}

func (d *halting) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	found, err := d.outspoken.Describe(ctx, ids)
	d.mu.Lock()
	defer d.mu.Unlock()
	failed := partial{}
	for id, why := range d.bad {
		if slices.Contains(ids, id) {
			failed[id] = why
		}
	}
	if err != nil || len(failed) == 0 {
		return found, err
	}
	return slices.DeleteFunc(found, func(i eni.Interface) bool { return failed[i.ID] != nil }), failed
}

func unread(id string) error {
	return &hinted{kind: eni.ErrUnavailable, text: "unreadable reply: interface " + id + ": no IPv4 address"}
}

// An unreadable interface fails only the callers that asked for it.
func TestOneUnreadableInterface(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		d := &halting{outspoken: &outspoken{plain: p}, bad: map[string]error{"eni-bad": unread("eni-bad")}}
		var queries []eni.Query
		var mu sync.Mutex
		client := core.New(plainCloud(d), &eni.Options{Rates: eni.Rates{Detach: -1, Describe: -1}, OnQuery: func(q eni.Query) {
			mu.Lock()
			defer mu.Unlock()
			queries = append(queries, q)
		}})
		cloud.Put(attached("eni-bad", 2))
		var wg sync.WaitGroup
		for n := range 20 {
			cloud.Put(attached(fmt.Sprintf("eni-%d", n), 2))
			wg.Go(func() {
				start := time.Now()
				req := eni.DetachRequest{InterfaceID: fmt.Sprintf("eni-%d", n), InstanceID: "i-1"}
				if op, err := client.Detach(t.Context(), req); err != nil || time.Since(start) > soon {
					t.Errorf("a neighbour: %s after %s, %v", op.Outcome(), time.Since(start), err)
				}
			})
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			op, err := client.Detach(ctx, eni.DetachRequest{InterfaceID: "eni-bad", InstanceID: "i-1"})
			var e *eni.Error
			if op.Outcome() != eni.OutcomeNotTried || !errors.As(err, &e) || e.InterfaceID != "eni-bad" || !strings.Contains(e.Message, "interface eni-bad: no IPv4 address") {
				t.Errorf("%s, %v", op.Outcome(), err)
			}
		})
		wg.Wait()
		shared := func(q eni.Query) bool { return q.Interfaces > 10 && q.Err != nil }
		if !slices.ContainsFunc(queries, shared) {
			t.Errorf("the hook is told of no description of which a part failed: %v", queries)
		}
		if n := sent(cloud, enitest.Detach); n != 20 {
			t.Errorf("%d detaches", n)
		}
	})
}

// An interface that is unreadable once is not missing, and is described again. An interface
// that is neither among the readable nor the unreadable ones does not exist.
func TestAnUnreadableInterfaceIsNotMissing(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		d := &halting{outspoken: &outspoken{plain: p}, bad: map[string]error{"eni-1": unread("eni-1")}}
		client := core.New(plainCloud(d), nil)
		time.AfterFunc(20*time.Second, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.bad = nil
		})
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...))
		if err != nil || op.Outcome() != eni.OutcomeAccepted {
			t.Errorf("%s, %v", op.Outcome(), err)
		}
		d.bad = map[string]error{"eni-2": unread("eni-2"), "eni-1": unread("eni-1")}
		if _, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-none", InstanceID: "i-1"}); !errors.Is(err, eni.ErrNotFound) {
			t.Errorf("beside an unreadable one: %v", err)
		}
	})
}

// A Describe returns the readable interfaces with an error that names an unreadable one.
func TestDescribeReturnsWhatCanBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Put(attached("eni-2", 1))
		cloud.Put(attached("eni-3", 1))
		d := &halting{outspoken: &outspoken{plain: p}, bad: map[string]error{"eni-2": unread("eni-2")}}
		client := core.New(plainCloud(d), &eni.Options{Retry: eni.Retry{MaxAttempts: 3}})
		for _, limit := range []time.Duration{time.Hour, time.Second / 2} {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			found, err := client.Describe(ctx, "eni-1", "eni-2", "eni-3", "eni-none")
			if len(found) != 2 || found[0].ID == "eni-2" || found[1].ID == "eni-2" || !errors.Is(err, eni.ErrUnavailable) || !strings.Contains(err.Error(), "interface eni-2") {
				t.Errorf("%v, %v", found, err)
			}
			cancel()
		}
	})
}

// The limiter also counts throttling of only some interfaces, as on a cloud that describes
// one interface at a time.
func TestThrottlingOfAPartIsThrottling(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		slow := &hinted{kind: eni.ErrThrottled, text: "slow", retryAfter: 30 * time.Second}
		d := &halting{outspoken: &outspoken{plain: p}, bad: map[string]error{"eni-2": slow}}
		cloud.Put(attached("eni-2", 1))
		client := core.New(plainCloud(d), &eni.Options{Retry: eni.Retry{MaxAttempts: 1}})
		client.Describe(t.Context(), "eni-1", "eni-2")
		start := time.Now()
		if _, err := client.Describe(t.Context(), "eni-1"); err != nil || time.Since(start) < 29*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}
