// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Fault is a rule that makes requests fail, as ParseFault reads it.
type Fault struct {
	text     string
	kind     *kind
	value    string
	duration time.Duration // the value of a kind with a duration

	// The requests that it applies to. Empty means all.
	provider string
	action   enitest.Action
	eni      string

	share  float64 // the share of these requests
	shared bool    // whether a share was given
	left   int     // the remaining number of requests, or unlimited

	id     uint64 // 1, 2 and so on
	met    int
	chance *rand.Rand
}

const unlimited = -1

// kind is a kind of faults.
type kind struct {
	name   string
	value  valueForm
	meets  func(enitest.Action) bool // the actions that it applies to by default
	answer bool                      // it decides the response: a request has at most one such fault
	apply  func(*enitest.Fault, *Fault)
	about  string
}

// valueForm is the kind of value after the "=".
type valueForm string

const (
	noValue     valueForm = ""
	timeValue   valueForm = "TIME"
	codeValue   valueForm = "CODE"
	statusValue valueForm = "STATUS"
)

// changes are the actions that change something.
func changes(a enitest.Action) bool {
	return a != enitest.List && !strings.HasPrefix(string(a), "Describe")
}

func describes(a enitest.Action) bool { return a == enitest.Describe || a == enitest.List }

func removals(a enitest.Action) bool { return a == enitest.Detach || a == enitest.Delete }

func unassignments(a enitest.Action) bool {
	return a == enitest.UnassignPrivateIps || a == enitest.UnassignIpv6
}

func everything(enitest.Action) bool { return true }

// kinds has all kinds, in the order of the help.
var kinds = []kind{
	{"conflict", noValue, changes, true, reason(enitest.Conflict), "another change is in progress"},
	{"throttle", noValue, everything, true, reason(enitest.Throttled), "too many requests"},
	{"500", noValue, everything, true, reason(enitest.Internal), "an internal error of the vendor"},
	{"denied", noValue, everything, true, reason(enitest.Denied), "the account's policies do not allow it"},
	{"expired", noValue, everything, true, reason(enitest.ExpiredCredentials), "the session token has expired"},
	{"code", codeValue, everything, true, func(f *enitest.Fault, r *Fault) { f.Code, f.Message = r.value, "A fault of the fake." }, "an error with this code"},
	{"gateway", statusValue, everything, true, gateway, "an HTML page with this status, as a gateway sends it"},
	{"lost-request", noValue, everything, true, func(f *enitest.Fault, _ *Fault) { f.Reset = true }, "the connection breaks before the request is carried out"},
	{"lost-answer", noValue, everything, true, func(f *enitest.Fault, _ *Fault) { f.Reset, f.After = true, true }, "it is carried out; the connection breaks before the response"},
	{"cut", noValue, everything, true, func(f *enitest.Fault, _ *Fault) { f.Cut = true }, "it is carried out; the connection breaks within the response"},
	{"slow", timeValue, everything, false, func(f *enitest.Fault, r *Fault) { f.AnswerAfter = r.duration }, "it is carried out at once; the response comes after this time"},
	{"delay", timeValue, everything, false, func(f *enitest.Fault, r *Fault) { f.Delay = r.duration }, "it is carried out after this time"},
	{"complete-after", timeValue, changes, false, nil, "the change takes effect this long after it was accepted"},
	{"partial", noValue, unassignments, false, func(f *enitest.Fault, _ *Fault) { f.Partial = true }, "a batch with a bad address is refused; its good addresses are released"},
	{"stuck", noValue, removals, false, func(f *enitest.Fault, _ *Fault) { f.Stuck = true }, "the change is accepted, and does not complete until it is sent again"},
	{"task-fails", noValue, changes, false, func(f *enitest.Fault, _ *Fault) { f.TaskOutput = "A fault of the fake." }, "the change is accepted, and its task fails"},
	{"lag", timeValue, describes, false, func(f *enitest.Fault, r *Fault) { f.Lag = r.duration }, "a description omits the addresses that were assigned within this time"},
}

func reason(why enitest.Reason) func(*enitest.Fault, *Fault) {
	return func(f *enitest.Fault, _ *Fault) { f.Reason = why }
}

func gateway(f *enitest.Fault, r *Fault) {
	status, err := strconv.Atoi(r.value)
	if err != nil {
		panic(err) // ParseFault has read it
	}
	f.Reply = &enitest.Reply{Status: status, ContentType: "text/html", Body: fmt.Appendf(nil, "<html><h1>%d</h1></html>\n", status)}
}

// Kinds returns the form and the effect of each kind.
func Kinds() (forms, about []string) {
	for _, k := range kinds {
		form := k.name
		if k.value != noValue {
			form += "=" + string(k.value)
		}
		forms, about = append(forms, form), append(about, k.about)
	}
	return forms, about
}

