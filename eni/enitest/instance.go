// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"maps"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
)

// Instance is a virtual machine. It has only what interfaces need.
type Instance struct {
	ID       string
	Name     string
	VPCID    string
	SubnetID string
	Zone     string
	State    InstanceState // empty means running
}

// InstanceState is the state of an instance.
type InstanceState string

// The states of instances. An interface can be attached to, or detached from, an
// instance that is running or stopped.
const (
	InstanceRunning  InstanceState = "running"
	InstanceStopped  InstanceState = "stopped"
	InstanceStarting InstanceState = "starting"
	InstanceStopping InstanceState = "stopping"
)

// PutInstance adds instances, or replaces those with the same id. An instance that an
// interface names, or has named, exists and runs without PutInstance.
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

// DeleteInstance removes an instance. Its interfaces still have its id, until they are
// changed. The cloud refuses a detach from it with [NoInstance].
func (c *Cloud) DeleteInstance(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	if c.instances[id] != nil {
		c.instances[id] = nil // known as deleted, so that no interface creates it again
	}
}

// Instances returns the existing ones of the instances with these ids, in the order of
// the ids. Without ids it returns all instances, sorted by id.
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

// learn creates the instance that an interface names, unless it was deleted. The lock is
// held.
func (c *Cloud) learn(i *eni.Interface) {
	if _, known := c.instances[i.InstanceID]; known || i.InstanceID == "" {
		return
	}
	c.putInstance(Instance{ID: i.InstanceID, VPCID: i.VPCID, SubnetID: i.SubnetID, Zone: i.Zone, State: InstanceRunning})
}

// usable returns why an interface can be neither attached to an instance nor detached
// from it, or nil. The lock is held.
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
