// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

var stale = []netip.Addr{netip.MustParseAddr("10.0.0.2")}

func newCloud() *enitest.Cloud {
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable,
		Addresses: []eni.Address{{Addr: stale[0]}},
	})
	return cloud
}

// What went wrong is retried, and what reached the cloud is on record.
func ExampleCloud_Inject() {
	cloud := newCloud()
	cloud.Inject(enitest.UnassignPrivateIps,
		enitest.Fault{Reason: enitest.Conflict}, // the vendor's own error for it
		enitest.Fault{Reset: true, After: true}, // the work is done, and the answer lost
	)
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	op, err := client.UnassignPrivateIps(context.Background(), eni.UnassignRequest{InterfaceID: "eni-1", Addresses: stale})
	fmt.Println(op.Results()[0].Outcome, err)
	fmt.Println(len(cloud.Calls(enitest.UnassignPrivateIps)), "calls,", len(cloud.History()), "change")
	// Output:
	// released <nil>
	// 2 calls, 1 change
}
