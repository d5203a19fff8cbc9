// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"errors"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/redact"
)

// Description collects the requested interfaces from the pages of a description.
type Description struct {
	ids    []string
	every  bool                // all interfaces are requested
	shown  map[string]struct{} // all interfaces of the pages, also those not requested
	found  map[string]eni.Interface
	failed map[string]*RequestError
}

// NewDescription returns an empty description of the interfaces with these ids.
func NewDescription(ids []string) *Description {
	return &Description{
		ids: ids, shown: make(map[string]struct{}, len(ids)),
		found: make(map[string]eni.Interface, len(ids)), failed: make(map[string]*RequestError),
	}
}

// NewList returns an empty description of all interfaces.
func NewList() *Description {
	d := NewDescription(nil)
	d.every = true
	return d
}

// Count returns the number of interfaces on the pages so far.
func (d *Description) Count() int { return len(d.shown) }

// Add adds the interfaces of a page. It is strict, because a missing address counts as
// gone: an interface that is not fully readable is an error for its callers. If an
// interface is on two pages, the later one counts. Errors contain nothing of the
// response except requested ids.
func (d *Description) Add(r *Reply, requestID string, page []Fields, idField string, read func(f Fields) eni.Interface) error {
	for _, written := range page {
		f := written.Apart()
		id := f.Text(idField)
		if redact.OneLine(id) == "" {
			return errors.New("an interface without an id")
		}
		d.shown[id] = struct{}{}
		switch {
		case d.every && !slices.Contains(d.ids, id):
			d.ids = append(d.ids, id)
		case !slices.Contains(d.ids, id):
			continue
		}
		delete(d.found, id)
		delete(d.failed, id)
		i := read(f)
		i.ID = id
		hasIPv4 := slices.ContainsFunc(i.Addresses, func(a eni.Address) bool { return a.Addr.Is4() })
		switch {
		case f.Err() != nil:
			d.failed[id] = r.unreadableInterface(requestID, id, f.Err())
		case (beingCreated[i.State] || i.State == eni.StateDeleting) && len(i.Addresses) == 0 && d.every:
			d.found[id] = i // a list has it without addresses, and tells nothing about releases
		case beingCreated[i.State] && len(i.Addresses) == 0:
			d.failed[id] = r.beingCreated(requestID, id)
		case !hasIPv4:
			d.failed[id] = r.unreadableInterface(requestID, id, errNoIPv4)
		default:
			d.found[id] = i
		}
	}
	return nil
}

// Result returns the interfaces in the order of the request, and a [*PartialError] if
// some could not be read.
func (d *Description) Result() ([]eni.Interface, error) {
	list := make([]eni.Interface, 0, len(d.found))
	for _, id := range d.ids {
		if i, ok := d.found[id]; ok {
			list = append(list, i)
			delete(d.found, id)
		}
	}
	return list, Partial(d.failed)
}

// errNoIPv4 is the error of an interface without an IPv4 address. Every interface has a
// primary one, so the response is incomplete.
var errNoIPv4 = errors.New("no IPv4 address, want at least the primary one")

// beingCreated are the states of an interface whose addresses are not known yet.
var beingCreated = map[eni.InterfaceState]bool{"creating": true, "pending": true}

// unreadableInterface makes the error of one interface of a description.
func (r *Reply) unreadableInterface(requestID, id string, why error) *RequestError {
	return r.Unreadable(requestID, "interface "+redact.Clip(id, redact.MaxID)+": "+why.Error())
}

// beingCreated makes the error of an interface whose addresses are not known yet.
func (r *Reply) beingCreated(requestID, id string) *RequestError {
	return &RequestError{
		Kind: eni.ErrConflict, Status: r.Status, RequestID: requestID,
		Message: "interface " + redact.Clip(redact.OneLine(id), redact.MaxID) + " is being created and has no addresses yet",
	}
}
