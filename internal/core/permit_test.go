package core_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestWhoComesWhileTheLimiterWaitsTravelsAlong(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Limiter: slowLimiter{}})
		var wg sync.WaitGroup
		for n, a := range secondaries(10) {
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 900 * time.Millisecond)
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 {
			t.Errorf("ten callers within one permit should share a change, got %d", got)
		}
	})
}

func TestACallerWhosePermitWouldComeTooLateIsToldAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 0.1}})
		addresses := secondaries(3)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", addresses[0])); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		op, err := client.UnassignPrivateIps(ctx, release("eni-1", addresses[1:]...))
		if !errors.Is(err, context.DeadlineExceeded) || eni.KindOf(err) != eni.ErrThrottled {
			t.Errorf("got %v", err)
		}
		if strings.Count(err.Error(), "the next permit comes") != 1 {
			t.Errorf("one reason for both addresses should be told once, got %v", err)
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("want an answer at once, took %s", took)
		}
		if got := op.Results()[0].Outcome; got != eni.OutcomeNotTried {
			t.Errorf("want not tried, got %s", got)
		}
	})
}
