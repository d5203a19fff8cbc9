// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
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

func TestParseFault(t *testing.T) {
	for text, want := range map[string]string{
		"":                   `fault "": unknown kind "": want conflict, throttle, `,
		"flood:3":            `fault "flood:3": unknown kind "flood": want conflict, throttle, 500, denied, expired, code=CODE, gateway=STATUS, `,
		"conflict=3":         `conflict has no value: want conflict alone`,
		"slow":               `want a time, as in slow=500ms`,
		"slow=-1s":           `want a time, as in slow=500ms`,
		"code":               `want a code, as in code=InvalidParameter`,
		"gateway=1000":       `want a status from 200 to 599, as in gateway=502`,
		"conflict:0":         `"0": want a count of 1 or more`,
		"conflict:-1":        `"-1": want a count of 1 or more`,
		"conflict:0%":        `"0%": want more than 0% and up to 100%`,
		"conflict:101%":      `"101%": want more than 0% and up to 100%`,
		"conflict:NaN%":      `"NaN%": want more than 0% and up to 100%`,
		"conflict:Reboot":    `"Reboot": want a count, a share such as 10%, an action such as Detach, aliyun or tencent, or an interface such as eni-1`,
		"conflict:3:4":       `"4": a fault has one count`,
		"slow=1s:5%:6%":      `"6%": a fault has one share`,
		"stuck:Detach:List":  `"List": a fault has one action`,
		"500:tencent:aliyun": `"aliyun": a fault has one provider`,
		"cut:eni-1:eni-2":    `"eni-2": a fault has one interface`,
		"conflict:3:Detach":  "",
		"CONFLICT:3\n":       "",
		"Throttle:0.5%":      "",
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
