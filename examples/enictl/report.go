// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// write writes the result of a job in the requested form.
func write(w *output, j job, e ending) {
	switch {
	case j.output == jsonOutput:
		writeJSON(w, j, e)
	case j.command == detach:
		writeTable(w, [][]string{detachRow(j, e)})
	default:
		writeText(w, j, e)
	}
}

// report is the object of -output json. Its lists are sorted and never null.
type report struct {
	OK          bool     `json:"ok"`
	Provider    string   `json:"provider"`
	Operation   string   `json:"operation"` // the command
	InterfaceID string   `json:"interface_id"`
	Outcome     string   `json:"outcome"` // of the detach; else the first of unknown, refused, not_tried, accepted, absent, released that a result has
	Released    []string `json:"released"`
	Accepted    []string `json:"accepted"`
	Absent      []string `json:"absent"`
	Results     []result `json:"results"` // empty for a detach
	RequestIDs  []string `json:"request_ids"`
	Attempts    int      `json:"attempts"`
	Error       *failure `json:"error,omitempty"`
}

// result is the result for one address or prefix.
type result struct {
	Address string   `json:"address,omitempty"`
	Prefix  string   `json:"prefix,omitempty"`
	Outcome string   `json:"outcome"`
	Error   *failure `json:"error,omitempty"`
}

// failure is an error for scripts.
type failure struct {
	Kind       string `json:"kind"` // the text of an eni.Kind
	Code       string `json:"code"`
	Message    string `json:"message"`
	RequestID  string `json:"request_id"`
	HTTPStatus int    `json:"http_status"`
	Retryable  bool   `json:"retryable"`

	kind  eni.Kind
	ended bool // the call's context has ended, so a longer wait may help
}

// passes reports whether the same command can succeed later. Unlike Retryable it includes
// the end of a context.
func (f *failure) passes() bool { return f.Retryable || f.ended }

func newReport(j job) report {
	return report{
		Provider:    j.provider,
		Operation:   j.command,
		InterfaceID: j.interfaceID,
		Outcome:     eni.OutcomeNotTried.String(),
		Released:    []string{},
		Accepted:    []string{},
		Absent:      []string{},
		Results:     []result{},
		RequestIDs:  []string{},
	}
}

func writeJSON(w *output, j job, e ending) {
	r := newReport(j)
	r.OK = e.err() == nil
	r.Outcome = e.op.Outcome().String()
	r.RequestIDs = slices.Sorted(slices.Values(e.op.RequestIDs()))
	if r.RequestIDs == nil {
		r.RequestIDs = []string{}
	}
	r.Attempts = e.op.Attempts()
	r.Error = newFailure(e.err())
	for _, res := range sorted(e.op.Results()) {
		item := result{Outcome: res.Outcome.String(), Error: newFailure(e.reason(res))}
		if res.Addr().IsValid() {
			item.Address = res.String()
		} else {
			item.Prefix = res.String()
		}
		r.Results = append(r.Results, item)
		switch res.Outcome {
		case eni.OutcomeReleased:
			r.Released = append(r.Released, res.String())
		case eni.OutcomeAccepted:
			r.Accepted = append(r.Accepted, res.String())
		case eni.OutcomeAbsent:
			r.Absent = append(r.Absent, res.String())
		default:
		}
	}
	encode(w, r)
}

// writeMisuse writes an object for scripts. Standard error has the same as text.
func writeMisuse(w *output, j job, err error) {
	if j.output != jsonOutput {
		return
	}
	r := newReport(j)
	r.Error = &failure{Kind: eni.ErrInvalid.Error(), Message: err.Error()}
	encode(w, r)
}

// encode writes an object on a line.
func encode(w *output, object any) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(object) //nolint:errcheck,errchkjson // the output records its error
}

func newFailure(err error) *failure {
	if err == nil {
		return nil
	}
	kind := eni.KindOf(err)
	f := &failure{kind: kind, Kind: kind.Error(), Message: err.Error(), Retryable: eni.IsRetryable(err), ended: ended(err)}
	if e := cloudError(err); e != nil {
		f.Code, f.Message, f.RequestID, f.HTTPStatus = e.Code, e.Message, e.RequestID, e.HTTPStatus
	}
	return f
}

// word returns an outcome as text.
func word(o eni.Outcome) string { return strings.ReplaceAll(o.String(), "_", " ") }

// writeText writes a line for each address, and a summary.
func writeText(w *output, j job, e ending) {
	var rows [][]string
	var outcomes []eni.Outcome // in the order of their first result
	count := make(map[eni.Outcome]int)
	for _, r := range sorted(e.op.Results()) {
		if count[r.Outcome]++; count[r.Outcome] == 1 {
			outcomes = append(outcomes, r.Outcome)
		}
		rows = append(rows, []string{r.String(), word(r.Outcome), brief(e.reason(r))})
	}
	writeTable(w, rows)
	var counts []string
	for _, o := range outcomes {
		counts = append(counts, fmt.Sprintf("%d %s", count[o], word(o)))
	}
	fmt.Fprintf(w, "%s: %s\n", j.interfaceID, strings.Join(counts, ", "))
}

func detachRow(j job, e ending) []string {
	outcome, why := e.op.Outcome(), brief(e.err())
	if why == "" && (outcome == eni.OutcomeReleased || outcome == eni.OutcomeAbsent) {
		why = "from " + j.instanceID
	}
	return []string{j.interfaceID, word(outcome), why}
}

// brief returns the text of an error without the interface and the operation.
func brief(err error) string {
	if err == nil {
		return ""
	}
	return newFailure(err).brief()
}

func (f *failure) brief() string {
	switch {
	case f == nil:
		return ""
	case f.Message == "" && f.Code == "":
		return f.Kind
	case f.Message == "":
		return f.Kind + " (" + f.Code + ")"
	case f.Code == "":
		return f.Message
	default:
		return f.Message + " (" + f.Code + ")"
	}
}

// ended reports whether err is the end of a context.
func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// label returns the kind and the code of an error.
func label(err error) string {
	if e := cloudError(err); e != nil && e.Code != "" {
		return fmt.Sprintf("%s (%s)", e.Kind, e.Code)
	}
	return eni.KindOf(err).Error()
}

// cloudError returns the first *eni.Error in the tree of err, or nil.
func cloudError(err error) *eni.Error {
	var e *eni.Error
	errors.As(err, &e)
	return e
}

// sorted orders results by address.
func sorted(results []eni.Result) []eni.Result {
	slices.SortFunc(results, func(a, b eni.Result) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(b.Prefix.Bits(), a.Prefix.Bits()))
	})
	return results
}

// name returns an address without its length.
func name(p netip.Prefix) string { return eni.Result{Prefix: p}.String() }
