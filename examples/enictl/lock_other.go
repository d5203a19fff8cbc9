// SPDX-License-Identifier: Apache-2.0

//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package main

import "os"

// lock does nothing where the standard library has no lock.
func lock(*os.File) error { return nil }
