// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"
)

// processorTime is how long a process has had the processor, in some unit, or false
// where that is not known.
func processorTime(pid int) (spent string, known bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	_, rest := cutLast(string(text), ") ") // the name of the program may hold anything
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return "", false
	}
	return fields[11] + " " + fields[12], true // for the program, and for the kernel in its name
}
