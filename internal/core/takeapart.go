// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"strings"
	"sync"

	"github.com/cloudeni/cloudeni/eni"
)

// tell is told what is known of a part of the ids that were asked for.
type tell func(ids []string, of func(id string) description)

// alike is one description for all ids.
func alike(d description) func(id string) description {
	return func(string) description { return d }
}

// describe sends one request for the ids; its permit has been taken. Where the
// cloud refuses a whole request for one id that does not exist, the request is
// taken apart. Each part is told as soon as it is known.
func (c *Client) describe(ctx context.Context, ids []string, tell tell) {
	if e := c.describePart(ctx, ids, tell); e != nil {
		c.takeApart(ctx, ids, e, tell)
	}
}

// describePart sends one request and tells what it shows, unless the cloud refuses
// several ids as not found, which it returns.
func (c *Client) describePart(ctx context.Context, ids []string, tell tell) (refused *eni.Error) {
	known := make(map[string]description, len(ids))
	var e *eni.Error
	var h hints
	finally(func() error {
		e = c.query(ctx, Describe, len(ids), func() *eni.Error {
			var failed *eni.Error
			failed, h = c.describeOnce(ctx, ids, known)
			return failed
		})
		return nil
	}, func(err error) {
		if err != nil {
			e, h = c.lost(Describe, "", err), hints{}
			clear(known)
		}
		switch {
		case e == nil || len(known) > 0:
			tell(ids, func(id string) description { return known[id] })
		case e.Kind != eni.ErrNotFound:
			tell(ids, alike(description{err: e, hints: h}))
		case len(ids) == 1:
			tell(ids, alike(description{}))
		default:
			refused = e
		}
	})
	return refused
}

// describeOnce sends one request and notes what it shows. An error with anything
// noted is about some of the interfaces, and noted for those.
func (c *Client) describeOnce(ctx context.Context, ids []string, known map[string]description) (e *eni.Error, h hints) {
	l := c.limiters[Describe]
	var interfaces []eni.Interface
	var failed map[string]error
	e, _ = c.request(ctx, l, Describe, "", func() bool { return l.wait(ctx) == nil }, func(request *timed) (err error) {
		interfaces, err = c.cloud.Driver.Describe(request, ids)
		h, failed = hintsOf(err), unreadable(err)
		return err
	})
	if e != nil && (len(failed) == 0 || thrown(e)) {
		return e, h
	}
	for i := range interfaces {
		known[interfaces[i].ID] = description{shown: &interfaces[i]}
	}
	for id, err := range failed {
		if own := c.explain(ctx, Describe, id, err); own.Kind != eni.ErrNotFound {
			known[id] = description{err: own, hints: hintsOf(err)}
		}
	}
	return e, h
}

// takeApart asks for the parts of a request that was refused as not found: for an
// id that the cloud names and for the others, else for two halves. Where many are
// missing, each id is asked for alone.
func (c *Client) takeApart(ctx context.Context, ids []string, e *eni.Error, tell tell) {
	for range mostNamed {
		rest, named := without(ids, e.Message)
		if named == "" {
			c.takeHalves(ctx, ids, tell)
			return
		}
		refused := c.describeParts(ctx, [][]string{{named}, rest}, tell)[1]
		if refused == nil {
			return
		}
		ids, e = rest, refused
	}
	c.describeAlone(ctx, ids, tell)
}

// mostNamed is how many missing ids are taken out one by one.
const mostNamed = 4

// takeHalves asks for two halves of a request. Where both are refused, many are
// missing.
func (c *Client) takeHalves(ctx context.Context, ids []string, tell tell) {
	halves := [][]string{ids[:len(ids)/2], ids[len(ids)/2:]}
	refused := c.describeParts(ctx, halves, tell)
	switch {
	case refused[0] != nil && refused[1] != nil:
		c.describeAlone(ctx, ids, tell)
	case refused[0] != nil:
		c.takeApart(ctx, halves[0], refused[0], tell)
	case refused[1] != nil:
		c.takeApart(ctx, halves[1], refused[1], tell)
	}
}

// describeAlone asks for each id alone.
func (c *Client) describeAlone(ctx context.Context, ids []string, tell tell) {
	alone := make([][]string, len(ids))
	for n := range ids {
		alone[n] = ids[n : n+1]
	}
	c.describeParts(ctx, alone, tell)
}

// describeParts sends a request for each part at the same time, each with a permit
// of its own, and waits for all of them. It returns which were refused as not found.
func (c *Client) describeParts(ctx context.Context, parts [][]string, tell tell) []*eni.Error {
	refused := make([]*eni.Error, len(parts))
	var wg sync.WaitGroup
	for n, part := range parts {
		wg.Go(func() {
			if c.limiters[Describe].wait(ctx) != nil {
				tell(part, alike(description{err: ended(ctx, nil)}))
				return
			}
			refused[n] = c.describePart(ctx, part, tell)
		})
	}
	wg.Wait()
	return refused
}

// without returns the id that a message names, and the others.
func without(ids []string, message string) (rest []string, named string) {
	for n, id := range ids {
		if strings.Contains(message, id) {
			return append(append(rest, ids[:n]...), ids[n+1:]...), id
		}
	}
	return ids, ""
}
