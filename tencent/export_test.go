// SPDX-License-Identifier: Apache-2.0

package tencent

import "github.com/cloudeni/cloudeni/internal/core"

// Driver has all methods of the drivers of both APIs.
type Driver interface {
	core.Driver
	core.Tasks
	core.Renewer
}

// NewDriver makes a driver without the core.
func NewDriver(cfg Config) (Driver, error) { return newDriver(cfg) }

// NewLegacyDriver is NewDriver for API 2.0.
func NewLegacyDriver(cfg Config) (Driver, error) { return newLegacyDriver(cfg) }
