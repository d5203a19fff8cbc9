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

// Cloud is an in-memory cloud. It takes one change per interface at a time and
// answers the rest with a conflict, as the real clouds do. The zero Cloud is
// empty, fast and without faults. Set the exported fields before the first call.
// Its methods are safe for concurrent use.
type Cloud struct {
	// CompletesAfter returns how long a change takes from its acceptance until it has
	// taken effect; its interface is busy meanwhile. It runs under the cloud's
	// lock, so it must not call the cloud. Nil means no time at all.
	CompletesAfter func(Call) time.Duration

	// AnswerWhenComplete holds the answer to a change until it has taken effect.
	// Otherwise the answer comes at once and the change goes on.
	AnswerWhenComplete bool

	// PartialBatches makes a batch with a bad address release the good ones and
	// still answer with the error: at once, or when CompletesAfter says, however
	// early the error came. Otherwise the whole batch is refused. Which of the two
	// a real cloud does is not documented.
	PartialBatches bool

	// Terse keeps addresses out of error messages, so that a client cannot read
	// there which of a batch were bad.
	Terse bool

	// Control, where set, sees each call before it is served and may return a
	// fault; nil means that the call is served as usual. It may call the cloud,
	// and must be safe for concurrent use. Faults given to Inject come first.
	Control func(Call) *Fault

	// ConflictScope is what one change keeps busy beside its interface. Which of them
	// a real cloud has is not documented.
	ConflictScope ConflictScope

	// DetachFree is how a detach of an interface that is attached to nothing is
	// answered: [Accepted], or a reason. Empty means [NotAttached].
	DetachFree Reason

	// DetachAgain is how a detach is answered while the interface is being detached
	// from that instance already: [Accepted], which starts no second one, or a reason.
	// Empty means Accepted, as Alibaba Cloud documents it.
	DetachAgain Reason

	mu         sync.Mutex
	interfaces map[string]*eni.Interface
	instances  map[string]*Instance
	subnets    map[string]Subnet
	cursors    map[netip.Prefix]uint64 // where the search for free addresses goes on
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

// The actions with which a program builds a scene.
const (
	Create            Action = "Create"
	Attach            Action = "Attach"
	Assign            Action = "Assign"
	DescribeInstances Action = "DescribeInstances"
)

// ConflictScope says which other interfaces a change keeps busy.
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

	// For Create: the interface wanted. The cloud chooses its id, its MAC, its VPC and its
	// zone where they are empty, and a primary address where none of its addresses is one,
	// and sets its state and when it was created.
	Interface eni.Interface

	// For Create and Assign: how many the cloud chooses, beside those that are named.
	Choose Counts

	// Token makes a change happen once: a second one with the token is answered as the
	// first and changes nothing, and one that asks for something else is refused with
	// [TokenMismatch]. A call that is refused uses up no token.
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

// TaskState is where the task of a change is.
type TaskState string

// The states of a task.
const (
	TaskRunning   TaskState = "running"
	TaskSucceeded TaskState = "succeeded"
	TaskFailed    TaskState = "failed"
	TaskUnknown   TaskState = "unknown" // no such task
)

// Put adds an interface, or replaces the one with its id. Every interface has a
// primary IPv4 address: one that is given none gets 192.0.2.1.
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

// Update lets somebody else change an interface: it calls change with the
// interface, under the cloud's lock. It does nothing where the id is unknown. What
// is under way on the interface does not keep it from that.
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

// Delete removes an interface. What is under way on it fails.
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

// Complete lets what is under way on an interface take effect now, however long
// CompletesAfter said that it takes. It does nothing where nothing is under way.
func (c *Cloud) Complete(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.running[id]; r != nil {
		r.due = time.Now()
		c.completeDue()
	}
}

// Get returns an interface as it is now, and whether it exists.
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

// Has reports whether p, an address at its full length or a prefix, is on the
// interface now.
func (c *Cloud) Has(id string, p netip.Prefix) bool {
	i, _ := c.Get(id)
	return holds(&i, p)
}

// ForgetTasks makes the cloud forget every task so far and to come.
func (c *Cloud) ForgetTasks() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten = true
}

// Task returns where the change with this request id is, and the output of one
// that failed.
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
