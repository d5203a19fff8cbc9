// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Every error that the user's policy gets has the cloud and the interface, also conflicts
// that the client itself has found.
func TestThePolicyGetsTheError(t *testing.T) {
	for _, reason := range []enitest.Reason{enitest.NotAssigned, enitest.Conflict, enitest.Throttled, enitest.Internal} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: reason})
			var asked atomic.Int32
			client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{Retryable: func(err error) bool {
				asked.Add(1)
				var e *eni.Error
				if !errors.As(err, &e) || e.Provider != "plain" || e.InterfaceID != "eni-1" {
					t.Errorf("%s: asked about %+v", reason, e)
				}
				return true
			}}})
			if err := releaseOne(t.Context(), client); err != nil || asked.Load() == 0 {
				t.Errorf("%s: %v, asked %d times", reason, err, asked.Load())
			}
		})
	}
}

// A change of several callers is sent with the values of one of their contexts, and each
// call has all its request ids.
func TestAChangeHasItsCallersValues(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Throttled})
		p.before = func(ctx context.Context, call enitest.Call) {
			if call.Action == enitest.UnassignPrivateIps && ctx.Value(callKey{}) != 7 {
				t.Error("the request has nobody's values")
			}
		}
		client := core.New(plainCloud(p), &eni.Options{Limiter: slowLimiter{}})
		ctx := context.WithValue(t.Context(), callKey{}, 7)
		var callers sync.WaitGroup
		for _, a := range secondaries(2) {
			callers.Go(func() {
				op, err := client.UnassignPrivateIps(ctx, release("eni-1", a))
				if err != nil || len(op.RequestIDs()) != 2 || op.Attempts() != 2 {
					t.Errorf("got %v after %d attempts, request ids %q", err, op.Attempts(), op.RequestIDs())
				}
			})
		}
		callers.Wait()
	})
}

// renewingTasks is a driver with tasks and new credentials.
type renewingTasks struct{ withTasks }

func (renewingTasks) Renew(context.Context, error) bool { return true }

// A task query with expired credentials is repeated at once.
func TestATaskQueryIsRenewed(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 30 * time.Second }
		cloud.Inject(enitest.DescribeTask, enitest.Fault{Reason: enitest.ExpiredCredentials})
		client := core.New(plainCloud(renewingTasks{withTasks{p}}), nil)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		calls := cloud.Calls(enitest.DescribeTask)
		if len(calls) < 2 || calls[1].Time.Sub(calls[0].Time) > 100*time.Millisecond {
			t.Errorf("got %v", calls)
		}
	})
}
