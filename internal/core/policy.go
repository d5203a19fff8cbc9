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

// verdict asks the user's policy about an error: whether another request is worth
// it, and after which pause.
func (r *runner) verdict(x exchange, e *eni.Error) lane.Verdict {
	// Each Backoff is used by one goroutine: whoever uses it takes it out.
	r.mu.Lock()
	backoff := r.backoffs[x]
	r.backoffs[x] = nil
	r.mu.Unlock()
	v := r.client.verdict(e, &backoff)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.backoffs[x] = backoff
	return v
}

// verdict asks the user's policy about an error. The backoff is made when it is
// needed. What the policy throws becomes the cause of the error, and what was
// thrown is never tried again.
func (c *Client) verdict(e *eni.Error, backoff *eni.Backoff) (v lane.Verdict) {
	if thrown(e) {
		return lane.Verdict{}
	}
	ask := func() error {
		if !c.opts.Retry.Retryable(e) {
			return nil
		}
		if *backoff == nil {
			*backoff = c.opts.Retry.Backoff()
		}
		pause := (*backoff).NextBackOff()
		v = lane.Verdict{Retry: pause >= 0, Pause: pause}
		return nil
	}
	if !c.ownPolicy {
		if err := contained(ask); err != nil {
			e.Err, v = err, lane.Verdict{}
		}
		return v
	}
	_ = ask() //nolint:errcheck // our own policy throws nothing
	return v
}

// inARow reports whether an exchange failed before, and none went through since.
func (r *runner) inARow(x exchange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.backoffs[x] != nil
}
