// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"strings"
	"sync"

	"github.com/cloudeni/cloudeni/eni"
)

// tell receives the descriptions of a part of the ids. It may be called concurrently.
type tell func(ids []string, of func(id string) description)

// alike returns a function that returns one description for all ids.
func alike(d description) func(id string) description {
	return func(string) description { return d }
}

// describe sends one request for the ids; the caller has its permit. If the cloud
// refuses the whole request because an id does not exist, the request is split. Tell
// is called for each part as soon as it is known.
func (c *Client) describe(ctx context.Context, ids []string, tell tell) {
	if e := c.describePart(ctx, ids, tell); e != nil {
		c.takeApart(ctx, ids, e, tell)
	}
}

// describePart sends one request and calls tell with the result. If the cloud refuses
// several ids as not found, it returns that error instead.
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

// describeOnce sends one request and adds the descriptions to known. If some interfaces
// are unreadable, known also has their errors; otherwise an error is about all ids.
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
		if clone := c.explain(ctx, Describe, id, err); clone.Kind != eni.ErrNotFound {
			known[id] = description{err: clone, hints: hintsOf(err)}
		}
	}
	return e, h
}

// takeApart splits a request that was refused as not found: into the id that the cloud
// names and the others, or else into halves. If many ids are missing, each is
// described alone.
func (c *Client) takeApart(ctx context.Context, ids []string, e *eni.Error, tell tell) {
	for range maxNamed {
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

// maxNamed is how many named ids are split off one by one.
const maxNamed = 4

// takeHalves splits a request into halves. If both are refused, many ids are missing.
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

// describeAlone describes each id alone.
func (c *Client) describeAlone(ctx context.Context, ids []string, tell tell) {
	alone := make([][]string, len(ids))
	for n := range ids {
		alone[n] = ids[n : n+1]
	}
	c.describeParts(ctx, alone, tell)
}

// describeParts sends a request for each part concurrently, each with its own permit,
// and waits for all of them. It returns, for each part, the error if it was refused as
// not found, or nil.
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

// without returns the id that a message names, or "", and the other ids.
func without(ids []string, message string) (rest []string, named string) {
	for n, id := range ids {
		if strings.Contains(message, id) {
			return append(append(rest, ids[:n]...), ids[n+1:]...), id
		}
	}
	return ids, ""
}
