// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// instant is a driver without a cloud, to measure only the core: it accepts every change,
// and its describes show no address. With hold, a request for eni-1 lasts until its
// context ends.
type instant struct {
	holds bool
	sends atomic.Int64
}

func (d *instant) Send(ctx context.Context, c core.Change) (core.Receipt, error) {
	d.sends.Add(1)
	if d.holds && c.InterfaceID == "eni-1" {
		<-ctx.Done()
		return core.Receipt{}, ctx.Err()
	}
	return core.Receipt{RequestID: "r"}, nil
}

// Describe shows each interface with all addresses of the tests.
func (d *instant) Describe(_ context.Context, ids []string) ([]eni.Interface, error) {
	found := make([]eni.Interface, len(ids))
	for n, id := range ids {
		found[n] = eni.Interface{ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1", Addresses: shown}
	}
	return found, nil
}

func (d *instant) Explain(_ string, err error) *eni.Error {
	return &eni.Error{Kind: eni.ErrUnavailable, Message: err.Error(), Err: err}
}

var shown = func() []eni.Address {
	list := []eni.Address{{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true}}
	for _, a := range many(40000) {
		list = append(list, eni.Address{Addr: a})
	}
	return list
}()

func overInstant(d *instant, opts *eni.Options) *core.Client {
	return core.New(core.Cloud{Provider: "plain", Driver: d, PerChange: 10, PerDescribe: 100}, opts)
}

// cpu returns the processor time of the process.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// best returns the least of five measurements, divided by n.
func best(n int, measure func(n int) time.Duration) float64 {
	least := time.Duration(1 << 62)
	for range 5 {
		runtime.GC()
		least = min(least, measure(n))
	}
	return float64(least) / float64(n)
}

// compare compares the cost of each item for two sizes.
func compare(b *testing.B, small, large int, measure func(n int) time.Duration) {
	b.Helper()
	for range b.N {
		s, l := best(small, measure), best(large, measure)
		b.ReportMetric(s, "ns-small")
		b.ReportMetric(l, "ns-large")
		b.ReportMetric(l/s, "ratio")
	}
	b.ReportMetric(0, "ns/op")
}

// A call with many addresses costs the same for each.
func BenchmarkAddressOfACall(b *testing.B) {
	compare(b, 10000, 40000, func(n int) time.Duration {
		client := overInstant(new(instant), nil)
		began := cpu()
		if _, err := client.UnassignPrivateIps(b.Context(), release("eni-1", many(n)...)); err != nil {
			b.Fatal(err)
		}
		return cpu() - began
	})
}

// cancelled returns the cost of the end of a call with many addresses, and a function that
// waits for it.
func cancelled(b *testing.B, client *core.Client, d *instant, n int) (cancel func(), wait func()) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	addresses := many(n)
	go func() {
		defer close(ended)
		if _, err := client.UnassignPrivateIps(ctx, release("eni-1", addresses...)); !errors.Is(err, context.Canceled) {
			b.Error(err)
		}
	}()
	for d.sends.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(10 * time.Millisecond)
	return stop, func() { <-ended }
}

func BenchmarkAddressOfACancelledCall(b *testing.B) {
	compare(b, 10000, 40000, func(n int) time.Duration {
		d := &instant{holds: true}
		cancel, wait := cancelled(b, overInstant(d, nil), d, n)
		began := cpu()
		cancel()
		wait()
		return cpu() - began
	})
}

// The departure of many callers of the same ten addresses costs the same for each.
func BenchmarkCallerWhoLeaves(b *testing.B) {
	for _, addresses := range []int{1, 10} {
		for name, deadline := range map[string]bool{"cancelled": false, "with a deadline": true} {
			b.Run(fmt.Sprintf("%d addresses, %s", addresses, name), func(b *testing.B) {
				compare(b, 1000, 4000, func(n int) time.Duration { return callersLeave(b, addresses, deadline, n) })
			})
		}
	}
}

