// SPDX-License-Identifier: Apache-2.0

package main

import "runtime/debug"

// version is that of the module, as "go install" has it, or of the commit that the
// command was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
