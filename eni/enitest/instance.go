// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"maps"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
)

// Instance is a virtual machine, as far as its interfaces need one.
type Instance struct {
	ID       string
	Name     string
	VPCID    string
	SubnetID string
	Zone     string
	State    InstanceState // empty means running
}

// InstanceState is where an instance is in its life.
type InstanceState string

// The states of instances. Interfaces are attached to and detached from one that is
// running or stopped.
const (
	InstanceRunning  InstanceState = "running"
	InstanceStopped  InstanceState = "stopped"
	InstanceStarting InstanceState = "starting"
	InstanceStopping InstanceState = "stopping"
)

// PutInstance adds instances, or replaces those with their ids. An instance need not
// be put: one exists, and runs, that an interface names now or has named.
func (c *Cloud) PutInstance(instances ...Instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	for _, i := range instances {
		if i.State == "" {
			i.State = InstanceRunning
		}
		c.putInstance(i)
	}
}

// DeleteInstance removes an instance. Interfaces that name it go on to do so, until
// somebody changes them: a client that detaches them is refused with [NoInstance].
func (c *Cloud) DeleteInstance(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	if c.instances[id] != nil {
		c.instances[id] = nil // it has been, so that no interface makes it exist again
	}
}

// Instances returns those of the instances that exist, in the order of the ids; without
// ids all of them, sorted by id.
func (c *Cloud) Instances(ids ...string) []Instance {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	if len(ids) == 0 {
		ids = slices.Sorted(maps.Keys(c.instances))
	}
	var found []Instance
	for _, id := range ids {
		if i := c.instances[id]; i != nil {
			found = append(found, *i)
		}
	}
	return found
}

func (c *Cloud) putInstance(i Instance) {
	if c.instances == nil {
		c.instances = make(map[string]*Instance)
	}
	c.instances[i.ID] = &i
}

// learn makes the instance exist that an interface names, unless it was deleted. The
// lock is held.
func (c *Cloud) learn(i *eni.Interface) {
	if _, known := c.instances[i.InstanceID]; known || i.InstanceID == "" {
		return
	}
	c.putInstance(Instance{ID: i.InstanceID, VPCID: i.VPCID, SubnetID: i.SubnetID, Zone: i.Zone, State: InstanceRunning})
}

// usable says why interfaces can be neither attached to an instance nor detached from
// it, or nil. The lock is held.
func (c *Cloud) usable(interfaceID, instanceID string) *Rejection {
	i := c.instances[instanceID]
	switch {
	case i == nil:
		return &Rejection{Reason: NoInstance, InterfaceID: interfaceID, InstanceID: instanceID}
	case i.State != InstanceRunning && i.State != InstanceStopped:
		return &Rejection{Reason: WrongInstanceState, InterfaceID: interfaceID, InstanceID: instanceID}
	}
	return nil
}
