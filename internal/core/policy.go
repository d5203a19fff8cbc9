// SPDX-License-Identifier: Apache-2.0

package core

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// exchange is a group of requests that share one backoff.
type exchange uint8

const (
	changing exchange = iota
	describing
	exchanges // number of exchanges
)

// row counts the consecutive failures of an exchange.
type row struct {
	backoff eni.Backoff // nil before the first pause
	idle    int         // latest consecutive requests lost on idle connections
	limited int         // latest consecutive requests with a MaxTries hint
}

// maxIdle is how many consecutive requests lost on idle connections are retried
// without a pause. The first loss closes the other idle connections, and a describe
// precedes the retry of a change, so a second lost change has another cause. If the
// user's RoundTripper hides the connection pool, describes use up its idle connections.
var maxIdle = [exchanges]int{changing: 1, describing: 32}

// verdict asks the user's policy about an error: retry or not, and after which pause.
func (r *runner) verdict(x exchange, e *eni.Error) lane.Verdict {
	v, _ := r.hinted(x, e, hints{})
	return v
}

// hinted is verdict for an error of the driver with hints. Idle says that the request
// was lost on an idle connection: the retry then needs no pause, and is not counted
// against the API's budget of retries.
func (r *runner) hinted(x exchange, e *eni.Error, h hints) (v lane.Verdict, idle bool) {
	// Only one goroutine uses a Backoff at a time: it is removed from the row meanwhile.
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

// verdict asks the user's policy about an error. If the policy panics, the panic
// becomes the cause of e. An error that holds a panic is not retried.
func (c *Client) verdict(x exchange, e *eni.Error, h hints, row *row) (v lane.Verdict, idle bool) {
	if thrown(e) {
		return lane.Verdict{}, false
	}
	row.note(h)
	idle = h.reused && row.idle <= maxIdle[x]
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
	if c.defaultPolicy {
		_ = ask() //nolint:errcheck // the default policy does not panic
	} else if err := contained(ask); err != nil {
		e.Err, v = err, lane.Verdict{}
	}
	if h.maxTries > 0 && row.limited >= h.maxTries {
		v.Retry = false
	}
	return v, idle
}

// note counts a failure with its hints.
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

// inARow reports whether the previous request of an exchange failed too.
func (r *runner) inARow(x exchange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rows[x].backoff != nil
}
