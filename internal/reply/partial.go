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

// PartialError is the error of a description with some unreadable interfaces. The others
// are returned with it. An interface that is neither in the result nor in the error does
// not exist. As a single error, it is that of the first interface.
type PartialError struct{ failed map[string]*RequestError }

// Partial returns an error for the unreadable interfaces, or nil if there are none.
func Partial(failed map[string]*RequestError) error {
	if len(failed) == 0 {
		return nil
	}
	return &PartialError{failed}
}

// Interfaces returns the errors of the unreadable interfaces, by id.
func (e *PartialError) Interfaces() map[string]error {
	all := make(map[string]error, len(e.failed))
	for id, f := range e.failed {
		all[id] = f
	}
	return all
}

// Error returns the first error and the ids of the interfaces.
func (e *PartialError) Error() string {
	first := e.failed[e.first()]
	text := first.Error()
	if n := len(e.failed); n > 1 {
		ids := slices.Sorted(maps.Keys(e.failed))
		text += " (and " + strconv.Itoa(n-1) + " more: " + strings.Join(ids[:min(n, 5)], " ") + ")"
	}
	return text
}

// Unwrap returns the error of the first interface.
func (e *PartialError) Unwrap() error { return e.failed[e.first()] }

// first returns the id whose error represents all: by id, a conflict last.
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
