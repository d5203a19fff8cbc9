// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Event is a line of the history: a change that has taken effect.
type Event struct {
	Time      time.Time `json:"time"`
	Provider  string    `json:"provider"`
	Action    string    `json:"action"`
	ENI       string    `json:"eni"`
	Released  []string  `json:"released,omitempty"`
	Assigned  []string  `json:"assigned,omitempty"`
	Detached  bool      `json:"detached,omitempty"`
	Deleted   bool      `json:"deleted,omitempty"`
	Attached  bool      `json:"attached,omitempty"`
	Created   bool      `json:"created,omitempty"`
	RequestID string    `json:"request_id"`
}

// history writes each change once, in the order of its cloud's history. It is safe for
// concurrent use.
type history struct {
	lines Lines

	mu     sync.Mutex
	clouds []*chapter
}

// chapter is the history of one cloud between two resets.
type chapter struct {
	provider string
	cloud    *enitest.Cloud
	written  int
}

func (h *history) open(provider string, cloud *enitest.Cloud) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clouds = append(h.clouds, &chapter{provider: provider, cloud: cloud})
}

// close writes the remaining changes of a cloud that is replaced. The next write returns
// its error.
func (h *history) close(cloud *enitest.Cloud) {
	_ = h.write() //nolint:errcheck // the next one returns it
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clouds = slices.DeleteFunc(h.clouds, func(c *chapter) bool { return c.cloud == cloud })
}

// write writes the new changes.
func (h *history) write() error {
	if h.lines == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.clouds {
		changes := c.cloud.History()[c.written:]
		for _, change := range changes {
			e := Event{
				Time: change.Time, Provider: c.provider, Action: string(change.Call.Action),
				ENI: change.Call.InterfaceID, RequestID: change.Call.RequestID,
				Detached: change.Detached, Deleted: change.Deleted, Attached: change.Attached, Created: change.Created,
				Released: names(change.Released), Assigned: names(change.Assigned),
			}
			if err := h.lines.Write(e); err != nil {
				return err
			}
		}
		c.written += len(changes)
	}
	return nil
}

// historyPeriod is the interval between two reads of the history, because a change can
// complete without a request.
const historyPeriod = 100 * time.Millisecond

// Keep writes the history until ctx ends, or until it cannot be written.
func (st *Stage) Keep(ctx context.Context) error {
	ticker := time.NewTicker(historyPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return st.history.write()
		case <-ticker.C:
		}
		if err := st.history.write(); err != nil {
			return err
		}
	}
}

// names returns addresses without their length, and prefixes.
func names(prefixes []netip.Prefix) (all []string) {
	for _, p := range prefixes {
		all = append(all, name(p))
	}
	return all
}
