// SPDX-License-Identifier: Apache-2.0

package core

// depth is the stack that a request needs under the vendors' signing and encoding.
const depth = 12 << 10

// grow makes room on the stack of a goroutine that has just begun. Grown step by
// step, in the middle of a request, the stack would be copied several times with
// all that is on it, which costs more than all else that a lane does for a caller
// who is alone. It returns something, and takes where, so that the compiler
// leaves the room in place.
//
//go:noinline
func grow(at int) byte {
	var room [depth]byte
	room[at]++
	return room[at/2]
}
