// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// request is one request that reached the cloud, with its fault.
type request struct {
	enitest.Call

	fault enitest.Fault
}

// lost reports whether the client certainly gets no response with the fault.
func (r *request) lost() bool {
	return r.fault.Reset || r.fault.Cut || r.fault.Delay+r.fault.AnswerAfter > 30*time.Second
}

// faults are the possible faults of a call. A change that is refused and done nevertheless
// is not among them: the client relies on clean refusals.
var faults = []func(*rand.Rand) enitest.Fault{
	lateAnswers: answersLate,
	func(r *rand.Rand) enitest.Fault {
		return enitest.Fault{Delay: time.Duration(r.Int64N(int64(5 * time.Second)))}
	},
	func(r *rand.Rand) enitest.Fault {
		return enitest.Fault{Delay: time.Duration(r.Int64N(int64(20 * time.Second)))}
	},
	answersLate,
	answersLate,
	func(r *rand.Rand) enitest.Fault {
		f := answersLate(r)
		f.Reset, f.After = true, r.IntN(4) > 0
		return f
	},
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Delay: 40 * time.Second} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{AnswerAfter: 40 * time.Second} },
	func(r *rand.Rand) enitest.Fault { return enitest.Fault{Reset: true, After: r.IntN(2) == 0} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Cut: true} },
	func(r *rand.Rand) enitest.Fault {
		bodies := []string{"", "null", "{}", "[]", `{"Response":{}}`, `{"Code":404,"RequestId":1}`, "<html>", `{"Response":null}`, "\x00\xff", `{"RequestId":`}
		statuses := []int{200, 200, 302, 400, 403, 500, 502, 503}
		status, body := statuses[r.IntN(len(statuses))], bodies[r.IntN(len(bodies))]
		// A gateway that refuses a request does not forward it, and the cloud does not do
		// what it refuses with a code.
		unclear := (status == 200 || status >= 500) && !strings.Contains(body, "Code")
		return enitest.Fault{After: unclear && r.IntN(2) == 0, Reply: &enitest.Reply{
			Status: status, ContentType: "application/json", Body: []byte(body),
		}}
	},
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Reason: enitest.Conflict} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Reason: enitest.Conflict} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Reason: enitest.Throttled} },
	func(r *rand.Rand) enitest.Fault {
		return enitest.Fault{Reason: enitest.Internal, After: r.IntN(2) == 0}
	},
	func(r *rand.Rand) enitest.Fault {
		wrong := []enitest.Reason{enitest.Denied, enitest.ExpiredCredentials, enitest.NotAssigned, enitest.WrongState, enitest.NotAttached, enitest.PrimaryAddress}
		return enitest.Fault{Reason: wrong[r.IntN(len(wrong))]}
	},
	func(r *rand.Rand) enitest.Fault {
		return enitest.Fault{Code: "Weird.Code", Message: "what?", Status: 400 + r.IntN(120)}
	},
	func(*rand.Rand) enitest.Fault { return enitest.Fault{TaskOutput: "the host did not answer"} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Stuck: true} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Reason: enitest.NotFound} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Misses: anyInterface} },
	func(r *rand.Rand) enitest.Fault {
		return enitest.Fault{Lag: time.Duration(r.Int64N(int64(8 * time.Second)))}
	},
}

// lateAnswers is the fault of late responses.
const lateAnswers = 0

// anyInterface stands for one of the interfaces of a describe.
const anyInterface = "any"

// answersLate is a response long after the change was done.
func answersLate(r *rand.Rand) enitest.Fault {
	return enitest.Fault{AnswerAfter: time.Duration(r.Int64N(int64(20 * time.Second)))}
}

// fault returns the fault of a call. It is the cloud's Control.
func (c *chaos) fault(call enitest.Call) *enitest.Fault {
	r := c.draw(fmt.Sprint("fault ", call.Action, call.InterfaceID))
	c.mu.Lock()
	defer c.mu.Unlock()
	var f enitest.Fault
	if !c.calm && r.Float64() < c.rate {
		kind := r.IntN(len(faults))
		if c.kinds != nil {
			kind = c.kinds[r.IntN(len(c.kinds))]
		}
		f = c.possible(call, faults[kind](r), r)
	}
	c.requests = append(c.requests, request{Call: call, fault: f})
	return &f
}

// possible returns the fault if it is possible for this cloud and call, else none.
func (c *chaos) possible(call enitest.Call, f enitest.Fault, r *rand.Rand) enitest.Fault {
	describes := call.Action == enitest.Describe
	id := call.InterfaceID
	if describes {
		id = call.InterfaceIDs[r.IntN(len(call.InterfaceIDs))]
	}
	switch {
	case f.TaskOutput != "" && c.vendor.name == "aliyun", f.Stuck && c.vendor.name == "tencent":
		return enitest.Fault{} // there, every accepted change completes
	case f.Lag > 0 && (!describes || !c.lags), f.Misses != "" && !describes:
		return enitest.Fault{}
	case f.Misses != "" || f.Reason == enitest.NotFound && call.Action != enitest.DescribeTask:
		if f.Misses != "" {
			f.Misses = id
		}
		if !c.hiccup(id) {
			return enitest.Fault{}
		}
	}
	return f
}

// hiccup reports whether the cloud may once answer that an existing interface does not
// exist. Two such answers within a minute are a proof for the client, so hiccups must be
// farther apart; the second request may begin half a minute before its answer.
func (c *chaos) hiccup(id string) bool {
	if last, ok := c.hiccups[id]; ok && time.Since(last) < 2*time.Minute {
		return false
	}
	c.hiccups[id] = time.Now()
	return true
}

// carries reports whether a request is a change of the target.
func (r *request) carries(t target) bool {
	if r.InterfaceID != t.id || r.Action != t.action {
		return false
	}
	switch t.action {
	case enitest.Detach:
		return r.InstanceID == t.instance
	case enitest.Delete:
		return true
	default:
	}
	if t.prefix.IsSingleIP() {
		return slices.Contains(r.Addresses, t.prefix.Addr())
	}
	return slices.Contains(r.Prefixes, t.prefix)
}

// changes reports whether a request asks for a change.
func (r *request) changes() bool {
	return r.Action != enitest.Describe && r.Action != enitest.DescribeTask
}
