// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Cloud is an in-memory cloud. It accepts one change per interface at a time and refuses
// the others with a conflict, as the real clouds do. The zero Cloud is empty, has no
// faults, and completes changes at once. Set the exported fields before the first call.
// Its methods are safe for concurrent use.
type Cloud struct {
	// CompletesAfter returns the time from the acceptance of a change until it takes
	// effect; the interface is busy during this time. It runs under the lock of the
	// cloud, so it must not call the cloud. Nil means that a change takes effect at
	// once.
	CompletesAfter func(Call) time.Duration

	// AnswerWhenComplete delays the response to a change until the change has taken
	// effect. Otherwise the response comes at once and the change continues.
	AnswerWhenComplete bool

	// PartialBatches makes the cloud release the good addresses of a batch that has a
	// bad one, and still answer with the error. The release takes effect after
	// CompletesAfter, also if the error came earlier. Otherwise the whole batch is
	// refused. It is not documented which of the two a real cloud does.
	PartialBatches bool

	// Terse omits addresses from error messages, so that a client cannot read there
	// which addresses of a batch were bad.
	Terse bool

	// Control, if set, is called with each call before the call is served, and may
	// return a fault. Nil means no fault. Control may call the cloud, and must be safe
	// for concurrent use. Faults passed to Inject come first.
	Control func(Call) *Fault

	// ConflictScope selects the other interfaces that a change keeps busy. The scope of
	// a real cloud is not documented.
	ConflictScope ConflictScope

	// DetachFree is the response to a detach of an interface that is attached to no
	// instance: [Accepted], or the reason of a refusal. Empty means [NotAttached].
	DetachFree Reason

	// DetachAgain is the response to a detach of an interface that is already being
	// detached from that instance: [Accepted], which starts no second detach, or the
	// reason of a refusal. Empty means Accepted, as Alibaba Cloud documents it.
	DetachAgain Reason

	mu         sync.Mutex
	interfaces map[string]*eni.Interface
	instances  map[string]*Instance
	subnets    map[string]Subnet
	cursors    map[netip.Prefix]uint64 // where the next search for free addresses begins
	created    uint64                  // how many interfaces clients have created
	running    map[string]*running     // by interface
	tasks      map[string]*running     // by request id
	tokens     map[string]tokened      // by action and token
	forgotten  bool
	faults     map[Action][]Fault
	history    []Change
	events     []Event
	calls      []Call
}

// Action is one call of the cloud's API.
type Action string

// The actions that the clouds share.
const (
	UnassignPrivateIps Action = "UnassignPrivateIps"
	UnassignIpv6       Action = "UnassignIpv6"
	Detach             Action = "Detach"
	Delete             Action = "Delete"
	Describe           Action = "Describe"
	List               Action = "List" // a page of a list: the vendors' Describe without ids
	DescribeTask       Action = "DescribeTask"
)

// The actions that let a program create its own test data.
const (
	Create            Action = "Create"
	Attach            Action = "Attach"
	Assign            Action = "Assign"
	DescribeInstances Action = "DescribeInstances"
)

// ConflictScope selects the other interfaces that a change keeps busy.
type ConflictScope string

// The scopes of conflicts.
const (
	ConflictOfInterface ConflictScope = ""         // none
	ConflictOfInstance  ConflictScope = "instance" // those attached to the same instance
	ConflictOfSubnet    ConflictScope = "subnet"   // those in the same subnet
)

// Call is one request as it reached the cloud.
type Call struct {
	Action           Action
	RequestID        string
	Time             time.Time
	InterfaceID      string
	Addresses        []netip.Addr
	Prefixes         []netip.Prefix
	InstanceID       string
	TrunkInterfaceID string
	InterfaceIDs     []string   // for Describe
	Filter           eni.Filter // for List
	TaskID           string     // for DescribeTask
	InstanceIDs      []string   // for DescribeInstances; none means all

	// For Create: the interface to create. If its id, MAC, VPC or zone is empty, the
	// cloud chooses one. If it has no primary address, the cloud chooses that too. The
	// cloud sets its state and its time of creation.
	Interface eni.Interface

	// For Create and Assign: the numbers of addresses and prefixes that the cloud
	// chooses in addition to the named ones.
	Choose Counts

	// Token is the client token of a change. A second change with the same token gets
	// the response of the first and changes nothing; if its other parameters differ, it
	// is refused with [TokenMismatch]. A refused call does not use its token.
	Token string
}

