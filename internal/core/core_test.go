// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestContract(t *testing.T) {
	enitest.Run(t, func(_ testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
		return core.New(plainCloud(newPlain(cloud)), opts)
	})
}

func TestContractWithTasks(t *testing.T) {
	enitest.Run(t, func(_ testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
		return core.New(plainCloud(withTasks{newPlain(cloud)}), opts)
	})
}
