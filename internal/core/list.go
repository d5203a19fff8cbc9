// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"iter"

	"github.com/cloudeni/cloudeni/eni"
)

// List implements eni.Lister.
func (c *Client) List(ctx context.Context, f eni.Filter) iter.Seq2[eni.Interface, error] {
	return func(yield func(eni.Interface, error) bool) {
		l := lister{client: c, ctx: ctx, filter: f, yield: yield, known: make(map[string]bool)}
		if e := l.run(); e != nil {
			rethrow(e)
			e.Provider, e.Op = c.cloud.Provider, eni.OpList
			yield(eni.Interface{}, e)
		}
	}
}

// lister is one call of List.
type lister struct {
	client *Client
	ctx    context.Context //nolint:containedctx // the loop's
	filter eni.Filter
	yield  func(eni.Interface, error) bool

	known map[string]bool // ids that were listed already
	ended bool            // yield returned false
}

// maxPasses is how often a list is read at most while its pages shift.
const maxPasses = 10

// run reads the pages, and reads them again while they shift: an interface that moves
// to a page that was read already would be missed.
func (l *lister) run() *eni.Error {
	driver, ok := l.client.cloud.Driver.(Pages)
	if !ok {
		return &eni.Error{Kind: eni.ErrUnsupported, Message: "this cloud's client cannot list"}
	}
	if e := checkFilter(l.filter); e != nil {
		return e
	}
	if l.ctx.Err() != nil {
		return dead(l.ctx, nil)
	}
	for range maxPasses {
		known := len(l.known)
		shifted, e := l.pass(driver)
		switch {
		case e != nil:
			return e
		case l.ended, !shifted, known > 0 && known == len(l.known):
			return nil
		}
	}
	return &eni.Error{Kind: eni.ErrConflict, Message: "the pages of the list keep shifting: interfaces are created or deleted faster than they are listed"}
}

// pass reads all pages once, and reports whether any has shifted.
func (l *lister) pass(driver Pages) (shifted bool, e *eni.Error) {
	last, total := "", -1
	asked := make(map[string]bool)
	for at := ""; ; {
		page, e := l.persist(driver, at)
		if e != nil {
			return shifted, e
		}
		if total >= 0 && page.Total != total {
			shifted = true
		}
		total, asked[at] = page.Total, true
		if page.Overlaps && last != "" && (len(page.Interfaces) == 0 || page.Interfaces[0].ID != last) {
			shifted = true
		}
		for n := range page.Interfaces {
			if l.emit(&page.Interfaces[n]); l.ended {
				return shifted, nil
			}
			last = page.Interfaces[n].ID
		}
		switch {
		case page.Next == "":
			return shifted, nil
		case asked[page.Next]:
			return shifted, &eni.Error{Kind: eni.ErrUnavailable, Message: "unreadable reply: the pages of the list do not end"}
		}
		at = page.Next
	}
}

// emit yields an interface that matches the filter, unless it was listed already.
func (l *lister) emit(i *eni.Interface) {
	if l.known[i.ID] {
		return
	}
	l.known[i.ID] = true
	if l.filter.Matches(i) {
		l.ended = !l.yield(*i, nil)
	}
}

// persist asks for a page until the cloud answers, an error is final, the budget is
// used up, or ctx ends.
func (l *lister) persist(driver Pages, at string) (page Page, e *eni.Error) {
	c := l.client
	began := c.alarms.now()
	var row row
	for tries := 1; ; tries++ {
		if c.limiters[Describe].wait(l.ctx) != nil {
			return Page{}, ended(l.ctx, e)
		}
		var h hints
		page, e, h = l.ask(driver, at)
		if e == nil {
			return page, nil
		}
		if l.ctx.Err() != nil {
			return Page{}, ended(l.ctx, e)
		}
		e.Attempts = tries
		v, idle := c.verdict(describing, e, h, &row)
		if idle {
			tries--
		}
		if !v.Retry || c.lane.MaxAttempts > 0 && tries >= c.lane.MaxAttempts ||
			c.lane.MaxElapsed > 0 && saturate(c.alarms.now()-began, v.Pause) > c.lane.MaxElapsed {
			return Page{}, e
		}
		if sleep(l.ctx, v.Pause) != nil {
			return Page{}, ended(l.ctx, e)
		}
	}
}

// ask asks for a page once.
func (l *lister) ask(driver Pages, at string) (page Page, e *eni.Error, h hints) {
	c := l.client
	limiter := c.limiters[Describe]
	err := guarded(func() error {
		e = c.query(l.ctx, eni.OpList, 0, func() *eni.Error {
			e, _ := c.request(l.ctx, limiter, eni.OpList, "", func() bool { return limiter.wait(l.ctx) == nil }, func(request *timed) (err error) {
				page, err = driver.List(request, l.filter, at)
				h = hintsOf(err)
				return err
			})
			return e
		})
		return nil
	})
	if err != nil {
		return Page{}, c.lost(eni.OpList, "", err), hints{}
	}
	return page, e, h
}
