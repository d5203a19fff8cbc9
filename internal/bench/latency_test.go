// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// instant is a driver that answers at once.
type instant struct{}

func (instant) Send(context.Context, core.Change) (core.Receipt, error) {
	return core.Receipt{RequestID: "473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"}, nil
}

func (instant) Describe(context.Context, []string) ([]eni.Interface, error) { return nil, nil }

func (instant) Explain(string, error) *eni.Error { return &eni.Error{} }

// BenchmarkIdleInterface makes one call on an idle interface, once through the core and
// once directly with the driver, with the same timeout. The difference is the cost of the
// lane. The two alternate, so that other load affects both.
func BenchmarkIdleInterface(b *testing.B) {
	client := core.New(core.Cloud{Provider: "instant", Driver: instant{}, PerChange: 10, PerDescribe: 100}, &eni.Options{Rates: noRates})
	driver := core.Driver(instant{})
	req := eni.UnassignRequest{InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}
	change := core.Change{Action: core.UnassignPrivateIps, InterfaceID: "eni-1", Addresses: req.Addresses}
	ctx := b.Context()
	var through, straight time.Duration
	ids := make([]string, 1<<16)
	for n := range ids {
		ids[n] = fmt.Sprintf("eni-%d", n)
	}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		req.InterfaceID = ids[n%len(ids)] // an interface is idle when nothing was changed of late
		n++
		began := time.Now()
		if _, err := client.UnassignPrivateIps(ctx, req); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		bounded, cancel := context.WithTimeout(ctx, 30*time.Second)
		_, err := driver.Send(bounded, change)
		cancel()
		if err != nil {
			b.Fatal(err)
		}
		through += between.Sub(began)
		straight += time.Since(between)
	}
	perCall := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / float64(b.N) }
	b.ReportMetric(perCall(through), "µs-through-core")
	b.ReportMetric(perCall(straight), "µs-straight")
	b.ReportMetric(perCall(through-straight), "µs-added")
}
