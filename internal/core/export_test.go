package core

// Lanes returns how many interfaces have a lane.
func (c *Client) Lanes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.lanes)
}
