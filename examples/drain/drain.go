// SPDX-License-Identifier: Apache-2.0

// Package drain shows how to use the library in your own code, and how to test it.
// Drain is what a controller runs before an interface returns to the pool.
// drain_test.go has a table of faults that may happen meanwhile, on both clouds.
package drain

import (
	"context"
	"net/netip"

	"github.com/cloudeni/cloudeni/eni"
)

// Drain releases the addresses of an interface and detaches it from its instance. An
// interface that does not exist is drained. Drain may be called again after any error;
// the result again says whether another call can succeed.
func Drain(ctx context.Context, client eni.Client, interfaceID, instanceID string, addresses []netip.Addr) (again bool, err error) {
	client = eni.Blocking(client)
	_, err = client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: interfaceID, Addresses: addresses})
	if err == nil {
		_, err = client.Detach(ctx, eni.DetachRequest{InterfaceID: interfaceID, InstanceID: instanceID})
	}
	return eni.IsRetryable(err), eni.IgnoreNotFound(err)
}
