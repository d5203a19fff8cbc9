// SPDX-License-Identifier: Apache-2.0

package core

// depth is the stack size in bytes that a request needs for the vendors' signing and
// encoding.
const depth = 12 << 10

// grow grows the stack of a new goroutine. Otherwise the stack would grow step by step
// during a request and be copied several times, which costs more than everything else
// that a lane does for a lone caller. The argument and the result keep the compiler
// from removing the array.
//
//go:noinline
func grow(at int) byte {
	var room [depth]byte
	room[at]++
	return room[at/2]
}