func callersLeave(b *testing.B, addresses int, deadline bool, n int) time.Duration {
	b.Helper()
	d := &instant{holds: true}
	client := overInstant(d, nil)
	ctx, cancel := context.WithCancel(b.Context())
	if deadline {
		ctx, cancel = context.WithTimeout(b.Context(), time.Hour)
	}
	var callers sync.WaitGroup
	for range n {
		callers.Go(func() { client.UnassignPrivateIps(ctx, release("eni-1", many(addresses)...)) })
	}
	for d.sends.Load() == 0 || client.Pending() < addresses {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	began := cpu()
	cancel()
	callers.Wait()
	return cpu() - began
}

// The departure of many callers that wait for one accepted change costs the same for each.
func BenchmarkWaiterWhoLeaves(b *testing.B) {
	compare(b, 1000, 4000, func(n int) time.Duration {
		client := overInstant(new(instant), nil)
		op, err := client.UnassignPrivateIps(b.Context(), release("eni-1", many(1)...))
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		var waiters sync.WaitGroup
		for range n {
			waiters.Go(func() { op.Wait(ctx) })
		}
		time.Sleep(50 * time.Millisecond)
		began := cpu()
		cancel()
		waiters.Wait()
		return cpu() - began
	})
}

// The end of many interfaces that wait for a permit costs the same for each.
func BenchmarkInterfaceThatIsLeft(b *testing.B) {
	compare(b, 10000, 40000, func(n int) time.Duration {
		client := overInstant(new(instant), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 0.001}})
		ctx, cancel := context.WithCancel(b.Context())
		var callers sync.WaitGroup
		for k := range n {
			callers.Go(func() { client.UnassignPrivateIps(ctx, release("eni-"+strconv.Itoa(k), many(1)...)) })
		}
		for client.Lanes() < n {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond)
		began := cpu()
		cancel()
		callers.Wait()
		return cpu() - began
	})
}

// The cancellation of a call with 40,000 addresses does not delay calls for other
// interfaces.
func BenchmarkCallDuringACancel(b *testing.B) {
	d := &instant{holds: true}
	calls := 0
	call := func(client *core.Client) time.Duration {
		calls++
		req := release("eni-x"+strconv.Itoa(calls), many(1)...)
		began := time.Now()
		if _, err := client.UnassignPrivateIps(b.Context(), req); err != nil {
			b.Error(err)
		}
		return time.Since(began)
	}
	median := func(list []time.Duration) time.Duration {
		slices.Sort(list)
		return list[len(list)/2]
	}
	for range b.N {
		var idle, during []time.Duration
		client := overInstant(d, nil)
		for range 2000 {
			idle = append(idle, call(client))
		}
		worst := time.Duration(0)
		for range 10 {
			client := overInstant(d, nil)
			d.sends.Store(0)
			cancel, wait := cancelled(b, client, d, 40000)
			ended := make(chan struct{})
			cancel()
			go func() {
				wait()
				close(ended)
			}()
			for going := true; going; {
				took := call(client)
				worst = max(worst, took)
				during = append(during, took)
				select {
				case <-ended:
					going = false
				default:
				}
			}
		}
		b.ReportMetric(float64(median(idle)), "ns-idle")
		b.ReportMetric(float64(median(during)), "ns-during")
		b.ReportMetric(float64(worst), "ns-worst")
		b.ReportMetric(float64(median(during))/float64(median(idle)), "ratio")
	}
	b.ReportMetric(0, "ns/op")
}

// held returns the memory of the process.
func held() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse)
}

// BenchmarkWaitingInterface measures the memory of an interface that waits for a permit,
// without that of the caller's goroutine.
func BenchmarkWaitingInterface(b *testing.B) {
	const interfaces = 100000
	waiting := func(wait func(ctx context.Context, n int)) float64 {
		ctx, cancel := context.WithCancel(b.Context())
		before := held()
		var callers sync.WaitGroup
		for n := range interfaces {
			callers.Go(func() { wait(ctx, n) })
		}
		time.Sleep(3 * time.Second)
		used := held() - before
		cancel()
		callers.Wait()
		return used / interfaces
	}
	for range b.N {
		base := waiting(func(ctx context.Context, _ int) { <-ctx.Done() })
		client := overInstant(new(instant), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 0.001}})
		ours := waiting(func(ctx context.Context, n int) {
			client.UnassignPrivateIps(ctx, release("eni-"+strconv.Itoa(n), many(1)...))
		})
		b.ReportMetric(ours-base, "B/interface")
		runtime.KeepAlive(client)
	}
	b.ReportMetric(0, "ns/op")
}
