// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// classify returns the kind of a code in a response to an operation.
func classify(op, code string, status int) eni.Kind { return table.Classify(op, code, status) }

// ruleFor returns the rule of a code.
func ruleFor(code string) (codes.Rule, bool) { return table.Find(code) }
