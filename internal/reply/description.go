// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"errors"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/redact"
)

// Description is what the pages of a description show of the interfaces that were
// asked for.
type Description struct {
	ids    []string
	every  bool                // whatever the pages show is wanted
	shown  map[string]struct{} // all, those that nobody asked for included
	found  map[string]eni.Interface
	failed map[string]*RequestError
}

// NewDescription begins the description of the interfaces with these ids.
func NewDescription(ids []string) *Description {
	return &Description{
		ids: ids, shown: make(map[string]struct{}, len(ids)),
		found: make(map[string]eni.Interface, len(ids)), failed: make(map[string]*RequestError),
	}
}

// NewList begins a list, of which every interface is wanted.
func NewList() *Description {
	d := NewDescription(nil)
	d.every = true
	return d
}

// Count is how many interfaces the pages have shown.
func (d *Description) Count() int { return len(d.shown) }

// Add adds the interfaces of a page. It is strict, because what a description lacks
// counts as gone: each interface is readable in full, or fails those who asked for
// it. Of an interface on two pages the later description counts. Errors repeat
// nothing of the reply but ids that were asked for.
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
		case beingCreated[i.State] && len(i.Addresses) == 0 && d.every:
			d.found[id] = i // it is listed without them
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

// Result returns the interfaces in the order in which they were asked for, and a
// [*PartialError] where some could not be read.
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

// errNoIPv4 is what is wrong with the description of an interface without a primary
// address: each one has one, so its addresses are missing in the reply.
var errNoIPv4 = errors.New("no IPv4 address, where every interface has a primary one")

// beingCreated are the states of an interface whose addresses are not known yet.
var beingCreated = map[eni.InterfaceState]bool{"creating": true, "pending": true}

// unreadableInterface makes the error of one interface of a description.
func (r *Reply) unreadableInterface(requestID, id string, why error) *RequestError {
	return r.Unreadable(requestID, "interface "+redact.Clip(id, redact.MaxID)+": "+why.Error())
}

// beingCreated makes the error of an interface that exists, and whose addresses the
// cloud does not know yet.
func (r *Reply) beingCreated(requestID, id string) *RequestError {
	return &RequestError{
		Kind: eni.ErrConflict, Status: r.Status, RequestID: requestID,
		Message: "interface " + redact.Clip(redact.OneLine(id), redact.MaxID) + " is being created and has no addresses yet",
	}
}
