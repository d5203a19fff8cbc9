// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"sync"
)

// awaits is the context of a request. The driver notes in it what it waits for
// before anything leaves, so that a caller whose context ends meanwhile is told.
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

// noted returns what is waited for, if anything.
func (a *awaits) noted() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.what
}

// Awaits is for drivers: it notes what the request with this context waits for,
// such as "no credentials from provider x yet"; empty is for the answer of the cloud.
// The text is for the errors of callers whose contexts end meanwhile.
func Awaits(ctx context.Context, what string) {
	if a, ok := ctx.Value(awaitsKey{}).(*awaits); ok {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.what = what
	}
}

// awaited is what the requests wait for that hold the interface's callers, if that
// is known. The lock is held.
func (r *runner) awaited() string {
	if r.air != nil {
		if what := r.air.awaits.noted(); what != "" {
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
