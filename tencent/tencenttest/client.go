// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// NewClient returns a client of a new Server for the cloud, in the same process. It is
// an [enitest.NewClient].
func NewClient(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
	t.Helper()
	client, err := tencent.New(NewServer(cloud).Config(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// NewLegacyClient is NewClient for API 2.0.
func NewLegacyClient(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
	t.Helper()
	client, err := tencent.NewLegacy(NewLegacyServer(cloud).Config(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
