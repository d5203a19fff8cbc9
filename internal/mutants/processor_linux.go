// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"
)

// processorTime returns the processor time of a process as text, or false if it is not
// known.
func processorTime(pid int) (spent string, known bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	_, rest := cutLast(string(text), ") ") // the name of the program may contain anything
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return "", false
	}
	return fields[11] + " " + fields[12], true // user time and system time
}
