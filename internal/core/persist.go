// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
)

// Describe implements eni.Describer.
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	for _, id := range interfaceIDs {
		if invalid := checkID("interface id", id); invalid != nil {
			invalid.Provider, invalid.Op, invalid.InterfaceID = c.cloud.Provider, Describe, id
			return nil, invalid
		}
	}
	if ctx.Err() != nil {
		e := dead(ctx, nil)
		e.Provider, e.Op = c.cloud.Provider, Describe
		return nil, e
	}
	found, e := c.persist(ctx, interfaceIDs)
	if e != nil {
		rethrow(e)
		e.Provider, e.Op = c.cloud.Provider, Describe
		return found, e
	}
	return found, nil
}

// persist asks until the cloud has described the interfaces, an error is final, the
// budget is used up, or ctx ends. With an error too, it returns the interfaces that
// were described.
func (c *Client) persist(ctx context.Context, ids []string) ([]eni.Interface, *eni.Error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	began := c.alarms.now()
	var found []eni.Interface
	var row row
	var last *eni.Error
	var h hints
	for tries := 1; ; tries++ {
		var again []string
		for n, a := range c.askAll(ctx, ids) {
			switch {
			case a.err != nil && errors.Is(a.err, ctx.Err()):
				if last == nil {
					last = a.err
				}
				return found, ended(ctx, last)
			case a.err != nil:
				clone := *a.err
				last, h = &clone, a.hints
				last.Attempts = tries
				again = append(again, ids[n])
			case a.shown != nil:
				found = append(found, copied(a.shown))
			}
		}
		if len(again) == 0 {
			return found, nil
		}
		v, idle := c.verdict(describing, last, h, &row)
		if idle {
			tries--
		}
		if !v.Retry || c.lane.MaxAttempts > 0 && tries >= c.lane.MaxAttempts ||
			c.lane.MaxElapsed > 0 && saturate(c.alarms.now()-began, v.Pause) > c.lane.MaxElapsed {
			return found, last
		}
		if sleep(ctx, v.Pause) != nil {
			return found, ended(ctx, last)
		}
		ids = again
	}
}

// askAll asks about interfaces and waits for all answers, or until ctx ends. The
// result has one description for each id, in the same order.
func (c *Client) askAll(ctx context.Context, ids []string) []description {
	type numbered struct {
		description

		n int
	}
	replies := make(chan numbered, len(ids))
	questions := make([]*question, len(ids))
	for n, id := range ids {
		questions[n] = &question{id: id, ctx: ctx, onAnswer: func(d description) { replies <- numbered{d, n} }}
		c.describes.ask(questions[n])
	}
	c.describes.kick()
	answers := make([]description, len(ids))
	for range ids {
		select {
		case d := <-replies:
			answers[d.n] = d.description
			questions[d.n] = nil
		case <-ctx.Done():
			for n, q := range questions {
				if q != nil {
					answers[n].err = endedBefore(ctx, c.describes.cancel(q))
				}
			}
			return answers
		}
	}
	return answers
}

// copied returns a deep copy of a description that other callers share.
func copied(i *eni.Interface) eni.Interface {
	clone := *i
	clone.Addresses, clone.Prefixes = slices.Clone(i.Addresses), slices.Clone(i.Prefixes)
	clone.SecurityGroupIDs, clone.Tags = slices.Clone(i.SecurityGroupIDs), maps.Clone(i.Tags)
	return clone
}
