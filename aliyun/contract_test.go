// SPDX-License-Identifier: Apache-2.0

package aliyun_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestContract(t *testing.T) { enitest.Run(t, aliyuntest.NewClient) }
