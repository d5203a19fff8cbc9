package enitest

import (
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
	// still answer with the error. Otherwise the whole batch is refused. Which
	// of the two a real cloud does is not documented.
	PartialBatches bool

	// Terse keeps addresses out of error messages, so that a client cannot read
	// there which of a batch were bad.
	Terse bool

	// Control, where set, sees each call before it is served and may return a
	// fault; nil means that the call is served as usual. It may call the cloud,
	// and must be safe for concurrent use. Faults given to Inject come first.
	Control func(Call) *Fault

	mu         sync.Mutex
	interfaces map[string]*eni.Interface
	running    map[string]*running // by interface
	tasks      map[string]*running // by request id
	forgotten  bool
	faults     map[Action][]Fault
	history    []Change
	calls      []Call
}

// Action is one call of the cloud's API.
type Action string

// The actions that the clouds share.
const (
	UnassignPrivateIps Action = "UnassignPrivateIps"
	UnassignIpv6       Action = "UnassignIpv6"
	Detach             Action = "Detach"
	Describe           Action = "Describe"
	DescribeTask       Action = "DescribeTask"
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
	InterfaceIDs     []string // for Describe
	TaskID           string   // for DescribeTask
}

// Change is one change that took effect.
type Change struct {
	Time     time.Time
	Call     Call
	Released []netip.Prefix // addresses have their full length
	Detached bool
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

// Put adds an interface, or replaces the one with its id.
func (c *Cloud) Put(interfaces ...eni.Interface) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.interfaces == nil {
		c.interfaces = make(map[string]*eni.Interface)
	}
	for _, i := range interfaces {
		i = clone(i)
		c.interfaces[i.ID] = &i
	}
}

// Update lets somebody else change an interface: it calls change with the
// interface, under the cloud's lock. It does nothing where the id is unknown.
func (c *Cloud) Update(id string, change func(*eni.Interface)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	if i := c.interfaces[id]; i != nil {
		change(i)
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

// History returns every change that has taken effect, in order.
func (c *Cloud) History() []Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	return slices.Clone(c.history)
}

// Calls returns the calls of these actions that reached the cloud, refused and
// faulty ones included, in order; without actions, all of them.
func (c *Cloud) Calls(actions ...Action) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	var calls []Call
	for _, call := range c.calls {
		if len(actions) == 0 || slices.Contains(actions, call.Action) {
			calls = append(calls, call)
		}
	}
	return calls
}

// ForgetTasks makes the cloud forget every task so far and to come.
func (c *Cloud) ForgetTasks() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten = true
}

// Change accepts a change, which takes effect at the time returned, or refuses
// it with a *Rejection. It is for those who write a wire server; see [Serve].
func (c *Cloud) Change(call Call, fault *Fault) (time.Time, *Rejection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	now := time.Now()
	i := c.interfaces[call.InterfaceID]
	if i == nil {
		return now, &Rejection{Reason: NotFound, InterfaceID: call.InterfaceID}
	}
	if c.running[i.ID] != nil {
		return now, &Rejection{Reason: Conflict, InterfaceID: i.ID}
	}
	var refused *Rejection
	if call.Action == Detach {
		refused = detachable(i, call)
	} else {
		call, refused = releasable(i, call, c.PartialBatches)
	}
	if refused != nil && len(call.Addresses)+len(call.Prefixes) == 0 {
		return now, refused
	}
	r := &running{call: call, due: now, before: i.State, state: TaskRunning}
	if c.CompletesAfter != nil {
		r.due = now.Add(c.CompletesAfter(call))
	}
	if fault != nil {
		r.fails = fault.TaskOutput
	}
	if c.tasks == nil {
		c.running, c.tasks = make(map[string]*running), make(map[string]*running)
	}
	c.tasks[call.RequestID] = r
	if call.Action == Detach {
		i.State = eni.StateDetaching
		if fault != nil && fault.Stuck {
			return now, nil
		}
	}
	c.running[i.ID] = r
	c.completeDue()
	return r.due, refused
}

// detachable says why an interface cannot be detached, or nil.
func detachable(i *eni.Interface, call Call) *Rejection {
	switch {
	case i.Type == eni.TypePrimary:
		return &Rejection{Reason: PrimaryInterface, InterfaceID: i.ID}
	case i.InstanceID == "" || i.InstanceID != call.InstanceID || i.TrunkInterfaceID != call.TrunkInterfaceID:
		return &Rejection{Reason: NotAttached, InterfaceID: i.ID, InstanceID: call.InstanceID}
	case i.State != eni.StateInUse && i.State != eni.StateDetaching:
		return &Rejection{Reason: WrongState, InterfaceID: i.ID, State: i.State}
	}
	return nil
}

