// SPDX-License-Identifier: Apache-2.0

package release

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// calls makes the calls to the clouds, so that workers need not wait for them. It is a
// Runnable of the manager: Start waits for its goroutines before it returns.
type calls struct {
	jobs     chan job
	answered chan event.TypedGenericEvent[types.NamespacedName]
}

// job is a call for an object.
type job struct {
	object types.NamespacedName
	run    func(context.Context)
}

func newCalls() *calls {
	return &calls{
		jobs:     make(chan job),
		answered: make(chan event.TypedGenericEvent[types.NamespacedName]),
	}
}

// Start makes the calls until ctx ends. Calls that end with ctx have no result: another
// manager repeats them.
func (c *calls) Start(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-c.jobs:
			running.Go(func() {
				j.run(ctx)
				select {
				case c.answered <- event.TypedGenericEvent[types.NamespacedName]{Object: j.object}:
				case <-ctx.Done():
				}
			})
		}
	}
}

// begin passes a job to Start, and waits until Start runs. When the job is done, the
// object comes back into the queue.
func (c *calls) begin(ctx context.Context, j job) error {
	select {
	case c.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
