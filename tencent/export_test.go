package tencent

import "github.com/cloudeni/cloudeni/internal/core"

// NewDriver makes a driver without the core above it.
func NewDriver(cfg Config) (interface {
	core.Driver
	core.Tasks
}, error,
) {
	return newDriver(cfg)
}
