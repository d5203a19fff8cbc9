// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// finish waits for the operation when the cloud is calm.
func (k *call) finish() {
	ctx, cancel := context.WithTimeout(k.Context(), 10*time.Minute)
	defer cancel()
	k.wait(ctx)
}

// lastCalls makes calls for all targets when the cloud has no more faults and there is no
// other actor. These calls must succeed, whatever happened before.
func (c *chaos) lastCalls() {
	for n := range c.interfaces {
		id := interfaceID(n)
		var four, six []target
		for a := range c.addresses + 2 {
			four = append(four, target{id: id, action: enitest.UnassignPrivateIps, prefix: full(v4(a))})
			six = append(six, target{id: id, action: enitest.UnassignIpv6, prefix: full(v6(a))})
		}
		detach := []target{{id: id, action: enitest.Detach, instance: instanceID}}
		deletion := []target{{id: id, action: enitest.Delete}}
		switch i, _ := c.cloud.Get(id); { // a stuck detach or deletion would block releases
		case i.State == eni.StateDetaching:
			c.lastCall(detach)
		case i.State == eni.StateDeleting && c.kept[id]:
			c.cloud.Delete(id) // no call of ours sends another party's deletion again
		case i.State == eni.StateDeleting:
			c.lastCall(deletion)
		default:
		}
		c.lastCall(four)
		c.lastCall(six)
		c.lastCall(detach)
		if c.deletes {
			c.lastCall(deletion)
		}
	}
}

func (c *chaos) lastCall(targets []target) {
	ctx, cancel := context.WithTimeout(c.Context(), 30*time.Minute)
	defer cancel()
	var err error
	name := "the last call for " + targets[0].String()
	for again := true; again; again = eni.IsRetryable(err) && ctx.Err() == nil {
		k := &call{chaos: c, name: name, targets: targets, instance: instanceID}
		k.make(ctx)
		if err = k.err; eni.IgnoreNotFound(err) == nil {
			k.wait(ctx)
			err = k.said[len(k.said)-1].err
		}
	}
	i, exists := c.cloud.Get(targets[0].id)
	switch {
	case !exists:
		return // the oracle checks this result
	case targets[0].action == enitest.Delete && c.kept[i.ID]:
		return
	case targets[0].whole() && (i.Type == eni.TypePrimary || i.InstanceID == otherInstance):
		return
	case err != nil:
		c.Errorf("%s: want success on a calm cloud, got: %v", name, err)
	}
	for _, t := range targets {
		if c.cloud.Has(t.id, t.prefix) || t.action == enitest.Detach && i.InstanceID == t.instance || t.action == enitest.Delete {
			c.Errorf("%s: %s is still there", name, t)
		}
	}
}
