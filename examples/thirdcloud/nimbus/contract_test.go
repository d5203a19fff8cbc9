// SPDX-License-Identifier: Apache-2.0

package nimbus_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/thirdcloud/nimbus"
	"github.com/cloudeni/cloudeni/examples/thirdcloud/nimbus/nimbustest"
)

func TestContract(t *testing.T) {
	enitest.Run(t, func(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
		client, err := nimbus.New(nimbustest.NewServer(cloud).Config(), opts)
		if err != nil {
			t.Fatal(err)
		}
		return client
	})
}
