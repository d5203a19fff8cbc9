// SPDX-License-Identifier: Apache-2.0

package drain_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/drain"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// clouds has a function for each vendor that returns a client of an in-memory cloud.
// The vendors' SDKs send real requests, to a server in this process.
var clouds = map[string]enitest.NewClient{
	"Alibaba Cloud": aliyuntest.NewClient,
	"Tencent Cloud": tencenttest.NewClient,
}

var (
	primary = netip.MustParseAddr("10.0.0.1")
	pods    = []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3")}
)

func TestDrain(t *testing.T) {
	tests := []struct {
		name      string
		happens   func(*enitest.Cloud)
		addresses []netip.Addr

		err      eni.Kind // zero for none
		again    bool
		attached bool // at the end
	}{
		{name: "nothing happens", addresses: pods},
		{
			name:      "the interface is busy, twice",
			happens:   faults(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict}, enitest.Fault{Reason: enitest.Conflict}),
			addresses: pods,
		},
		{
			name:      "the response to the detach is lost",
			happens:   enitest.LostAnswer(enitest.Detach),
			addresses: pods,
		},
		{
			name:      "an address is already gone",
			happens:   enitest.StaleAddress("eni-1", pods[1]),
			addresses: pods,
		},
		{
			name:      "the interface does not exist",
			happens:   func(c *enitest.Cloud) { c.Delete("eni-1") },
			addresses: pods,
		},
		{
			name: "the cloud does not find the instance, and the interface is still on it",
			happens: func(c *enitest.Cloud) {
				c.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action != enitest.Detach {
						return nil
					}
					return &enitest.Fault{Code: "InvalidInstanceId.NotFound", Status: 404}
				}
			},
			addresses: pods,
			err:       eni.ErrConflict, again: true, attached: true,
		},
		{
			name:      "the call names the primary address",
			addresses: []netip.Addr{primary},
			err:       eni.ErrInvalid, attached: true,
		},
		{
			name: "the cloud is busy for hours",
			happens: func(c *enitest.Cloud) {
				c.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action == enitest.Describe {
						return nil
					}
					return &enitest.Fault{Reason: enitest.Throttled}
				}
			},
			addresses: pods,
			err:       eni.ErrThrottled, again: true, attached: true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			enitest.ForEachCloud(t, clouds, func(t *testing.T, cloud *enitest.Cloud, client eni.Client) { // in virtual time
				prepare(cloud)
				if test.happens != nil {
					test.happens(cloud)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()

				again, err := drain.Drain(ctx, client, "eni-1", "i-1", test.addresses)
				if eni.KindOf(err) != test.err || again != test.again {
					t.Errorf("again %t, error: %v", again, err)
				}
				if i, _ := cloud.Get("eni-1"); (i.InstanceID != "") != test.attached {
					t.Errorf("it is on %q", i.InstanceID)
				}
				released := 0
				for _, change := range cloud.History() {
					released += len(change.Released)
				}
				if released > len(pods) {
					t.Errorf("%d addresses were released: %+v", released, cloud.History())
				}
			})
		})
	}
}

// prepare puts an interface with the addresses of two pods into a cloud where a change
// takes three seconds.
func prepare(cloud *enitest.Cloud) {
	cloud.CompletesAfter = func(enitest.Call) time.Duration { return 3 * time.Second }
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1",
		Addresses: []eni.Address{{Addr: primary, Primary: true}, {Addr: pods[0]}, {Addr: pods[1]}},
	})
}

func faults(action enitest.Action, list ...enitest.Fault) func(*enitest.Cloud) {
	return func(c *enitest.Cloud) { c.Inject(action, list...) }
}
