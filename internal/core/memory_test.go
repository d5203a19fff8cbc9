// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// gate is a limiter that grants no permit before it is opened.
type gate chan struct{}

func (g gate) Wait(context.Context) error { <-g; return nil }

// An Operation keeps neither the context of its own release nor that of another caller in
// the same change.
func TestAnOperationKeepsNoContext(t *testing.T) {
	limiter := make(gate)
	d := new(instant)
	client := overInstant(d, &eni.Options{Limiter: limiter})
	collected := make(chan int, 2)
	ops := make([]*eni.Operation, 2)
	var callers sync.WaitGroup
	for n, a := range many(2) {
		callers.Go(func() {
			value := new([1 << 20]byte)
			runtime.AddCleanup(value, func(n int) { collected <- n }, n)
			op, err := client.UnassignPrivateIps(context.WithValue(t.Context(), callKey{}, value), release("eni-1", a))
			if err != nil {
				t.Error(err)
			}
			ops[n] = op
		})
	}
	for client.Pending() < 2 {
		runtime.Gosched()
	}
	close(limiter)
	callers.Wait()
	if n := d.sends.Load(); n != 1 {
		t.Errorf("want both in one change, got %d", n)
	}
	for rounds := 0; len(collected) < 2; rounds++ {
		if runtime.GC(); rounds == 1000 {
			t.Fatalf("the contexts of %d calls are kept", 2-len(collected))
		}
	}
	runtime.KeepAlive(ops)
}

// Texts of a cloud are truncated to a size that can be logged.
func TestIdsAndTextsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 4<<20)
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Code: long, Message: long})
		client := core.New(plainCloud(talkative{p, long}), &eni.Options{Retry: eni.Retry{MaxAttempts: 1}})
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err == nil || len(err.Error()) > 4096 {
			t.Errorf("want a short error, got one of %d bytes", len(err.Error()))
		}
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)[1]))
		if err != nil || len(op.RequestIDs()) != 1 || len(op.RequestIDs()[0]) > 200 {
			t.Errorf("want a short request id, got %v", err)
		}
	})
}

// talkative is a driver of a cloud whose request ids are long.
type talkative struct {
	*plain

	id string
}

func (d talkative) Send(ctx context.Context, c core.Change) (core.Receipt, error) {
	receipt, err := d.plain.Send(ctx, c)
	receipt.RequestID, receipt.TaskID = d.id, d.id
	return receipt, err
}