// running is a change between its acceptance and its effect.
type running struct {
	call   Call
	due    time.Time
	fails  string // the task's output when it is to fail
	before eni.InterfaceState
	state  TaskState
}

// TaskState is the state of the task of a change.
type TaskState string

// The states of a task.
const (
	TaskRunning   TaskState = "running"
	TaskSucceeded TaskState = "succeeded"
	TaskFailed    TaskState = "failed"
	TaskUnknown   TaskState = "unknown" // no such task
)

// Put adds interfaces, or replaces those with the same id. Every interface has a primary
// IPv4 address: one without IPv4 addresses gets 192.0.2.1.
func (c *Cloud) Put(interfaces ...eni.Interface) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	if c.interfaces == nil {
		c.interfaces = make(map[string]*eni.Interface)
	}
	for _, i := range interfaces {
		i = clone(i)
		if !slices.ContainsFunc(i.Addresses, func(a eni.Address) bool { return a.Primary && a.Addr.Is4() }) {
			i.Addresses = slices.Insert(i.Addresses, 0, eni.Address{Addr: defaultPrimary, Primary: true})
		}
		before := c.interfaces[i.ID]
		c.interfaces[i.ID] = &i
		c.note(before, &i)
	}
}

var defaultPrimary = netip.MustParseAddr("192.0.2.1")

// Update changes an interface as another actor would: it calls change with the
// interface, under the lock of the cloud. A change in progress does not prevent it.
// Update does nothing if the id is unknown.
func (c *Cloud) Update(id string, change func(*eni.Interface)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	if i := c.interfaces[id]; i != nil {
		before := clone(*i)
		change(i)
		c.note(&before, i)
	}
}

// Delete removes an interface. A change in progress on it fails.
func (c *Cloud) Delete(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	if r := c.running[id]; r != nil {
		r.state, r.fails = TaskFailed, "the interface was deleted"
	}
	c.note(c.interfaces[id], nil)
	delete(c.interfaces, id)
	delete(c.running, id)
}

// Complete makes the change in progress on an interface take effect now, before the time
// that CompletesAfter returned. It does nothing if there is none.
func (c *Cloud) Complete(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.running[id]; r != nil {
		r.due = time.Now()
		c.completeDue()
	}
}

// Get returns the current state of an interface, and whether the interface exists.
func (c *Cloud) Get(id string) (eni.Interface, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	i := c.interfaces[id]
	if i == nil {
		return eni.Interface{}, false
	}
	return clone(*i), true
}

// Has reports whether p, an address of full length or a prefix, is on the interface.
func (c *Cloud) Has(id string, p netip.Prefix) bool {
	i, _ := c.Get(id)
	return holds(&i, p)
}

// ForgetTasks makes the cloud forget all tasks, those of later changes too.
func (c *Cloud) ForgetTasks() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten = true
}

// Task returns the state of the change with this request id, and the output of a failed
// one.
func (c *Cloud) Task(id string) (TaskState, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	t := c.tasks[id]
	if t == nil || c.forgotten {
		return TaskUnknown, ""
	}
	return t.state, t.fails
}

func full(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func holds(i *eni.Interface, p netip.Prefix) bool {
	return slices.Contains(i.Prefixes, p) ||
		p.IsSingleIP() && slices.ContainsFunc(i.Addresses, func(a eni.Address) bool { return a.Addr == p.Addr() })
}

func clone(i eni.Interface) eni.Interface {
	i.Addresses, i.Prefixes = slices.Clone(i.Addresses), slices.Clone(i.Prefixes)
	i.SecurityGroupIDs, i.Tags = slices.Clone(i.SecurityGroupIDs), maps.Clone(i.Tags)
	return i
}
