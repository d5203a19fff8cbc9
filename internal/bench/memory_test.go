// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/cloudeni/cloudeni/eni"
)

// TestWaitingCallers prints the memory of 1,000 callers that wait for a cloud that never
// answers, compared with the same callers waiting on a channel.
func TestWaitingCallers(t *testing.T) {
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { waitingCallers(t, v) })
		})
	}
}

func waitingCallers(t *testing.T, v vendor) {
	t.Helper()
	const interfaces, each = 10, 100
	client, err := v.ours(holding{}, &eni.Options{Rates: noRates})
	if err != nil {
		t.Fatal(err)
	}
	// whileWaiting measures while all the callers wait, and then lets them go.
	whileWaiting := func(wait func(ctx context.Context, n, k int)) usage {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var callers sync.WaitGroup
		for n := range interfaces {
			for k := range each {
				callers.Go(func() { wait(ctx, n, k) })
			}
		}
		used := measure()
		cancel()
		callers.Wait()
		return used
	}
	idle := measure()
	base := whileWaiting(func(ctx context.Context, _, _ int) { <-ctx.Done() })
	ours := whileWaiting(func(ctx context.Context, n, k int) {
		_, err := client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: interfaceID(n), Addresses: []netip.Addr{address(n, k)}})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	left := measure()
	t.Logf("%d callers on %d ENIs: %d bytes of heap and %d of stack per caller (their goroutines alone: %d and %d), %d goroutines beyond the callers'; when all have left: %d goroutines",
		interfaces*each, interfaces,
		(ours.heap-idle.heap)/(interfaces*each), (ours.stack-idle.stack)/(interfaces*each),
		(base.heap-idle.heap)/(interfaces*each), (base.stack-idle.stack)/(interfaces*each),
		ours.goroutines-idle.goroutines-interfaces*each, left.goroutines-idle.goroutines)
	if beyond := ours.goroutines - idle.goroutines - interfaces*each; beyond > 4*interfaces {
		t.Errorf("%d goroutines beyond the callers' for %d ENIs", beyond, interfaces)
	}
}

// noRates sets no limits.
var noRates = eni.Rates{UnassignPrivateIps: -1, UnassignIpv6: -1, Detach: -1, Describe: -1, Task: -1}

// usage is the current memory of the process.
type usage struct{ heap, stack, goroutines int }

// measure measures when all goroutines are blocked.
func measure() usage {
	synctest.Wait()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{heap: int(m.HeapAlloc), stack: int(m.StackInuse), goroutines: runtime.NumGoroutine()}
}

// holding is a cloud that answers only when the request's context ends.
type holding struct{}

func (holding) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
