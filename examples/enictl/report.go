package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// write writes what became of a job, in the form that was asked for.
func write(w *output, j job, e ending, sent *tally) {
	switch {
	case j.output == jsonOutput:
		writeJSON(w, j, e)
	case j.command == detach:
		writeTable(w, [][]string{detachRow(j, e, sent)})
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
	Released    []string `json:"released"`
	AlreadyGone []string `json:"already_gone"`
	Results     []result `json:"results"` // empty for a detach
	RequestIDs  []string `json:"request_ids"`
	Attempts    int      `json:"attempts"`
	Error       *failure `json:"error,omitempty"`
}

// result is what became of one address or prefix.
type result struct {
	Address string   `json:"address,omitempty"`
	Prefix  string   `json:"prefix,omitempty"`
	Outcome string   `json:"outcome"`
	Error   *failure `json:"error,omitempty"`
}

// failure is an error as scripts want it.
type failure struct {
	Kind       string `json:"kind"` // the text of an eni.Kind
	Code       string `json:"code"`
	Message    string `json:"message"`
	RequestID  string `json:"request_id"`
	HTTPStatus int    `json:"http_status"`
	Retryable  bool   `json:"retryable"`

	kind eni.Kind
}

func newReport(j job) report {
	return report{
		Provider:    j.provider,
		Operation:   j.command,
		InterfaceID: j.interfaceID,
		Released:    []string{},
		AlreadyGone: []string{},
		Results:     []result{},
		RequestIDs:  []string{},
	}
}

func writeJSON(w *output, j job, e ending) {
	r := newReport(j)
	r.OK = e.err() == nil
	r.RequestIDs = slices.Sorted(slices.Values(e.op.RequestIDs()))
	if r.RequestIDs == nil {
		r.RequestIDs = []string{}
	}
	r.Attempts = e.op.Attempts()
	r.Error = newFailure(e.err())
	for _, res := range sorted(e.op.Results()) {
		item := result{Outcome: res.Outcome.String(), Error: newFailure(e.reason(res))}
		if res.Prefix.IsSingleIP() {
			item.Address = name(res.Prefix)
		} else {
			item.Prefix = name(res.Prefix)
		}
		r.Results = append(r.Results, item)
		switch res.Outcome {
		case eni.OutcomeReleased:
			r.Released = append(r.Released, name(res.Prefix))
		case eni.OutcomeAbsent:
			r.AlreadyGone = append(r.AlreadyGone, name(res.Prefix))
		default:
		}
	}
	encode(w, r)
}

// writeMisuse is for scripts, which get an object in any case; a person has been
// told already.
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
	_ = enc.Encode(object) //nolint:errcheck,errchkjson // the output remembers what is wrong with it
}

func newFailure(err error) *failure {
	if err == nil {
		return nil
	}
	kind := eni.KindOf(err)
	f := &failure{kind: kind, Kind: kind.Error(), Message: err.Error(), Retryable: eni.IsRetryable(err)}
	if e := cloudError(err); e != nil {
		f.Code, f.Message, f.RequestID, f.HTTPStatus = e.Code, e.Message, e.RequestID, e.HTTPStatus
	}
	return f
}

// reason is why an address is not known to be gone, or nil.
func (e ending) reason(r eni.Result) error {
	if r.Err == nil && r.Outcome == eni.OutcomeReleased && !e.settled {
		return e.late
	}
	return r.Err
}

// The words for outcomes, for people. Those for eni.OutcomeReleased are for as long as it
// is under way as far as is known.
var (
	addressWords = map[eni.Outcome]string{
		eni.OutcomeNotTried: "not tried",
		eni.OutcomeReleased: "accepted",
		eni.OutcomeAbsent:   "already gone",
		eni.OutcomeRefused:  "refused",
		eni.OutcomeUnknown:  "unknown",
	}
	detachWords = map[eni.Outcome]string{
		eni.OutcomeNotTried: "left alone",
		eni.OutcomeReleased: "detaching",
		eni.OutcomeAbsent:   "already detached",
		eni.OutcomeRefused:  "refused",
		eni.OutcomeUnknown:  "unknown",
	}
)

// writeText writes a line for each address, and one that sums up.
func writeText(w *output, j job, e ending) {
	var rows [][]string
	var words []string // in the order in which they came up
	count := make(map[string]int)
	for _, r := range sorted(e.op.Results()) {
		word := addressWords[r.Outcome]
		if r.Outcome == eni.OutcomeReleased && e.settled {
			word = "released"
		}
		if count[word]++; count[word] == 1 {
			words = append(words, word)
		}
		rows = append(rows, []string{name(r.Prefix), word, brief(e.reason(r))})
	}
	writeTable(w, rows)
	for i, word := range words {
		words[i] = fmt.Sprintf("%d %s", count[word], word)
	}
	fmt.Fprintf(w, "%s: %s\n", j.interfaceID, strings.Join(words, ", "))
}

func detachRow(j job, e ending, sent *tally) []string {
	outcome := detachOutcome(e, sent)
	became, why := detachWords[outcome], brief(e.err())
	if outcome == eni.OutcomeReleased && e.settled {
		became = "detached"
	}
	if why == "" && outcome == eni.OutcomeReleased {
		why = "from " + j.instanceID
	}
	return []string{j.interfaceID, became, why}
}

// detachOutcome works out what an Operation tells of addresses only.
func detachOutcome(e ending, sent *tally) eni.Outcome {
	attempts := e.op.Attempts()
	answered, last := sent.read()
	switch {
	case e.refused == nil && attempts == 0:
		return eni.OutcomeAbsent
	case e.refused == nil && e.late != nil && e.settled:
		return eni.OutcomeRefused // after all
	case e.refused == nil:
		return eni.OutcomeReleased
	case attempts == 0:
		return eni.OutcomeNotTried
	case answered < attempts, eni.KindOf(last) == eni.ErrUnavailable:
		return eni.OutcomeUnknown
	default:
		return eni.OutcomeRefused
	}
}

// brief is an error without what the lines around it say.
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

// label is an error in a word or two.
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

// name writes an address without its length.
func name(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
