// SPDX-License-Identifier: Apache-2.0

package core

import "fmt"

// Lanes returns how many interfaces have a lane.
func (c *Client) Lanes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.runners.byID)
}

// Pending returns the number of pending goals of all lanes.
func (c *Client) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, r := range c.runners.byID {
		r.mu.Lock()
		n += r.lane.Pending()
		r.mu.Unlock()
	}
	return n
}

// Incomplete returns the number of incomplete accepted changes of all lanes.
func (c *Client) Incomplete() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, r := range c.runners.byID {
		r.mu.Lock()
		n += r.lane.Incomplete()
		r.mu.Unlock()
	}
	return n
}

// Left lists, as text, everything that a client has in progress or keeps. It is empty once
// all calls have ended and the lanes are removed.
func (c *Client) Left() (left []string) {
	note := func(what string, n int) {
		if n != 0 {
			left = append(left, fmt.Sprintf("%s: %d", what, n))
		}
	}
	note("calls", int(c.calls.Load()))
	note("waiting", int(c.waiting.Load()))
	c.mu.Lock()
	note("lanes", len(c.runners.byID))
	note("lanes to sweep", len(c.runners.list))
	c.mu.Unlock()
	c.describes.mu.Lock()
	note("questions", c.describes.open)
	note("questions beyond the room of a request", max(len(c.describes.asked)-c.cloud.PerDescribe, 0))
	if c.describes.waits || c.describes.inLine {
		note("a description that waits", 1)
	}
	c.describes.mu.Unlock()
	for api, l := range c.limiters {
		l.mu.Lock()
		note("in line for "+api, len(l.waiting.blocks))
		l.mu.Unlock()
	}
	c.alarms.mu.Lock()
	note("alarms", len(c.alarms.due))
	c.alarms.mu.Unlock()
	return left
}
