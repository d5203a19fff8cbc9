// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/netip"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// In the same process, without sockets.
func Example() {
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable,
		Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.0.2")}},
	})
	client, err := tencent.New(tencenttest.NewServer(cloud).Config(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.UnassignPrivateIps(context.Background(), eni.UnassignRequest{
		InterfaceID: "eni-1",
		Addresses:   []netip.Addr{netip.MustParseAddr("10.0.0.2")},
	})
	fmt.Println(err, cloud.History()[0].Released)
	// Output: <nil> [10.0.0.2/32]
}

// Over loopback, where another process could call it as well.
func ExampleServer() {
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "ins-1"})
	server := tencenttest.NewServer(cloud)
	loopback := httptest.NewServer(server)
	defer loopback.Close()

	cfg := server.Config()
	cfg.Endpoint, cfg.HTTPClient = loopback.URL, loopback.Client()
	client, err := tencent.New(cfg, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Detach(context.Background(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "ins-1"})
	i, _ := cloud.Get("eni-1")
	fmt.Println(err, i.State)
	// Output: <nil> available
}
