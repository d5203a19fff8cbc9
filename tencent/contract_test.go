// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// The contract holds for every answer that the documentation allows.
func TestContract(t *testing.T) {
	for name, configure := range map[string]func(*tencenttest.Server){
		"as documented":                   func(*tencenttest.Server) {},
		"missing interfaces are left out": func(s *tencenttest.Server) { s.MissingLeftOut = true },
		"a primary IPv4 address is UnsupportedOperation": func(s *tencenttest.Server) {
			s.PrimaryCode = "UnsupportedOperation"
		},
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