// releasable returns the part of the call that the cloud would carry out, and
// why it refuses the rest.
func releasable(i *eni.Interface, call Call, partial bool) (Call, *Rejection) {
	if i.State != eni.StateAvailable && i.State != eni.StateInUse {
		call.Addresses, call.Prefixes = nil, nil
		return call, &Rejection{Reason: WrongState, InterfaceID: i.ID, State: i.State}
	}
	var refused *Rejection
	bad := func(reason Reason, p netip.Prefix) {
		if refused == nil {
			refused = &Rejection{Reason: reason, InterfaceID: i.ID}
		}
		if refused.Reason == reason {
			refused.Prefixes = append(refused.Prefixes, p)
		}
	}
	good := call
	good.Addresses, good.Prefixes = nil, nil
	for _, a := range call.Addresses {
		at := slices.IndexFunc(i.Addresses, func(x eni.Address) bool { return x.Addr == a })
		switch {
		case at < 0:
			bad(NotAssigned, full(a))
		case i.Addresses[at].Primary:
			bad(PrimaryAddress, full(a))
		default:
			good.Addresses = append(good.Addresses, a)
		}
	}
	for _, p := range call.Prefixes {
		if slices.Contains(i.Prefixes, p) {
			good.Prefixes = append(good.Prefixes, p)
		} else {
			bad(NotAssigned, p)
		}
	}
	if refused != nil && !partial {
		good.Addresses, good.Prefixes = nil, nil
	}
	return good, refused
}

// DescribeInterfaces returns those of the interfaces that exist.
func (c *Cloud) DescribeInterfaces(ids []string) []eni.Interface {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	var found []eni.Interface
	for _, id := range ids {
		if i := c.interfaces[id]; i != nil {
			found = append(found, clone(*i))
		}
	}
	return found
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

// completeDue carries out what is due. The lock is held.
func (c *Cloud) completeDue() {
	now := time.Now()
	var due []*running
	for id, r := range c.running {
		if !r.due.After(now) {
			due = append(due, r)
			delete(c.running, id)
		}
	}
	slices.SortFunc(due, func(a, b *running) int { return a.due.Compare(b.due) })
	for _, r := range due {
		i := c.interfaces[r.call.InterfaceID]
		switch {
		case r.fails != "":
			r.state = TaskFailed
			if i.State == eni.StateDetaching {
				i.State = r.before
			}
			continue
		case r.call.Action == Detach:
			i.State, i.InstanceID, i.TrunkInterfaceID = eni.StateAvailable, "", ""
			if i.Type == eni.TypeMember {
				i.Type = eni.TypeSecondary
			}
			c.history = append(c.history, Change{Time: r.due, Call: r.call, Detached: true})
		default:
			released := slices.Clone(r.call.Prefixes)
			for _, a := range r.call.Addresses {
				released = append(released, full(a))
			}
			i.Addresses = slices.DeleteFunc(i.Addresses, func(x eni.Address) bool {
				return slices.Contains(released, full(x.Addr))
			})
			i.Prefixes = slices.DeleteFunc(i.Prefixes, func(p netip.Prefix) bool {
				return slices.Contains(released, p)
			})
			c.history = append(c.history, Change{Time: r.due, Call: r.call, Released: released})
		}
		r.state = TaskSucceeded
	}
}

// record notes a call and returns the fault that meets it, if any.
func (c *Cloud) record(call Call) *Fault {
	c.mu.Lock()
	c.calls = append(c.calls, call)
	if queue := c.faults[call.Action]; len(queue) > 0 {
		fault := queue[0]
		c.faults[call.Action] = queue[1:]
		c.mu.Unlock()
		return &fault
	}
	c.mu.Unlock()
	if c.Control != nil {
		return c.Control(call)
	}
	return nil
}

func full(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func holds(i *eni.Interface, p netip.Prefix) bool {
	return slices.Contains(i.Prefixes, p) ||
		p.IsSingleIP() && slices.ContainsFunc(i.Addresses, func(a eni.Address) bool { return a.Addr == p.Addr() })
}

func clone(i eni.Interface) eni.Interface {
	i.Addresses, i.Prefixes = slices.Clone(i.Addresses), slices.Clone(i.Prefixes)
	return i
}
