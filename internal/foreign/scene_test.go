// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// vendor is one cloud: its clients, its words, and the scene that each client plays.
type vendor struct {
	name            string
	contenders      []contender
	serve           func(*testing.T, *enitest.Cloud) *world
	zone            string
	otherRegion     string
	prefixes        bool
	steps           []step
	regionParameter string                     // in which every request names its region; empty where there is none
	pageSize        int                        // of the list
	describe        func(id string) parameters // of a request for one interface
	read            func(response any) (*reading, error)
	next            func(p parameters, r *reading) bool // the parameters of the page after r, and whether there is one
}

// step is one call of the scene, and what must come of it.
type step struct {
	name   string // the column of the table
	action string
	p      parameters
	by     caller

	code   string // of the refusal; empty for a success
	change string // what it changes in the cloud
	want   []seen // of a description
	all    bool   // it lists the interfaces of vpc-1, page by page
	status string // of a task
}

// lastChange, as the value of a parameter, stands for the request id of the last change.
const lastChange = "the last change"

// caller is who makes the call.
type caller string

const (
	owner       caller = ""
	withToken   caller = "with temporary credentials"
	wrongSecret caller = "with the wrong secret"
	elsewhere   caller = "in another region"
)

// reading is a response, in no vendor's words.
type reading struct {
	requestID  string
	interfaces []seen
	next       string // the token of the next page
	total      int    // on all pages
	status     string
}

// seen is an interface as a client shows it.
type seen struct {
	ID, State, Instance, VPC, Subnet, MAC string
	Primary                               string
	Addresses                             []string // the others, IPv4 and IPv6, and prefixes
	Tags                                  []string
}

// play plays the scene with one client, and returns what came of each step: "" for what
// must come of it.
func (v *vendor) play(t *testing.T, c contender) []string {
	t.Helper()
	w := v.newWorld(t)
	results := make([]string, len(v.steps))
	last := "" // the request id of the last change
	for n, s := range v.steps {
		before := len(w.changes())
		id, err := v.try(t, w, c, s, last)
		if changes := w.changes()[before:]; err == nil {
			if len(changes) > 0 {
				last = id
			}
			if got := fmt.Sprint(changes); got != fmt.Sprint(words(s.change)) {
				err = fmt.Errorf("it changed %s, want [%s]", got, s.change)
			}
		}
		if err != nil {
			results[n] = err.Error()
		}
	}
	return results
}

func words(change string) []string {
	if change == "" {
		return nil
	}
	return []string{change}
}

// try makes the call of a step, and says what is wrong with its answer.
func (v *vendor) try(t *testing.T, w *world, c contender, s step, last string) (requestID string, err error) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the client panicked: %v", p)
		}
	}()
	a, p := v.as(w, s, last)
	client := c.open(t, a)
	if s.all {
		return "", v.list(client, s, p)
	}
	response, err := client.call(s.action, p)
	if s.code != "" {
		return "", s.refused(err)
	}
	if err != nil {
		return "", err
	}
	r, err := v.read(response)
	switch {
	case err != nil:
		return "", err
	case r.requestID == "":
		return "", errors.New("the response has no request id")
	case r.status != s.status:
		return "", fmt.Errorf("the status is %q, want %q", r.status, s.status)
	case fmt.Sprintf("%q", r.interfaces) != fmt.Sprintf("%q", s.want):
		return "", fmt.Errorf("it shows %q, want %q", r.interfaces, s.want)
	}
	return r.requestID, nil
}

// as returns the account that makes the call, and the call's parameters.
func (v *vendor) as(w *world, s step, last string) (account, parameters) {
	a, p := w.lasting, maps.Clone(s.p)
	for name, value := range p {
		if value == lastChange {
			p[name] = last
		}
	}
	switch s.by {
	case owner:
	case withToken:
		a = w.temporary
	case wrongSecret:
		a.Secret = "wrong"
	case elsewhere:
		a.Region = v.otherRegion
	}
	if v.regionParameter != "" {
		p[v.regionParameter] = a.Region
	}
	return a, p
}

// refused says how an error differs from the refusal that the step wants.
func (s step) refused(err error) error {
	r := (*refusal)(nil)
	switch {
	case err == nil:
		return fmt.Errorf("it succeeded, want %s", s.code)
	case !errors.As(err, &r):
		return fmt.Errorf("want %s, got %w", s.code, err)
	case r.Code != s.code:
		return fmt.Errorf("want %s, got %w", s.code, err)
	case r.Message == "" || r.RequestID == "":
		return fmt.Errorf("the refusal lacks a message or the request's id: %+v", *r)
	}
	return nil
}

// list lists vpc-1 page by page.
func (v *vendor) list(c client, s step, p parameters) error {
	var ids []string
	for pages := 1; ; pages++ {
		response, err := c.call(s.action, p)
		if err != nil {
			return fmt.Errorf("page %d: %w", pages, err)
		}
		r, err := v.read(response)
		if err != nil {
			return fmt.Errorf("page %d: %w", pages, err)
		}
		for _, i := range r.interfaces {
			ids = append(ids, i.ID)
		}
		if v.next(p, r) && pages < 10 {
			continue
		}
		slices.Sort(ids)
		if want := inVPC(v); !slices.Equal(ids, want) || pages != (len(want)+v.pageSize-1)/v.pageSize {
			return fmt.Errorf("%d pages list %s, want %s on pages of %d", pages, ids, want, v.pageSize)
		}
		return nil
	}
}
