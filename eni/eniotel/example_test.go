// SPDX-License-Identifier: Apache-2.0

package eniotel_test

import (
	"context"
	"fmt"
	"net/netip"

	"go.opentelemetry.io/otel"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/eniotel"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Without providers in the Config, Instrument uses OpenTelemetry's global ones. The
// client of this example uses an in-memory cloud.
func ExampleInstrument() {
	cloud := new(enitest.Cloud)
	address := netip.MustParseAddr("192.168.0.7")
	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateInUse, InstanceID: "i-1", Addresses: []eni.Address{{Addr: address}}})

	opts, err := eniotel.Instrument(nil, eniotel.Config{MeterProvider: otel.GetMeterProvider()})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	op, err := eni.Blocking(client).UnassignPrivateIps(context.Background(), eni.UnassignRequest{InterfaceID: "eni-1", Addresses: []netip.Addr{address}})
	fmt.Println(op.Outcome(), err)
	// Output: released <nil>
}
