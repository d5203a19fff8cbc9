// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// Whom a fault meets.
func TestNarrowFaults(t *testing.T) {
	detach := enitest.Call{Action: enitest.Detach, RequestID: "1", InterfaceID: "eni-1"}
	describe := enitest.Call{Action: enitest.Describe, RequestID: "1", InterfaceIDs: []string{"eni-1", "eni-2"}}
	for _, test := range []struct {
		fault    string
		provider string
		call     enitest.Call
		want     bool
	}{
		{"conflict", "aliyun", detach, true},
		{"conflict", "aliyun", describe, false}, // is about changes, where no action is named
		{"conflict:Describe", "aliyun", describe, true},
		{"throttle", "aliyun", describe, true},
		{"throttle:Detach", "aliyun", detach, true},
		{"throttle:detachnetworkinterface", "aliyun", detach, true},
		{"throttle:Detach", "aliyun", describe, false},
		{"throttle:tencent", "aliyun", detach, false},
		{"throttle:tencent", "tencent", detach, true},
		{"throttle:eni-1", "aliyun", detach, true},
		{"throttle:eni-2", "aliyun", detach, false},
		{"throttle:eni-2", "aliyun", describe, true},
		{"throttle:eni-2:5:100%:aliyun:Describe", "aliyun", describe, true},
		{"throttle", "aliyun", enitest.Call{Action: enitest.List, RequestID: ownRequest}, false},
	} {
		var f faults
		f.begin(1, rules(t, test.fault))
		if got := f.meet(test.provider, test.call).Reason == enitest.Throttled || f.list()[0].Met > 0; got != test.want {
			t.Errorf("%s, %s %s: %v", test.fault, test.provider, test.call.Action, got)
		}
	}
}

// Of two faults that decide what becomes of the answer the first one meets, and the
// other one waits. Others join them.
func TestFaultsTogether(t *testing.T) {
	var f faults
	f.begin(1, rules(t, "conflict:1", "slow=1s", "throttle:1", "lost-answer:1"))
	call := enitest.Call{Action: enitest.Detach, RequestID: "1"}
	for _, want := range []enitest.Fault{
		{Reason: enitest.Conflict, AnswerAfter: time.Second},
		{Reason: enitest.Throttled, AnswerAfter: time.Second},
		{Reset: true, After: true, AnswerAfter: time.Second},
		{AnswerAfter: time.Second},
	} {
		if got := f.meet("aliyun", call); *got != want {
			t.Errorf("got %+v, want %+v", *got, want)
		}
	}
}

// The seed says which requests a fault meets, whatever other faults there are.
func TestShare(t *testing.T) {
	play := func(seed uint64, texts ...string) string {
		var f faults
		f.begin(seed, rules(t, texts...))
		var met strings.Builder
		for range 1000 {
			if f.meet("aliyun", enitest.Call{Action: enitest.Detach, RequestID: "1"}).Reason == enitest.Throttled {
				met.WriteByte('x')
			} else {
				met.WriteByte('.')
			}
		}
		return met.String()
	}
	one := play(1, "throttle:10%")
	if n := strings.Count(one, "x"); n < 70 || n > 130 {
		t.Errorf("%d of 1000, want about 100", n)
	}
	if play(1, "throttle:10%") != one || play(1, "throttle:10%", "slow=1s:50%") != one {
		t.Error("the same seed has other requests")
	}
	var f faults
	f.begin(1, rules(t, "slow=1s:50%", "stuck:50%"))
	same := 0
	for range 1000 {
		if met := f.meet("aliyun", enitest.Call{Action: enitest.Detach, RequestID: "1"}); (met.AnswerAfter > 0) == met.Stuck {
			same++
		}
	}
	if same < 400 || same > 600 {
		t.Errorf("two faults agree about %d of 1000 requests, want about 500", same)
	}
	if play(2, "throttle:10%") == one {
		t.Error("another seed has the same requests")
	}
	if n := strings.Count(play(1, "throttle:50%:7"), "x"); n != 7 {
		t.Errorf("%d, want 7", n)
	}
}

// The faults of the control endpoint: added together or not at all, listed, and removed.
func TestControlOfFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := NewStage(NewScene(small, aliyun.Provider, tencent.Provider), Options{})
		status, answer := ask(st, "POST", "/faults", "conflict:2:Detach\nslow\nflood\n")
		if want := "fault \"slow\": want a time, as in slow=500ms\nfault \"flood\": unknown kind"; status != http.StatusBadRequest || !strings.HasPrefix(answer, want) {
			t.Errorf("status %d: %s", status, answer)
		}
		if status, answer := ask(st, "POST", "/faults", " \n"); status != http.StatusBadRequest || !strings.Contains(answer, "want a line such as conflict:3") {
			t.Errorf("status %d: %s", status, answer)
		}
		if n := len(st.faults.list()); n != 0 {
			t.Errorf("%d faults are in force", n)
		}
		if status, answer := ask(st, "POST", "/faults", "throttle:1:tencent\nconflict:2\n"); status != http.StatusCreated {
			t.Errorf("status %d: %s", status, answer)
		}
		for n, want := range []eni.Kind{eni.ErrThrottled, eni.ErrConflict} {
			c := st.Clouds()[1-n]
			if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", c.Provider, err, want)
			}
		}
		_, answer = ask(st, "GET", "/faults", "")
		for _, want := range []string{
			`"id": 1,` + "\n" + `      "fault": "throttle:1:tencent",` + "\n" + `      "met": 1,` + "\n" + `      "left": 0`,
			`"id": 2,` + "\n" + `      "fault": "conflict:2",` + "\n" + `      "met": 1,` + "\n" + `      "left": 1`,
		} {
			if !strings.Contains(answer, want) {
				t.Errorf("got\n%s\nwant\n%s", answer, want)
			}
		}
		for _, test := range []struct {
			id          string
			status, now int
		}{{"3", 404, 2}, {"x", 404, 2}, {"1", 204, 1}, {"1", 404, 1}} {
			if status, answer := ask(st, "DELETE", "/faults/"+test.id, ""); status != test.status || len(st.faults.list()) != test.now {
				t.Errorf("%s: status %d: %s", test.id, status, answer)
			}
		}
		if status, _ := ask(st, "DELETE", "/faults", ""); status != http.StatusNoContent || len(st.faults.list()) != 0 {
			t.Errorf("status %d, %d faults", status, len(st.faults.list()))
		}
		if _, err := unassign(t, client(t, st.Clouds()[0]), "eni-1", "10.0.1.2"); err != nil {
			t.Errorf("without faults: %v", err)
		}
	})
}
