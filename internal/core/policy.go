// SPDX-License-Identifier: Apache-2.0

package core

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// exchange is what requests are about whose pauses grow together.
type exchange uint8

const (
	changing exchange = iota
	describing
	exchanges // how many there are
)

// row is about the requests of an exchange that fail in a row.
type row struct {
	backoff eni.Backoff // nil before the first pause
	idle    int         // the latest so many were lost on connections that had been idle
	limited int         // the latest so many are worth a few tries only
}

// mostIdle is how many requests in a row need no pause that were lost on idle
// connections. The first loss closes the others, and a change is described before it
// is sent again, so two changes in a row have another reason. Where a RoundTripper of
// the user's hides the pool, the descriptions use up what is left in it.
var mostIdle = [exchanges]int{changing: 1, describing: 32}

// verdict asks the user's policy about an error: whether another request is worth
// it, and after which pause.
func (r *runner) verdict(x exchange, e *eni.Error) lane.Verdict {
	v, _ := r.hinted(x, e, hints{})
	return v
}

// hinted is verdict for an error of the driver, with what that says beside. Idle
// says that the request was lost on an idle connection: that is no outage, and costs
// nothing that bounds one.
func (r *runner) hinted(x exchange, e *eni.Error, h hints) (v lane.Verdict, idle bool) {
	// Each Backoff is used by one goroutine: whoever uses it takes it out.
	r.mu.Lock()
	row := r.rows[x]
	r.rows[x].backoff = nil
	r.mu.Unlock()
	v, idle = r.client.verdict(x, e, h, &row)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows[x] = row
	return v, idle
}

// verdict asks the user's policy about an error. The backoff is made when it is
// needed. What the policy throws becomes the cause of the error, and what was
// thrown is never tried again.
func (c *Client) verdict(x exchange, e *eni.Error, h hints, row *row) (v lane.Verdict, idle bool) {
	if thrown(e) {
		return lane.Verdict{}, false
	}
	row.note(h)
	idle = h.reused && row.idle <= mostIdle[x]
	ask := func() error {
		if !c.opts.Retry.Retryable(e) {
			return nil
		}
		if idle {
			v.Retry = true
			return nil
		}
		if row.backoff == nil {
			row.backoff = c.opts.Retry.Backoff()
		}
		pause := row.backoff.NextBackOff()
		v = lane.Verdict{Retry: pause >= 0, Pause: pause}
		return nil
	}
	if c.ownPolicy {
		_ = ask() //nolint:errcheck // our own policy throws nothing
	} else if err := contained(ask); err != nil {
		e.Err, v = err, lane.Verdict{}
	}
	if h.maxTries > 0 && row.limited >= h.maxTries {
		v.Retry = false
	}
	return v, idle
}

// note counts a failure.
func (row *row) note(h hints) {
	row.idle++
	if !h.reused {
		row.idle = 0
	}
	row.limited++
	if h.maxTries == 0 {
		row.limited = 0
	}
}

// inARow reports whether an exchange failed before, and none went through since.
func (r *runner) inARow(x exchange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rows[x].backoff != nil
}
