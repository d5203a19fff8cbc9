// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"sync"
)

// console is standard error. It writes one text at a time, and nothing after shut: a
// client may log a canceled request after its caller has returned.
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

// sayf writes a line.
func (c *console) sayf(format string, args ...any) {
	fmt.Fprintf(c, "enictl: "+format+"\n", args...)
}
