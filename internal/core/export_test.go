package core

// Lanes returns how many interfaces have a lane.
func (c *Client) Lanes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.runners.byID)
}

// Pending returns how many goals the lanes have, under all locks.
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

// Unseen returns how many accepted changes the lanes remember.
func (c *Client) Unseen() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, r := range c.runners.byID {
		r.mu.Lock()
		n += r.lane.Unseen()
		r.mu.Unlock()
	}
	return n
}
