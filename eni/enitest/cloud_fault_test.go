// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
)

// served is a cloud with eni-1 on i-1 behind a wire of this package's own: the
// query names the action, and the answer is what the dialect below writes.
type served struct {
	*enitest.Cloud

	t    *testing.T
	http http.RoundTripper
}

func serve(t *testing.T, cloud *enitest.Cloud) served {
	t.Helper()
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1",
		Addresses: []eni.Address{{Addr: address(2)}, {Addr: address(3)}},
	})
	requests := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		call := enitest.Call{
			Action: enitest.Action(r.URL.Query().Get("action")), RequestID: "r" + string(rune('0'+requests)), InterfaceID: "eni-1",
			InstanceID: "i-1", InterfaceIDs: []string{"eni-1"},
		}
		for _, a := range r.URL.Query()["address"] {
			call.Addresses = append(call.Addresses, netip.MustParseAddr(a))
		}
		wire.Serve(w, r, cloud, call, words{})
	})
	return served{Cloud: cloud, t: t, http: enitest.Transport(handler)}
}

func address(n byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, n}) }

func on(n byte) netip.Prefix { return netip.PrefixFrom(address(n), 32) }

// ask makes a request and returns what was answered.
func (s served) ask(action enitest.Action, addresses ...netip.Addr) (string, error) {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://cloud/?action="+string(action), nil)
	query := r.URL.Query()
	for _, a := range addresses {
		query.Add("address", a.String())
	}
	r.URL.RawQuery = query.Encode()
	resp, err := s.http.RoundTrip(r.WithContext(s.t.Context()))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var text string
	err = json.NewDecoder(resp.Body).Decode(&text)
	return text, err
}

// words is a dialect in one word each.
type words struct{}

func (words) word(text string) enitest.Reply {
	body, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return enitest.Reply{Body: body}
}

func (w words) Accepted() enitest.Reply { return w.word("accepted") }

func (w words) Described(found []eni.Interface) enitest.Reply {
	var shown []string
	for _, i := range found {
		shown = append(shown, string(i.State))
		for _, a := range i.Addresses {
			shown = append(shown, a.Addr.String())
		}
	}
	return w.word(strings.Join(shown, " "))
}

func (w words) Task(state enitest.TaskState, output string) enitest.Reply {
	return w.word(string(state) + output)
}

func (w words) Rejected(r *enitest.Rejection) enitest.Reply { return w.word(string(r.Reason)) }

func (w words) Failed(_ int, code, _ string) enitest.Reply { return w.word(code) }

// The work is done long before the answer comes.
func TestAnAnswerThatComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, new(enitest.Cloud))
		s.Inject(enitest.UnassignPrivateIps, enitest.Fault{AnswerAfter: 20 * time.Second}, enitest.Fault{After: true, Reset: true, AnswerAfter: time.Second})
		time.AfterFunc(time.Second, func() {
			if s.Has("eni-1", on(2)) {
				t.Error("the work should be done long before the answer")
			}
		})
		began := time.Now()
		if got, err := s.ask(enitest.UnassignPrivateIps, address(2)); got != "accepted" || err != nil || time.Since(began) != 20*time.Second {
			t.Errorf("want accepted after 20s, got %q (%v) after %s", got, err, time.Since(began))
		}
		began = time.Now()
		_, err := s.ask(enitest.UnassignPrivateIps, address(3))
		if !errors.Is(err, syscall.ECONNRESET) || time.Since(began) != time.Second || s.Has("eni-1", on(3)) {
			t.Errorf("want a connection reset a second after the work, got %v after %s", err, time.Since(began))
		}
	})
}

// A description that takes long is of its beginning or of its end.
func TestADescriptionThatComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, new(enitest.Cloud))
		for fault, want := range map[enitest.Fault]string{
			{AnswerAfter: 5 * time.Second}: "in_use 192.0.2.1 10.0.0.2 10.0.0.3",
			{Delay: 5 * time.Second}:       "in_use 192.0.2.1 10.0.0.3",
		} {
			s.Put(eni.Interface{ID: "eni-1", State: eni.StateInUse, Addresses: []eni.Address{{Addr: address(2)}, {Addr: address(3)}}})
			s.Inject(enitest.Describe, fault)
			time.AfterFunc(time.Second, func() { s.remove(2) })
			if got, err := s.ask(enitest.Describe); got != want || err != nil {
				t.Errorf("%+v: want %s, got %s (%v)", fault, want, got, err)
			}
		}
	})
}

// remove lets somebody else release an address.
func (s served) remove(n byte) {
	s.Update("eni-1", func(i *eni.Interface) {
		kept := i.Addresses[:0]
		for _, a := range i.Addresses {
			if a.Addr != address(n) {
				kept = append(kept, a)
			}
		}
		i.Addresses = kept
	})
}

