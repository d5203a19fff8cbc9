package core

// Lanes returns how many interfaces have a lane.
func (c *Client) Lanes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.lanes)
}

// Wishes returns how many wishes the lanes have, under all locks.
func (c *Client) Wishes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, l := range c.lanes {
		l.mu.Lock()
		n += len(l.queue)
		l.mu.Unlock()
	}
	return n
}
