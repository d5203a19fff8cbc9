// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// PartialError is the error of a description of which some interfaces could not be
// read, returned together with the others: what is neither among the results nor
// in the error does not exist. For whoever takes it as an error of the whole, it is
// that of the interface that is first.
type PartialError struct{ failed map[string]*RequestError }

// Partial returns an error for the interfaces that could not be read, or nil where
// there are none.
func Partial(failed map[string]*RequestError) error {
	if len(failed) == 0 {
		return nil
	}
	return &PartialError{failed}
}

// Interfaces are the errors of the interfaces that could not be read, by id.
func (e *PartialError) Interfaces() map[string]error {
	all := make(map[string]error, len(e.failed))
	for id, f := range e.failed {
		all[id] = f
	}
	return all
}

// Error names the interfaces.
func (e *PartialError) Error() string {
	first := e.failed[e.first()]
	text := first.Error()
	if n := len(e.failed); n > 1 {
		ids := slices.Sorted(maps.Keys(e.failed))
		text += " (and " + strconv.Itoa(n-1) + " more: " + strings.Join(ids[:min(n, 5)], " ") + ")"
	}
	return text
}

// Unwrap leads to the failure of the first interface.
func (e *PartialError) Unwrap() error { return e.failed[e.first()] }

// first prefers what may pass sooner.
func (e *PartialError) first() string {
	return slices.MinFunc(slices.Collect(maps.Keys(e.failed)), func(a, b string) int {
		conflict := func(id string) int {
			if e.failed[id].Kind == eni.ErrConflict {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(conflict(a), conflict(b)), cmp.Compare(a, b))
	})
}