// A description misses the interface once, or what was assigned of late.
func TestADescriptionThatMisses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, new(enitest.Cloud))
		time.Sleep(time.Minute)
		s.Update("eni-1", func(i *eni.Interface) { i.Addresses = append(i.Addresses, eni.Address{Addr: address(4)}) })
		time.Sleep(time.Second)
		s.Inject(enitest.Describe,
			enitest.Fault{Misses: "eni-1"}, enitest.Fault{Misses: "eni-2"},
			enitest.Fault{Lag: 2 * time.Second}, enitest.Fault{Lag: time.Second})
		const shown = "in_use 192.0.2.1 10.0.0.2 10.0.0.3"
		for n, want := range []string{"", shown + " 10.0.0.4", shown, shown + " 10.0.0.4", shown + " 10.0.0.4"} {
			if got, err := s.ask(enitest.Describe); got != want || err != nil {
				t.Errorf("description %d: want %q, got %q (%v)", n, want, got, err)
			}
		}
	})
}

// A batch is refused at once, and its good part is carried out later.
func TestARefusedBatchThatActsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, &enitest.Cloud{PartialBatches: true, CompletesAfter: func(enitest.Call) time.Duration { return 3 * time.Second }})
		began := time.Now()
		if got, err := s.ask(enitest.UnassignPrivateIps, address(2), address(99)); got != "not_assigned" || err != nil || time.Since(began) != 0 {
			t.Errorf("want not_assigned at once, got %q (%v) after %s", got, err, time.Since(began))
		}
		if !s.Has("eni-1", on(2)) {
			t.Error("the good part was carried out before its time")
		}
		if time.Sleep(3 * time.Second); s.Has("eni-1", on(2)) {
			t.Error("the good part was not carried out")
		}
	})
}

// Every interface has a primary address.
func TestPutAddsAPrimaryAddress(t *testing.T) {
	cloud := new(enitest.Cloud)
	own := eni.Address{Addr: address(1), Primary: true}
	six := eni.Address{Addr: netip.MustParseAddr("2001:db8::1"), Primary: true}
	for _, given := range [][]eni.Address{nil, {{Addr: address(2)}}, {six}, {{Addr: address(2)}, own}} {
		cloud.Put(eni.Interface{ID: "eni-1", Addresses: given})
		i, _ := cloud.Get("eni-1")
		var primary []netip.Addr
		for _, a := range i.Addresses {
			if a.Primary && a.Addr.Is4() {
				primary = append(primary, a.Addr)
			}
		}
		want := netip.MustParseAddr("192.0.2.1")
		if len(given) == 2 {
			want = own.Addr
		}
		if len(primary) != 1 || primary[0] != want {
			t.Errorf("given %v: want the primary address %s, got %v", given, want, i.Addresses)
		}
	}
}

// A detach that somebody else was faster with takes nothing off, and a release takes
// off what is there.
func TestAChangeThatAnotherActorOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return time.Second }})
		if got, err := s.ask(enitest.Detach); got != "accepted" || err != nil {
			t.Fatal(got, err)
		}
		s.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-2" })
		time.Sleep(time.Second)
		if i, _ := s.Get("eni-1"); i.InstanceID != "i-2" || len(s.History()) != 0 {
			t.Errorf("the interface should be on i-2, is on %q", i.InstanceID)
		}
		if got, err := s.ask(enitest.UnassignPrivateIps, address(2), address(3)); got != "accepted" || err != nil {
			t.Fatal(got, err)
		}
		s.remove(2)
		time.Sleep(time.Second)
		if h := s.History(); len(h) != 1 || len(h[0].Released) != 1 || h[0].Released[0] != on(3) {
			t.Errorf("want 10.0.0.3 released, got %v", h)
		}
	})
}

// The events tell how the interface was at any moment, and who made it so.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, new(enitest.Cloud))
		s.remove(3)
		if got, err := s.ask(enitest.UnassignPrivateIps, address(2)); got != "accepted" || err != nil {
			t.Fatal(got, err)
		}
		s.Inject(enitest.Detach, enitest.Fault{TaskOutput: "no"})
		for range 2 {
			if got, err := s.ask(enitest.Detach); got != "accepted" || err != nil {
				t.Fatal(got, err)
			}
		}
		s.Delete("eni-1")
		s.Delete("eni-1")
		var got []string
		for _, e := range s.Events() {
			words := []string{e.RequestID, string(e.State), e.InstanceID}
			for _, p := range e.Assigned {
				words = append(words, "+"+p.Addr().String())
			}
			for _, p := range e.Released {
				words = append(words, "-"+p.Addr().String())
			}
			got = append(got, strings.Join(words, " "))
		}
		want := []string{
			" in_use i-1 +192.0.2.1 +10.0.0.2 +10.0.0.3",
			" in_use i-1 -10.0.0.3",
			"r1 in_use i-1 -10.0.0.2",
			"r2 detaching i-1", "r2 in_use i-1", // which failed
			"r3 detaching i-1", "r3 available ",
			"   -192.0.2.1",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("want\n%s\ngot\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	})
}
