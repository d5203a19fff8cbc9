// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// The client keeps the contract for every response that the documentation allows, in
// every observed form.
func TestContract(t *testing.T) {
	for name, configure := range map[string]func(*tencenttest.Server){
		"as documented":                   func(*tencenttest.Server) {},
		"missing interfaces are left out": func(s *tencenttest.Server) { s.MissingLeftOut = true },
		"other codes": func(s *tencenttest.Server) {
			s.PrimaryCode = "UnsupportedOperation"
			s.StaleCode = "UnauthorizedOperation.AttachmentNotFound"
			s.ConflictCode = "UnsupportedOperation.IdempotentProcessing"
			s.NoInstanceCode = "InvalidInstanceId.NotFound"
		},
		"a conflict is a resource in use, and one of the instance": func(s *tencenttest.Server) {
			s.ConflictCode = "ResourceInUse"
			s.NoInstanceCode = "UnsupportedOperation.InvalidState"
			s.Cloud.ConflictScope, s.Cloud.DetachFree = enitest.ConflictOfInstance, enitest.WrongState
		},
		"a conflict is one of the subnet": func(s *tencenttest.Server) {
			s.ConflictCode = "OperationDenied.MutexTaskRunning"
			s.Cloud.ConflictScope, s.Cloud.DetachFree = enitest.ConflictOfSubnet, enitest.Conflict
		},
		"a detach of a free interface is accepted, a second one a conflict": func(s *tencenttest.Server) {
			s.Cloud.DetachFree, s.Cloud.DetachAgain = enitest.Accepted, enitest.Conflict
		},
		"a detach of a free interface is not found, a second one a wrong state": func(s *tencenttest.Server) {
			s.Cloud.DetachFree, s.Cloud.DetachAgain = enitest.NotFound, enitest.WrongState
		},
		"batches are refused in part": func(s *tencenttest.Server) { s.Cloud.PartialBatches = true },
	} {
		t.Run(name, func(t *testing.T) {
			enitest.Run(t, func(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
				server := tencenttest.NewServer(cloud)
				configure(server)
				client, err := tencent.New(server.Config(), opts)
				if err != nil {
					t.Fatal(err)
				}
				return client
			})
		})
	}
}
