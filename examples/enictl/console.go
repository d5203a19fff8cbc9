// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"sync"
)

// console is standard error. It lets one write at a time through, and none once
// it is shut: a client may log a request that was cut short after its caller has
// left.
type console struct {
	mu     sync.Mutex
	w      io.Writer
	closed bool
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return len(p), nil
	}
	return c.w.Write(p)
}

func (c *console) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// sayf writes a line to the person at the terminal.
func (c *console) sayf(format string, args ...any) {
	fmt.Fprintf(c, "enictl: "+format+"\n", args...)
}
