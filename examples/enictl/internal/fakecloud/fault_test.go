// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// What a client meets when its next request meets each fault: the kind of the error, and
// whether the address has been released.
func TestEachFault(t *testing.T) {
	tested := make(map[string]bool)
	for _, test := range []struct {
		fault    string
		want     eni.Kind
		released bool
		took     time.Duration // until the answer
	}{
		{"conflict", eni.ErrConflict, false, 0},
		{"throttle", eni.ErrThrottled, false, 0},
		{"500", eni.ErrUnavailable, false, 0},
		{"denied", eni.ErrPermission, false, 0},
		{"expired", eni.ErrUnauthenticated, false, 0},
		{"code=Some.Code", eni.ErrUnknown, false, 0},
		{"gateway=502", eni.ErrUnavailable, false, 0},
		{"lost-request", eni.ErrUnavailable, false, 0},
		{"lost-answer", eni.ErrUnavailable, true, 0},
		{"cut", eni.ErrUnavailable, true, 0},
		{"slow=3s", 0, true, 3 * time.Second},
		{"delay=3s", 0, true, 3 * time.Second},
		{"complete-after=3s", 0, false, 0},
		{"task-fails", 0, false, 0},
	} {
		name, _, _ := strings.Cut(test.fault, "=")
		tested[name] = true
		t.Run(test.fault, func(t *testing.T) {
			onEach(t, func(t *testing.T, st *Stage, c *Cloud) {
				began := time.Now()
				_, err := unassign(t, client(t, c), "eni-1", "10.0.1.2")
				if test.want == 0 && err != nil || test.want != 0 && !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("it took %s, want %s", took, test.took)
				}
				if released := !slices.Contains(has(t, c, "eni-1"), "10.0.1.2"); released != test.released {
					t.Errorf("released: %v", released)
				}
				if f := st.faults.list()[0]; f.Met != 1 || *f.Left != 0 {
					t.Errorf("%+v", f)
				}
			}, test.fault+":1:UnassignPrivateIps")
		})
	}
	for _, kind := range kinds {
		if other := []string{"partial", "stuck", "lag"}; !tested[kind.name] && !slices.Contains(other, kind.name) {
			t.Errorf("%s is not tested", kind.name)
		}
	}
}

func TestCompleteAfter(t *testing.T) {
	onEach(t, func(t *testing.T, _ *Stage, c *Cloud) {
		op, err := unassign(t, client(t, c), "eni-1", "10.0.1.2")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5*time.Second - 1)
		if !slices.Contains(has(t, c, "eni-1"), "10.0.1.2") {
			t.Error("it is gone before its time")
		}
		if err := op.Wait(t.Context()); err != nil || slices.Contains(has(t, c, "eni-1"), "10.0.1.2") {
			t.Errorf("it is not gone: %v", err)
		}
	}, "complete-after=5s")
}

// Of a batch with an address that is not there the good ones are released.
func TestPartial(t *testing.T) {
	onEach(t, func(t *testing.T, _ *Stage, c *Cloud) {
		call := enitest.Call{Action: enitest.UnassignPrivateIps, RequestID: "1", InterfaceID: "eni-1", Addresses: nil}
		for _, k := range []uint8{2, 99} {
			call.Addresses = append(call.Addresses, SampleAddress(1, k))
		}
		answer, err := c.now.Load().cloud.Do(t.Context(), call)
		if err != nil || answer.Refused == nil || slices.Contains(has(t, c, "eni-1"), "10.0.1.2") {
			t.Errorf("%+v, %v: %s", answer.Refused, err, has(t, c, "eni-1"))
		}
	}, "partial")
}

func TestStuck(t *testing.T) {
	onEach(t, func(t *testing.T, _ *Stage, c *Cloud) {
		cloud := c.now.Load().cloud
		call := enitest.Call{Action: enitest.Detach, RequestID: "1", InterfaceID: "eni-1", InstanceID: "i-1"}
		for _, want := range []eni.InterfaceState{eni.StateDetaching, eni.StateAvailable} {
			if answer, err := cloud.Do(t.Context(), call); err != nil || answer.Refused != nil {
				t.Fatalf("%v, %v", answer.Refused, err)
			}
			time.Sleep(time.Hour)
			if i, _ := cloud.Get("eni-1"); i.State != want {
				t.Errorf("it is %s, want %s", i.State, want)
			}
		}
	}, "stuck:1")
}

func TestLag(t *testing.T) {
	onEach(t, func(t *testing.T, _ *Stage, c *Cloud) {
		time.Sleep(time.Hour)
		c.now.Load().cloud.Update("eni-1", func(i *eni.Interface) {
			i.Addresses = append(i.Addresses, eni.Address{Addr: SampleAddress(1, 99)})
		})
		for _, want := range []bool{false, true} {
			found, err := client(t, c).Describe(t.Context(), "eni-1")
			if err != nil {
				t.Fatal(err)
			}
			if shown := slices.ContainsFunc(found[0].Addresses, func(a eni.Address) bool { return a.Addr == SampleAddress(1, 99) }); shown != want {
				t.Errorf("shown: %v", shown)
			}
		}
	}, "lag=1m:1")
}

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

func TestParseFault(t *testing.T) {
	for text, want := range map[string]string{
		"":                  `fault "": unknown kind "": want conflict, throttle, `,
		"flood:3":           `fault "flood:3": unknown kind "flood": want conflict, throttle, 500, denied, expired, code=CODE, gateway=STATUS, `,
		"conflict=3":        `conflict has no value: want conflict alone`,
		"slow":              `want a time, as in slow=500ms`,
		"slow=-1s":          `want a time, as in slow=500ms`,
		"code":              `want a code, as in code=InvalidParameter`,
		"gateway=1000":      `want a status from 200 to 599, as in gateway=502`,
		"conflict:0":        `"0": want a count of 1 or more`,
		"conflict:-1":       `"-1": want a count of 1 or more`,
		"conflict:0%":       `"0%": want more than 0% and up to 100%`,
		"conflict:101%":     `"101%": want more than 0% and up to 100%`,
		"conflict:NaN%":     `"NaN%": want more than 0% and up to 100%`,
		"conflict:Reboot":   `"Reboot": want a count, a share such as 10%, an action such as Detach, aliyun or tencent, or an interface such as eni-1`,
		"conflict:3:Detach": "",
		"CONFLICT:3\n":      "",
		"Throttle:0.5%":     "",
	} {
		_, err := ParseFault(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// A fault can be narrowed to each action, by its name here and by the vendors'.
func TestActionsOfFaults(t *testing.T) {
	for action, names := range actions {
		for _, name := range append(names, string(action)) {
			if got, ok := actionOf(strings.ToUpper(name)); !ok || got != action {
				t.Errorf("%s: %q", name, got)
			}
		}
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

// The kinds have a form each that ParseFault reads.
func TestKinds(t *testing.T) {
	forms, about := Kinds()
	for n, form := range forms {
		form = strings.NewReplacer("TIME", "1s", "CODE", "Code", "STATUS", "502").Replace(form)
		if _, err := ParseFault(form); err != nil || about[n] == "" {
			t.Errorf("%s: %v", form, err)
		}
		if width := len(fmt.Sprintf("  %-21s %s", form, about[n])); width > 95 {
			t.Errorf("%s: %d columns", form, width)
		}
	}
}
