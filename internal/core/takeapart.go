package core

import (
	"context"
	"strings"
	"sync"

	"github.com/cloudeni/cloudeni/eni"
)

// tell is told the interfaces of a part of the ids that were asked for, or why
// they are not known. Those that are not among the found do not exist.
type tell func(ids []string, found map[string]*eni.Interface, e *eni.Error)

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
	l := c.limiters[Describe]
	var interfaces []eni.Interface
	var e *eni.Error
	finally(func() error {
		e, _ = c.request(ctx, l, Describe, "", func() bool { return l.wait(ctx) == nil }, func(request context.Context) (err error) {
			interfaces, err = c.cloud.Driver.Describe(request, ids)
			return err
		})
		return nil
	}, func(err error) {
		if err != nil {
			e = c.lost(Describe, "", err)
		}
		switch {
		case e == nil:
			found := make(map[string]*eni.Interface, len(interfaces))
			for i := range interfaces {
				found[interfaces[i].ID] = &interfaces[i]
			}
			tell(ids, found, nil)
		case e.Kind != eni.ErrNotFound:
			tell(ids, nil, e)
		case len(ids) == 1:
			tell(ids, nil, nil)
		default:
			refused = e
		}
	})
	return refused
}

// takeApart asks for the parts of a request that was refused as not found: for an
// id that the cloud names and the others, else for two halves. Where both are
// refused, many are missing, and each id is asked for alone.
func (c *Client) takeApart(ctx context.Context, ids []string, e *eni.Error, tell tell) {
	parts := [][]string{ids[:len(ids)/2], ids[len(ids)/2:]}
	if rest, named := without(ids, e.Message); named != "" {
		parts = [][]string{{named}, rest}
	}
	refusals := make([]*eni.Error, len(parts))
	c.describeParts(ctx, parts, tell, func(n int, e *eni.Error) { refusals[n] = e })
	if refusals[0] == nil && refusals[1] == nil {
		return
	}
	if refusals[0] == nil || refusals[1] == nil {
		for n, e := range refusals {
			if e != nil {
				c.takeApart(ctx, parts[n], e, tell)
			}
		}
		return
	}
	alone := make([][]string, len(ids))
	for n := range ids {
		alone[n] = ids[n : n+1]
	}
	c.describeParts(ctx, alone, tell, func(int, *eni.Error) {})
}

// describeParts sends a request for each part at the same time, each with a permit
// of its own, and waits for all of them.
func (c *Client) describeParts(ctx context.Context, parts [][]string, tell tell, refused func(int, *eni.Error)) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for n, part := range parts {
		wg.Go(func() {
			if c.limiters[Describe].wait(ctx) != nil {
				tell(part, nil, ended(ctx, nil))
				return
			}
			if e := c.describePart(ctx, part, tell); e != nil {
				mu.Lock()
				defer mu.Unlock()
				refused(n, e)
			}
		})
	}
	wg.Wait()
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
