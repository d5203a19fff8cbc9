// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/netip"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// In the same process, without sockets.
func Example() {
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable,
		Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.0.2")}},
	})
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
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
	cloud.Put(eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1"})
	server := aliyuntest.NewServer(cloud)
	loopback := httptest.NewServer(server)
	defer loopback.Close()

	cfg := server.Config()
	cfg.Endpoint, cfg.HTTPClient = loopback.URL, loopback.Client()
	client, err := aliyun.New(cfg, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Detach(context.Background(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
	i, _ := cloud.Get("eni-1")
	fmt.Println(err, i.State)
	// Output: <nil> available
}

// A key that is rotated in the middle of everything is refused from then on.
func ExampleServer_SetCredentials() {
	server := aliyuntest.NewServer(new(enitest.Cloud))
	client, err := aliyun.New(server.Config(), nil) // with the key of the moment
	if err != nil {
		fmt.Println(err)
		return
	}
	server.SetCredentials("another id", "another secret", "")
	_, err = client.Describe(context.Background(), "eni-1")
	fmt.Println(eni.KindOf(err))
	// Output: unauthenticated
}