// ParseFault reads a fault of the form
// KIND[=VALUE][:COUNT][:PERCENT%][:ACTION][:PROVIDER][:INTERFACE], such as conflict:3 or
// throttle:10%:Detach. The parts after the kind can be in any order.
func ParseFault(text string) (*Fault, error) {
	text = strings.TrimSpace(text)
	parts := strings.Split(text, ":")
	name, value, hasValue := strings.Cut(parts[0], "=")
	at := slices.IndexFunc(kinds, func(k kind) bool { return k.name == strings.ToLower(name) })
	if at < 0 {
		forms, _ := Kinds()
		return nil, fmt.Errorf("fault %q: unknown kind %q: want %s", text, name, oneOf(forms))
	}
	f := &Fault{text: text, kind: &kinds[at], value: value, share: 1, left: unlimited}
	if err := f.checkValue(hasValue); err != nil {
		return nil, fmt.Errorf("fault %q: %w", text, err)
	}
	for _, part := range parts[1:] {
		if err := f.narrow(part); err != nil {
			return nil, fmt.Errorf("fault %q: %w", text, err)
		}
	}
	return f, nil
}

func (f *Fault) checkValue(given bool) error {
	k := f.kind
	switch {
	case k.value == noValue && given:
		return fmt.Errorf("%s has no value: want %s alone", k.name, k.name)
	case k.value == timeValue:
		var err error
		if f.duration, err = time.ParseDuration(f.value); err != nil || f.duration < 0 {
			return fmt.Errorf("want a time, as in %s=500ms", k.name)
		}
	case k.value == codeValue && f.value == "":
		return fmt.Errorf("want a code, as in %s=InvalidParameter", k.name)
	case k.value == statusValue:
		if status, err := strconv.Atoi(f.value); err != nil || status < 200 || status > 599 {
			return fmt.Errorf("want a status from 200 to 599, as in %s=502", k.name)
		}
	}
	return nil
}

// narrow reads one part after the kind. A second part of the same sort is an error,
// because it would replace the first.
func (f *Fault) narrow(part string) error {
	twice := func(sort string) error { return fmt.Errorf("%q: a fault has one %s", part, sort) }
	percent, isShare := strings.CutSuffix(part, "%")
	count, notCount := strconv.Atoi(part)
	action, isAction := actionOf(part)
	switch {
	case isShare:
		share, err := strconv.ParseFloat(percent, 64)
		if err != nil || !(share > 0 && share <= 100) { // NaN is neither
			return fmt.Errorf("%q: want more than 0%% and up to 100%%", part)
		}
		if f.shared {
			return twice("share")
		}
		f.share, f.shared = share/100, true
	case notCount == nil && count < 1:
		return fmt.Errorf("%q: want a count of 1 or more", part)
	case notCount == nil && f.left != unlimited:
		return twice("count")
	case notCount == nil:
		f.left = count
	case isAction && f.action != "":
		return twice("action")
	case isAction:
		f.action = action
	case slices.Contains(Providers, part) && f.provider != "":
		return twice("provider")
	case slices.Contains(Providers, part):
		f.provider = part
	case strings.HasPrefix(part, "eni-") && f.eni != "":
		return twice("interface")
	case strings.HasPrefix(part, "eni-"):
		f.eni = part
	default:
		return fmt.Errorf("%q: want a count, a share such as 10%%, an action such as Detach, %s, or an interface such as eni-1", part, oneOf(Providers))
	}
	return nil
}

// actionOf returns the action with a name of package enitest or of a vendor, in upper or
// lower case.
func actionOf(name string) (enitest.Action, bool) {
	for action, names := range actions {
		if strings.EqualFold(string(action), name) || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			return action, true
		}
	}
	return "", false
}

// Actions returns the names of the actions that a fault can name, sorted.
func Actions() []string {
	var names []string
	for action := range actions {
		names = append(names, string(action))
	}
	slices.Sort(names)
	return names
}

// actions has the vendors' names of each action.
var actions = map[enitest.Action][]string{
	enitest.UnassignPrivateIps: {"UnassignPrivateIpAddresses"},
	enitest.UnassignIpv6:       {"UnassignIpv6Addresses"},
	enitest.Detach:             {"DetachNetworkInterface"},
	enitest.Delete:             {"DeleteNetworkInterface"},
	enitest.Describe:           {"DescribeNetworkInterfaces"},
	enitest.List:               nil,
	enitest.DescribeTask:       {"DescribeVpcTaskResult"},
	enitest.Create:             {"CreateNetworkInterface"},
	enitest.Attach:             {"AttachNetworkInterface"},
	enitest.Assign:             {"AssignPrivateIpAddresses", "AssignIpv6Addresses"},
	enitest.DescribeInstances:  {"DescribeInstances"},
}
