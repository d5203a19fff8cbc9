// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/cloudeni/cloudeni/eni"
)

// change is one call of the library and its result.
type change struct {
	op      *eni.Operation
	callErr error // why the cloud did not accept the whole call
	waitErr error // why accepted changes are not complete, or not known to be
}

// perform makes a call. If the caller wants it, perform then waits until the accepted
// changes are complete, also after a partial failure.
func perform(ctx context.Context, how terms, call func(context.Context) (*eni.Operation, error)) change {
	var c change
	c.op, c.callErr = call(ctx)
	if how.wait == waitCompleted {
		c.waitErr = c.op.Wait(ctx)
	}
	return c
}

// err returns why the change is not done, or nil.
func (c change) err() error {
	if errors.Is(c.callErr, c.waitErr) {
		return c.callErr
	}
	return eni.Join(c.callErr, c.waitErr)
}

// answer is the body for a release, a detach or a deletion that is done.
type answer struct {
	Results         []result `json:"results"`
	CloudRequestIDs []string `json:"cloud_request_ids"`
	Attempts        int      `json:"attempts"` // changes sent to the cloud, retries included
}

// result is the result for one target: one of the first three fields.
type result struct {
	Address   string   `json:"address,omitempty"`
	Prefix    string   `json:"prefix,omitempty"`
	Interface string   `json:"interface,omitempty"`
	Outcome   string   `json:"outcome"` // the text of an eni.Outcome
	Error     *failure `json:"error,omitempty"`
}

// done reports whether the target is certainly gone. If it is absent because its
// interface was not found, the region or the account may be wrong.
func (r result) done() bool {
	return r.Outcome == eni.OutcomeReleased.String() || r.Outcome == eni.OutcomeAbsent.String() && r.Error == nil
}

// add adds the results of a change.
func (a *answer) add(c change, results []result) {
	a.Results = append(a.Results, results...)
	a.CloudRequestIDs = append(a.CloudRequestIDs, c.op.RequestIDs()...)
	a.Attempts += c.op.Attempts()
}

// results returns the results for the addresses and prefixes of a release.
func (c change) results() []result {
	var all []result
	for _, r := range c.op.Results() {
		res := result{Outcome: r.Outcome.String(), Error: newFailure(c.reason(r))}
		if r.Addr().IsValid() {
			res.Address = r.String()
		} else {
			res.Prefix = r.String()
		}
		all = append(all, res)
	}
	return all
}

// reason returns why an address is not certainly gone; nil if it is.
func (c change) reason(r eni.Result) error {
	switch {
	case r.Err != nil:
		return r.Err
	case r.Outcome == eni.OutcomeAccepted:
		return c.waitErr
	case r.Outcome == eni.OutcomeAbsent && errors.Is(c.err(), eni.ErrNotFound):
		return c.err()
	default:
		return nil
	}
}

// ofInterface returns the result of a detach or a deletion.
func (c change) ofInterface(id string) result {
	return result{Interface: id, Outcome: c.op.Outcome().String(), Error: newFailure(c.err())}
}

// conclude returns the answer: 200 if everything is done, 202 if the cloud has accepted
// it and it is not known to be complete, else a problem, also if a part is done: a
// caller who checks only the status must not assume that everything is done. The log
// has everything that is not done.
func conclude(r *http.Request, a *answer, err error) (reply, error) {
	if a.CloudRequestIDs == nil {
		a.CloudRequestIDs = []string{}
	}
	record := recordOf(r.Context())
	record.note(slog.Int("attempts", a.Attempts), slog.Any("cloud_request_ids", a.CloudRequestIDs))
	status := http.StatusOK
	var unfinished []result
	for _, res := range a.Results {
		if res.Outcome == eni.OutcomeAccepted.String() {
			status = http.StatusAccepted
		}
		if !res.done() {
			unfinished = append(unfinished, res)
		}
	}
	if err == nil {
		return reply{status, a}, nil
	}
	record.note(slog.Any("error", err), slog.Any("unfinished", unfinished))
	p := newProblem(err)
	p.Results, p.CloudRequestIDs, p.Attempts = a.Results, a.CloudRequestIDs, a.Attempts
	return reply{}, p
}
