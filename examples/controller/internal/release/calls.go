// SPDX-License-Identifier: Apache-2.0

package release

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// calls makes the calls to the clouds, so that no worker waits for one. It is a
// Runnable of the manager: its goroutines live as long as Start, which waits for
// them.
type calls struct {
	jobs     chan job
	answered chan event.TypedGenericEvent[types.NamespacedName]
}

// job is a call on behalf of an object.
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

// Start makes the calls until ctx ends. They end with it, and what they would have
// said is not heard: another manager makes them again.
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

// begin hands a job to Start; it waits for that at most as long as Start is about
// to begin. The object comes back into the queue when the job is done.
func (c *calls) begin(ctx context.Context, j job) error {
	select {
	case c.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
