// SPDX-License-Identifier: Apache-2.0

package tencent

import "github.com/cloudeni/cloudeni/internal/core"

// Driver is all that a driver of either API can do.
type Driver interface {
	core.Driver
	core.Tasks
	core.Renewer
}

// NewDriver makes a driver without the core above it.
func NewDriver(cfg Config) (Driver, error) { return newDriver(cfg) }

// NewLegacyDriver is NewDriver for API 2.0.
func NewLegacyDriver(cfg Config) (Driver, error) { return newLegacyDriver(cfg) }
