package core

import (
	"context"
	"net/netip"
	"time"
)

const (
	// trusted is how long a snapshot tells what was there before a change.
	trusted = 30 * time.Second
	// snapshotTimeout bounds the look for one: a change does not wait longer for
	// what only serves to explain its refusal.
	snapshotTimeout = 2 * time.Second
)

// snapshot is what was on an interface before its batches were sent. It decides
// nothing by itself, because the cloud may show an address later than it assigns
// it; it tells, when a batch was refused and all of it is gone, what that batch
// took off and what was gone before.
type snapshot struct {
	at    time.Time
	there map[netip.Prefix]bool // nil where the look failed
}

// snapshot looks at the interface. It never fails: without a look the cloud's
// words have to do.
func (c *Client) snapshot(ctx context.Context, id string) snapshot {
	bounded, cancel := context.WithTimeout(ctx, snapshotTimeout)
	defer cancel()
	i, err := c.looks.one(bounded, id)
	s := snapshot{at: time.Now()}
	if err != nil {
		return s
	}
	s.there = make(map[netip.Prefix]bool, len(i.Addresses)+len(i.Prefixes))
	for _, a := range i.Addresses {
		s.there[netip.PrefixFrom(a.Addr, a.Addr.BitLen())] = true
	}
	for _, p := range i.Prefixes {
		s.there[p] = true
	}
	return s
}
