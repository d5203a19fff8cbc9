// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"iter"
	"time"

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

	known  map[string]bool // ids that were listed already
	again  bool            // this is not the first pass
	newest time.Time       // the latest creation that the first pass has listed
	missed int             // how many interfaces this pass has listed that earlier passes have missed
	ended  bool            // yield returned false
}

// maxPasses is how often a list is read at most while its pages shift.
const maxPasses = 10

// cleanPasses is how many passes in a row must find nothing that was missed before.
const cleanPasses = 2

// run reads the pages. If they shift, an interface that moves to a page that was read
// already is missed, so run reads them again, until passes find no such interface.
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
	clean := 0
	for range maxPasses {
		l.missed = 0
		shifted, e := l.pass(driver)
		if e != nil {
			return e
		}
		if clean++; !l.again || l.missed > 0 {
			clean = 0
		}
		if l.ended || !shifted || clean == cleanPasses {
			return nil
		}
		l.again = true
	}
	return errShifting()
}

// errShifting makes the error of a list whose pages keep shifting.
func errShifting() *eni.Error {
	return &eni.Error{Kind: eni.ErrConflict, Message: "the pages of the list keep shifting: interfaces are created or deleted faster than they are listed"}
}

// pass reads all pages once, and reports whether any may have shifted. Pages that
// overlap are joined instead: if the first interface of a page was not listed before,
// those before it may be missing, and an earlier page is read.
func (l *lister) pass(driver Pages) (shifted bool, e *eni.Error) {
	total, pages, back := -1, 0, 0
	asked := make(map[string]bool)
	for at := ""; ; {
		page, e := l.persist(driver, at)
		if e != nil {
			return shifted, e
		}
		if asked[at] = true; page.Back != "" && !l.joins(page.Interfaces) {
			if back++; back > maxPasses+pages {
				return shifted, errShifting()
			}
			clear(asked)
			at, total = page.Back, -1
			continue
		}
		if page.Back == "" && total >= 0 && page.Total != total {
			shifted = true
		}
		total = page.Total
		pages++
		for n := range page.Interfaces {
			if l.emit(&page.Interfaces[n]); l.ended {
				return shifted, nil
			}
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

// joins reports whether a page begins with an interface of an earlier page. Deletions
// and creations do not change the order of the others, so nothing is missing before it.
func (l *lister) joins(page []eni.Interface) bool {
	return len(page) > 0 && l.known[page[0].ID]
}

// emit yields an interface that matches the filter, unless it was listed already.
func (l *lister) emit(i *eni.Interface) {
	if l.known[i.ID] {
		return
	}
	l.known[i.ID] = true
	switch created := i.Created; {
	case !l.again && created.After(l.newest):
		l.newest = created
	case l.again && (created.IsZero() || created.Before(l.newest)): // else it was created since
		l.missed++
	}
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
