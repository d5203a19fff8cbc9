// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// setting is one way in which a cloud may behave, and what a run must find out then.
type setting struct {
	name string
	only string // a provider; empty for both
	set  func(*stage)
	want map[string]string // by question: the answer on both, or with a provider in front: on that one
}

func completes(after time.Duration) func(*stage) {
	return func(st *stage) { st.cloud.CompletesAfter = func(enitest.Call) time.Duration { return after } }
}

// conflicts lets the cloud spell a conflict so.
func conflicts(code string) func(*stage) {
	return both(completes(2*time.Second), func(st *stage) {
		if st.aliyun != nil {
			st.aliyun.ConflictCode = code
		} else {
			st.tencent.ConflictCode = code
		}
	})
}

func both(sets ...func(*stage)) func(*stage) {
	return func(st *stage) {
		for _, set := range sets {
			set(st)
		}
	}
}

// staleAccepted lets the cloud accept the release of an address that is not there.
func staleAccepted(st *stage) {
	st.cloud.Control = func(c enitest.Call) *enitest.Fault {
		i, ok := st.cloud.Get(c.InterfaceID)
		has := func(i eni.Interface) bool {
			return slices.ContainsFunc(i.Addresses, func(a eni.Address) bool { return slices.Contains(c.Addresses, a.Addr) })
		}
		if c.Action != enitest.UnassignPrivateIps || len(c.Addresses) == 0 || !ok || has(i) {
			return nil
		}
		body := `{"RequestId":"` + c.RequestID + `"}`
		if st.tencent != nil {
			body = `{"Response":` + body + `}`
		}
		return &enitest.Fault{Reply: &enitest.Reply{ContentType: "application/json", Body: []byte(body)}}
	}
}

const (
	onSame     = "the same interface: "
	onInstance = "another interface of the instance: "
	onSubnet   = "another interface of the subnet: "
	none       = "not met, both were accepted"
)

