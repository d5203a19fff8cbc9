// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// step is one call of the scene, and its expected result.
type step struct {
	name   string // the column of the table
	action string
	p      parameters
	by     caller

	code   string // of the refusal; empty for a success
	change string // what it changes in the cloud
	want   []seen // of a description
	all    bool   // it lists the interfaces of vpc-1, page by page
	only   string // the one thing of a list that is looked at, by its id
	status string // of a task
}

// What stands for things that the scene makes: the request id of the last change, as the
// value of a parameter, and everywhere the id of the interface that was created.
const (
	lastChange = "the last change"
	created    = "eni-new"
)

// made are those things.
type made struct{ lastChange, created string }

// caller is who makes the call.
type caller string

const (
	owner       caller = ""
	withToken   caller = "with temporary credentials"
	wrongSecret caller = "with the wrong secret"
	elsewhere   caller = "in another region"
	nowhere     caller = "in a region that does not exist"
)

// reading is a response, in no vendor's words.
type reading struct {
	requestID  string
	created    string // the id of an interface
	interfaces []seen // or what else is described
	next       string // the token of the next page
	total      int    // on all pages
	status     string
}

// seen is an interface as a client shows it, or what else is described.
type seen struct {
	ID, State, Instance, VPC, Subnet string
	Primary                          string
	Addresses                        []string // the others, IPv4 and IPv6, and prefixes
	Tags                             []string
}

// play plays the scene with one client, and returns what came of each step: "" for what
// must come of it.
func (v *vendor) play(t *testing.T, c contender) []string {
	t.Helper()
	w := v.newWorld(t)
	results := make([]string, len(v.steps))
	var m made
	for n, s := range v.steps {
		before := len(w.changes())
		r, err := v.try(t, w, c, s, m)
		if err == nil {
			changes := strings.Join(w.changes()[before:], ", ")
			if changes != "" {
				m.lastChange = r.requestID
			}
			if r.created != "" {
				m.created = r.created
			}
			if m.created != "" {
				changes = strings.ReplaceAll(changes, m.created, created)
			}
			if changes != s.change {
				err = fmt.Errorf("it changed %q, want %q", changes, s.change)
			}
		}
		if err != nil {
			results[n] = err.Error()
		}
	}
	return results
}

// try makes the call of a step, and says what is wrong with its answer.
func (v *vendor) try(t *testing.T, w *world, c contender, s step, m made) (r *reading, err error) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the client panicked: %v", p)
		}
	}()
	a, p := v.as(w, s, m)
	client := c.open(t, a)
	if s.all {
		return new(reading), v.list(client, s, p)
	}
	response, err := client.call(s.action, p)
	if s.code != "" {
		return new(reading), s.refused(err)
	}
	if err != nil {
		return nil, err
	}
	if r, err = v.read(response); err != nil {
		return nil, err
	}
	if s.only != "" {
		r.interfaces = slices.DeleteFunc(r.interfaces, func(i seen) bool { return i.ID != s.only })
	}
	for n := range r.interfaces {
		if r.interfaces[n].ID == m.created {
			r.interfaces[n].ID = created
		}
	}
	switch {
	case r.requestID == "":
		return nil, errors.New("the response has no request id")
	case r.status != s.status:
		return nil, fmt.Errorf("the status is %q, want %q", r.status, s.status)
	case fmt.Sprintf("%q", r.interfaces) != fmt.Sprintf("%q", s.want):
		return nil, fmt.Errorf("it shows %q, want %q", r.interfaces, s.want)
	}
	return r, nil
}

// as returns the account that makes the call, and the call's parameters.
func (v *vendor) as(w *world, s step, m made) (account, parameters) {
	a, p := w.lasting, parameters{}
	maps.Copy(p, s.p)
	for name, value := range p {
		switch value {
		case lastChange:
			p[name] = m.lastChange
		case created:
			p[name] = m.created
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
	case nowhere:
		a.Region = "cn-nowhere"
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
