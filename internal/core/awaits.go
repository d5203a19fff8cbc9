// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"sync"
)

// awaits is the context of a request. Before it sends, the driver records in it what
// it waits for, for the error of a caller whose context ends meanwhile.
type awaits struct {
	context.Context //nolint:containedctx // it is one

	mu   sync.Mutex
	what string
}

type awaitsKey struct{}

// Value implements context.Context.
func (a *awaits) Value(key any) any {
	if key == (awaitsKey{}) {
		return a
	}
	return a.Context.Value(key)
}

// noted returns what the driver waits for, or "".
func (a *awaits) noted() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.what
}

// Awaits is for drivers. It records what the request with this context waits for,
// such as "no credentials from provider x yet"; "" means the answer of the cloud. The
// text is added to the errors of callers whose contexts end meanwhile.
func Awaits(ctx context.Context, what string) {
	if a, ok := ctx.Value(awaitsKey{}).(*awaits); ok {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.what = what
	}
}

// awaited returns what the interface's requests wait for, or "" if it is not known.
// The lock is held.
func (r *runner) awaited() string {
	if r.current != nil {
		if what := r.current.awaits.noted(); what != "" {
			return what
		}
	}
	for _, q := range r.describing {
		if what := q.req.awaits.noted(); what != "" {
			return what
		}
	}
	return r.unsent
}
