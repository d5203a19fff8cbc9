// SPDX-License-Identifier: Apache-2.0

package main

import "runtime/debug"

// version returns the version of the module, as "go install" sets it, or that of the
// commit from which the command was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
