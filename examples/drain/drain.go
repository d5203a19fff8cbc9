// SPDX-License-Identifier: Apache-2.0

// Package drain is an example of code of one's own and how to test it: the few
// lines that a controller runs when an interface goes back to the pool, and in
// drain_test.go a table of what can go wrong meanwhile, played on both clouds.
package drain

import (
	"context"
	"net/netip"

	"github.com/cloudeni/cloudeni/eni"
)

// Drain takes the addresses off an interface and the interface off its instance.
// It may be called again after any error; again tells whether that can help. An
// interface that does not exist has nothing left to drain.
func Drain(ctx context.Context, client eni.Client, interfaceID, instanceID string, addresses []netip.Addr) (again bool, err error) {
	client = eni.Blocking(client)
	_, err = client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: interfaceID, Addresses: addresses})
	if err == nil {
		_, err = client.Detach(ctx, eni.DetachRequest{InterfaceID: interfaceID, InstanceID: instanceID})
	}
	return eni.IsRetryable(err), eni.IgnoreNotFound(err)
}
