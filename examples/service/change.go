package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/cloudeni/cloudeni/eni"
)

// change is one call of the library and how it ended.
type change struct {
	op      *eni.Operation
	refused error // why the cloud did not accept all of it
	late    error // why what it accepted has not taken effect, or is not known to have
	settled bool  // whether nothing that was accepted is under way any more
}

// perform makes a call and, where the caller wants that, waits until what the
// cloud has accepted has taken effect: also after a partial failure.
func perform(ctx context.Context, how terms, call func(context.Context) (*eni.Operation, error)) change {
	var c change
	c.op, c.refused = call(ctx)
	if how.wait == waitSettled {
		c.late = c.op.Wait(ctx)
	}
	// Under a context that has ended Poll cannot look again: it says what is known.
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	c.settled, _ = c.op.Poll(ctx) //nolint:errcheck // Wait has told
	return c
}

// err is why the change is not done, or nil.
func (c change) err() error { return together(c.refused, c.late) }

// together makes one error of two. One that is worth another try comes first: a
// caller who stopped at the hopeless one would give up the rest.
func together(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil || errors.Is(a, b):
		return a
	case eni.IsRetryable(b) && !eni.IsRetryable(a):
		a, b = b, a
	}
	return fmt.Errorf("%w; %w", a, b)
}

// answer is the body for a release or a detach that is done.
type answer struct {
	Results         []result `json:"results"`
	CloudRequestIDs []string `json:"cloud_request_ids"`
	Attempts        int      `json:"attempts"` // changes sent to the cloud, retries included
}

// result is what became of one thing that was asked for: one of the first three.
type result struct {
	Address   string   `json:"address,omitempty"`
	Prefix    string   `json:"prefix,omitempty"`
	Interface string   `json:"interface,omitempty"`
	Outcome   string   `json:"outcome"`
	Error     *failure `json:"error,omitempty"`
}

// The outcomes that the library does not have: it calls released what is accepted.
const (
	accepted = "accepted" // and not known to have taken effect
	detached = "detached"
)

// add accounts for a change.
func (a *answer) add(c change, results []result) {
	a.Results = append(a.Results, results...)
	a.CloudRequestIDs = append(a.CloudRequestIDs, c.op.RequestIDs()...)
	a.Attempts += c.op.Attempts()
}

// results are what became of the addresses and prefixes of a release.
func (c change) results() []result {
	var all []result
	for _, r := range c.op.Results() {
		res := result{Outcome: r.Outcome.String(), Error: newFailure(r.Err)}
		if r.Outcome == eni.OutcomeReleased && !c.settled {
			res.Outcome, res.Error = accepted, newFailure(c.late)
		}
		if r.Prefix.IsSingleIP() {
			res.Address = r.Prefix.Addr().String()
		} else {
			res.Prefix = r.Prefix.String()
		}
		all = append(all, res)
	}
	return all
}

// detachment is what became of a detach, of which an operation has no results.
// In doubt it is unknown.
func (c change) detachment(id string) result {
	res := result{Interface: id, Error: newFailure(c.err())}
	ended := errors.Is(c.refused, context.DeadlineExceeded) || errors.Is(c.refused, context.Canceled)
	switch {
	case c.refused == nil && !c.settled:
		res.Outcome = accepted
	case c.refused == nil && c.late != nil: // it was accepted, and then it failed after all
		res.Outcome = eni.OutcomeRefused.String()
	case c.refused == nil && c.op.Attempts() == 0:
		res.Outcome = eni.OutcomeAbsent.String()
	case c.refused == nil:
		res.Outcome = detached
	case c.op.Attempts() == 0:
		res.Outcome = eni.OutcomeNotTried.String()
	case ended, eni.KindOf(c.refused) == eni.ErrUnavailable:
		res.Outcome = eni.OutcomeUnknown.String()
	default:
		res.Outcome = eni.OutcomeRefused.String()
	}
	return res
}

// conclude answers: with 200 when everything is so, with 202 when the cloud has
// accepted it and it is not known to have taken effect, and else with the problem,
// also where a part is done: a caller who looks at nothing but the status must not
// take a half for the whole. Whatever is not done is in the log as well.
func conclude(r *http.Request, a *answer, err error) (reply, error) {
	if a.CloudRequestIDs == nil {
		a.CloudRequestIDs = []string{}
	}
	record := recordOf(r.Context())
	record.note(slog.Int("attempts", a.Attempts), slog.Any("cloud_request_ids", a.CloudRequestIDs))
	status := http.StatusOK
	var open []result
	for _, res := range a.Results {
		switch res.Outcome {
		case accepted:
			status = http.StatusAccepted
			open = append(open, res)
		case eni.OutcomeReleased.String(), eni.OutcomeAbsent.String(), detached:
		default:
			open = append(open, res)
		}
	}
	if err == nil {
		return reply{status, a}, nil
	}
	record.note(slog.Any("error", err), slog.Any("unfinished", open))
	p := newProblem(err)
	p.Results, p.CloudRequestIDs, p.Attempts = a.Results, a.CloudRequestIDs, a.Attempts
	return reply{}, p
}