var settingsTable = []setting{
	{"batches are refused as a whole", "", func(*stage) {}, map[string]string{
		"a refused batch releases its good part": "no, none of it within 20s",
	}},
	{"refused batches release their good part", "", func(st *stage) { st.cloud.PartialBatches = true }, map[string]string{
		"a refused batch releases its good part": "yes, refused with",
	}},
	{"refused batches release their good part later, and name nothing", "", both(completes(7*time.Second), func(st *stage) {
		st.cloud.PartialBatches, st.cloud.Terse = true, true
	}), map[string]string{
		"a refused batch releases its good part": "yes, refused with",
	}},
	{"a release shows at once", "", completes(0), map[string]string{
		"an accepted release shows after":                 "0s on a free interface, 0s on an attached interface",
		"a conflict":                                      onSame + none + "; " + onInstance + none + "; " + onSubnet + none,
		"a detach of an interface that is being detached": "not met: the interface was free at once",
	}},
	{"a release shows after 2 s", "", completes(2 * time.Second), map[string]string{
		"an accepted release shows after": "2s on a free interface, 2s on an attached interface",
	}},
	{"a release shows after 7 s", "", completes(7 * time.Second), map[string]string{
		"an accepted release shows after": "7s on a free interface, 7s on an attached interface",
	}},
	{"a release shows after 30 s", "", func(st *stage) {
		st.cloud.CompletesAfter = func(c enitest.Call) time.Duration {
			if c.Action == enitest.UnassignPrivateIps {
				return 30 * time.Second
			}
			return 0
		}
		st.patience = 20 * time.Second
	}, map[string]string{
		"an accepted release shows after": "more than 20s on a free interface, more than 20s on an attached interface",

		"the code for an address that is gone already": "not met: the release of an address is refused with ",
		"a refused batch releases its good part":       "not met: a released address still shows after 20s",
	}},
	{"a conflict is of the interface", "", completes(2 * time.Second), map[string]string{
		"aliyun a conflict":  onSame + "Operation.Conflict; " + onInstance + none + "; " + onSubnet + none,
		"tencent a conflict": onSame + "UnsupportedOperation.MutexOperationTaskRunning; " + onInstance + none + "; " + onSubnet + none,
	}},
	{"a conflict is of the instance", "", both(completes(2*time.Second), func(st *stage) {
		st.cloud.ConflictScope = enitest.ConflictOfInstance
	}), map[string]string{
		"aliyun a conflict":  onSame + "Operation.Conflict; " + onInstance + "Operation.Conflict; " + onSubnet + none,
		"tencent a conflict": onInstance + "UnsupportedOperation.MutexOperationTaskRunning; " + onSubnet + none,
	}},
	{"a conflict is of the subnet", "", both(completes(2*time.Second), func(st *stage) {
		st.cloud.ConflictScope = enitest.ConflictOfSubnet
	}), map[string]string{
		"aliyun a conflict":  onSubnet + "Operation.Conflict",
		"tencent a conflict": onSubnet + "UnsupportedOperation.MutexOperationTaskRunning",
	}},
	{"a conflict is spelled in one word", aliyun.Provider, conflicts("OperationConflict"), map[string]string{
		"a conflict": onSame + "OperationConflict; ",
	}},
	{"a conflict is an invalid operation", aliyun.Provider, conflicts("InvalidOperation.Conflict"), map[string]string{
		"a conflict": onSame + "InvalidOperation.Conflict; ",
	}},
	{"a conflict is a denied operation", tencent.Provider, conflicts("OperationDenied.MutexTaskRunning"), map[string]string{
		"a conflict": onSame + "OperationDenied.MutexTaskRunning; ",
	}},
	{"an address that is gone is not assigned", "", func(*stage) {}, map[string]string{
		"aliyun the code for an address that is gone already":  "InvalidIp.IpUnassigned",
		"tencent the code for an address that is gone already": "UnsupportedOperation.AttachmentNotFound",
	}},
	{"an address that is gone is unauthorized", tencent.Provider, func(st *stage) {
		st.tencent.StaleCode = "UnauthorizedOperation.AttachmentNotFound"
	}, map[string]string{
		"the code for an address that is gone already": "UnauthorizedOperation.AttachmentNotFound",
	}},
	{"an address that is gone is accepted", "", staleAccepted, map[string]string{
		"the code for an address that is gone already": "none, the call is accepted",
	}},
	{"a primary address is not assigned", aliyun.Provider, func(*stage) {}, map[string]string{
		"the code for a primary address": "InvalidIp.IpUnassigned",
	}},
	{"a primary address is primary", aliyun.Provider, func(st *stage) { st.aliyun.PrimaryCode = "InvalidPrivateip.IsPrimary" }, map[string]string{
		"the code for a primary address": "InvalidPrivateip.IsPrimary",
	}},
	{"a primary address is unauthorized", tencent.Provider, func(*stage) {}, map[string]string{
		"the code for a primary address": "UnauthorizedOperation.PrimaryIp",
	}},
	{"a primary address is unsupported", tencent.Provider, func(st *stage) { st.tencent.PrimaryCode = "UnsupportedOperation" }, map[string]string{
		"the code for a primary address": "UnsupportedOperation",
	}},
	{"a call takes 10 addresses", "", func(*stage) {}, map[string]string{
		"aliyun addresses in one call":  "10, and 11 are refused with InvalidParameter",
		"tencent addresses in one call": "10, and 11 are refused with InvalidParameterValue.LimitExceeded",
	}},
	{"a call takes 32 addresses", aliyun.Provider, func(st *stage) { st.aliyun.MaxAddresses = 32 }, map[string]string{
		"addresses in one call": "32, and 33 are refused with InvalidParameter",
	}},
	{"a call takes any number of addresses", aliyun.Provider, func(st *stage) { st.aliyun.MaxAddresses = 100 }, map[string]string{
		"addresses in one call": "64 or more: 64 are not refused for their number",
	}},
	{"a missing interface is left out", "", func(st *stage) {
		if st.tencent != nil {
			st.tencent.MissingLeftOut = true
		}
	}, map[string]string{
		"a missing id in a description": "is left out, the others are described",
	}},
	{"a missing interface fails a description", "", func(st *stage) {
		if st.aliyun != nil {
			st.aliyun.MissingRefused = true
		}
	}, map[string]string{
		"aliyun a missing id in a description":  "fails the whole description with InvalidEniId.NotFound",
		"tencent a missing id in a description": "fails the whole description with ResourceNotFound",
	}},
	{"a detach of a free interface is refused", "", func(*stage) {}, map[string]string{
		"aliyun a detach of a free interface":  "is refused with InvalidParameter.EniNotBelongEcs",
		"tencent a detach of a free interface": "is refused with UnsupportedOperation.InvalidState",
	}},
	{"a detach of a free interface is accepted", "", func(st *stage) { st.cloud.DetachFree = enitest.Accepted }, map[string]string{
		"a detach of a free interface": "is accepted",
	}},
	{"a detach of a free interface meets its state", "", func(st *stage) { st.cloud.DetachFree = enitest.WrongState }, map[string]string{
		"aliyun a detach of a free interface":  "is refused with InvalidOperation.InvalidEniState",
		"tencent a detach of a free interface": "is refused with UnsupportedOperation.InvalidState",
	}},
	{"a repeated detach is accepted", "", completes(2 * time.Second), map[string]string{
		"a detach of an interface that is being detached": "is accepted",
	}},
	{"a repeated detach meets the state", "", both(completes(2*time.Second), func(st *stage) { st.cloud.DetachAgain = enitest.WrongState }), map[string]string{
		"aliyun a detach of an interface that is being detached":  "is refused with InvalidOperation.InvalidEniState",
		"tencent a detach of an interface that is being detached": "is refused with UnsupportedOperation.InvalidState",
	}},
	{"a repeated detach is a conflict", "", both(completes(2*time.Second), func(st *stage) { st.cloud.DetachAgain = enitest.Conflict }), map[string]string{
		"aliyun a detach of an interface that is being detached":  "is refused with Operation.Conflict",
		"tencent a detach of an interface that is being detached": "is refused with UnsupportedOperation.MutexOperationTaskRunning",
	}},
	{"there is no quota", "", func(*stage) {}, map[string]string{
		"the quota":                  "not met: 100 requests in 0s were not throttled",
		"the unit of the retry hint": "not met: no request was throttled",
	}},
	{"nobody wants to know the quota", "", func(st *stage) { st.burst = 0 }, map[string]string{
		"the quota": "not met: LIVE_BURST is 0; nothing was throttled before",
	}},
	{"describes are throttled now and then", "", func(st *stage) {
		var sent atomic.Int64
		st.burst = 0
		st.cloud.Control = func(c enitest.Call) *enitest.Fault {
			if n := sent.Add(1); c.Action == enitest.Describe && n%40 == 0 {
				return &enitest.Fault{Reason: enitest.Throttled}
			}
			return nil
		}
	}, map[string]string{
		"the quota": "not met: LIVE_BURST is 0; throttled before: DescribeNetworkInterfaces ",
	}},
	{"30 a second", "", throttled(30, time.Second, nil), map[string]string{
		"aliyun the quota":           "throttled with Throttling.User after 30 requests in 0s, accepted again after 1s",
		"tencent the quota":          "throttled with RequestLimitExceeded after 30 requests in 0s, accepted again after 1s",
		"the unit of the retry hint": "not met: the throttled answer has no hint",
	}},
	{"60 a minute, and the hint is in seconds", "", throttled(60, time.Minute, inSeconds), map[string]string{
		"the quota":                  "after 60 requests in 0s, accepted again after 1m0",
		"the unit of the retry hint": "seconds, Retry-After: ",
	}},
	{"40 a second, and the hint is in milliseconds", "", throttled(40, time.Second, inMilliseconds), map[string]string{
		"the quota":                  "after 40 requests in 0s, accepted again after 1s",
		"the unit of the retry hint": "milliseconds, Retry-After: ",
	}},
}

// TestAnswers sets a cloud to each answer that it may give, and a run must find that out,
// on both clouds, with every promise kept.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, set := range settingsTable {
		t.Run(set.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, provider string) {
				if set.only != "" && set.only != provider {
					return
				}
				synctest.Test(t, func(t *testing.T) { findsOut(t, provider, set) })
			})
		})
	}
}

func findsOut(t *testing.T, provider string, set setting) {
	st := newStage(t, provider)
	set.set(st)
	r := st.play()
	st.untouched()
	if !r.complete() {
		t.Errorf("ended: %v, left: %v, promises: %+v", r.ended, r.left, r.promises)
	}
	checked := 0
	for name, want := range set.want {
		if question, ok := strings.CutPrefix(name, provider+" "); ok {
			name = question
		} else if slices.ContainsFunc(providers, func(p string) bool { return strings.HasPrefix(name, p+" ") }) {
			continue
		}
		checked++
		if got := r.answer(t, name); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if checked == 0 {
		t.Error("nothing was checked")
	}
}
