// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"testing"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// NewClient returns a client of a new Server for the cloud, in the same process. It is
// an [enitest.NewClient].
func NewClient(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
	t.Helper()
	client, err := aliyun.New(NewServer(cloud).Config(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
