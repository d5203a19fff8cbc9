// SPDX-License-Identifier: Apache-2.0

package aliyun_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The client keeps the contract for every response that the documentation allows.
func TestContract(t *testing.T) {
	for name, configure := range map[string]func(*aliyuntest.Server){
		"as documented":         func(*aliyuntest.Server) {},
		"as seen in the field":  asSeen,
		"at its most forgiving": forgiving,
		"at its strictest":      strict,
		"at its busiest":        busy,
	} {
		t.Run(name, func(t *testing.T) {
			enitest.Run(t, func(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
				server := aliyuntest.NewServer(cloud)
				configure(server)
				client, err := aliyun.New(server.Config(), opts)
				if err != nil {
					t.Fatal(err)
				}
				return client
			})
		})
	}
}

// The ways to answer if the documentation does not define the response.

func asSeen(s *aliyuntest.Server) {
	s.ConflictCode = "OperationConflict"
	s.Cloud.ConflictScope, s.Cloud.DetachAgain = enitest.ConflictOfInstance, enitest.Conflict
	s.Cloud.DetachFree = enitest.NotFound
}

func busy(s *aliyuntest.Server) {
	s.Cloud.DetachFree, s.Cloud.DetachAgain = enitest.Conflict, enitest.Conflict
}

func forgiving(s *aliyuntest.Server) {
	s.MaxAddresses, s.PrimaryCode = 32, "InvalidParameter"
	s.Cloud.PartialBatches, s.Cloud.DetachFree = true, enitest.Accepted
}

func strict(s *aliyuntest.Server) {
	s.ConflictCode, s.MissingRefused = "InvalidOperation.Conflict", true
	s.Cloud.ConflictScope = enitest.ConflictOfSubnet
	s.Cloud.DetachFree, s.Cloud.DetachAgain = enitest.WrongState, enitest.WrongState
}
