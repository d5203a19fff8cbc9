// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

func readShort(f Fields) eni.Interface {
	i := eni.Interface{State: eni.InterfaceState(f.Text("State"))}
	for _, a := range f.List("V4") {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a.Addr4("A"), Primary: a.Truth("P")})
	}
	for _, a := range f.List("V6") {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a.Addr6("A")})
	}
	for _, p := range f.List("Prefixes") {
		i.Prefixes = append(i.Prefixes, p.Prefix("P"))
	}
	return i
}

func describe(t *testing.T, ids []string, pages ...string) (*Description, error) {
	t.Helper()
	d := NewDescription(ids)
	for _, page := range pages {
		f := parse(t, `{"set":[`+page+`]}`)
		if err := d.Add(&Reply{Status: 200}, "R", f.List("set"), "ID", readShort); err != nil {
			return d, err
		}
	}
	return d, nil
}

// An unreadable interface fails only its own callers.
func TestOneUnreadableInterface(t *testing.T) {
	d, err := describe(t, []string{"eni-1", "eni-2", "eni-3", "eni-4", "eni-5"},
		`{"ID":"eni-2","State":"a","V4":[{"A":"N/A"}]},{"ID":"eni-1","State":"a","V4":[{"A":"10.0.0.1","P":"true"}]},{"ID":"eni-9","V4":[{"A":"odd"}]}`,
		`{"ID":"eni-4","State":"pending","V4":null,"V6":null}`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := d.Result()
	want := []eni.Interface{{ID: "eni-1", State: "a", Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true}}}}
	if !reflect.DeepEqual(found, want) || d.Count() != 4 {
		t.Errorf("%+v of %d", found, d.Count())
	}
	var partial *PartialError
	if !errors.As(err, &partial) {
		t.Fatal(err)
	}
	failed := partial.Interfaces()
	if len(failed) != 2 || Explain(failed["eni-2"]).Kind != eni.ErrUnavailable || Explain(failed["eni-4"]).Kind != eni.ErrConflict {
		t.Errorf("%+v", failed)
	}
	for id, err := range failed {
		if e := Explain(err); !strings.Contains(e.Message, id) || strings.Contains(e.Message, "N/A") || e.RequestID != "R" || e.HTTPStatus != 200 {
			t.Errorf("%s: %+v", id, e)
		}
	}
	// As a single error.
	if e := Explain(err); e.Kind != eni.ErrUnavailable || !strings.Contains(err.Error(), "eni-2") || !strings.Contains(err.Error(), "1 more") {
		t.Errorf("%+v", e)
	}
}

func TestInterfacesWithoutAddresses(t *testing.T) {
	for written, want := range map[string]eni.Kind{
		`{"ID":"eni-1","State":"creating","V4":null}`:                       eni.ErrConflict,
		`{"ID":"eni-1","State":"pending","V4":[]}`:                          eni.ErrConflict,
		`{"ID":"eni-1","State":"available","V4":null}`:                      eni.ErrUnavailable,
		`{"ID":"eni-1","State":"available","V4":[]}`:                        eni.ErrUnavailable,
		`{"ID":"eni-1","State":"available"}`:                                eni.ErrUnavailable,
		`{"ID":"eni-1","State":"available","V6":[{"A":"2001:db8::1"}]}`:     eni.ErrUnavailable,
		`{"ID":"eni-1","State":"pending","V6":[{"A":"2001:db8::1"}]}`:       eni.ErrUnavailable,
		`{"ID":"eni-1","State":"pending","V4":[{"A":"10.0.0.1"}]}`:          0,
		`{"ID":"eni-1","State":"pending","V4":"","Prefixes":[{"P":"odd"}]}`: eni.ErrUnavailable,
	} {
		d, err := describe(t, []string{"eni-1"}, written)
		if err != nil {
			t.Fatal(err)
		}
		found, err := d.Result()
		switch {
		case want == 0 && (err != nil || len(found) != 1):
			t.Errorf("%s: %v, %v", written, found, err)
		case want != 0 && (err == nil || len(found) != 0 || Explain(err).Kind != want):
			t.Errorf("%s: %v, %v; want %v", written, found, err, want)
		}
	}
}

// A list also has the interfaces whose addresses are not there yet or any more.
func TestListedWithoutAddresses(t *testing.T) {
	for state, listed := range map[eni.InterfaceState]bool{"creating": true, "pending": true, "deleting": true, "detaching": false, "available": false} {
		d := NewList()
		f := parse(t, `{"set":[{"ID":"eni-1","State":"`+string(state)+`","V4":null}]}`)
		if err := d.Add(&Reply{Status: 200}, "R", f.List("set"), "ID", readShort); err != nil {
			t.Fatal(err)
		}
		found, err := d.Result()
		if (len(found) == 1 && err == nil) != listed {
			t.Errorf("%s: %v, %v", state, found, err)
		}
	}
}

func TestInterfacesWithoutIDs(t *testing.T) {
	for _, written := range []string{`{}`, `{"ID":""}`, `{"ID":null}`, `{"ID":[1]}`, `{"ID":" \n"}`, `{"id":"eni-1"}`} {
		if _, err := describe(t, []string{"eni-1"}, written); err == nil {
			t.Errorf("%s is an interface", written)
		}
	}
}

// An interface that is requested twice is returned once.
func TestAnInterfaceThatIsAskedForTwice(t *testing.T) {
	d, err := describe(t, []string{"eni-1", "eni-1"}, `{"ID":"eni-1","V4":[{"A":"10.0.0.1"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := d.Result(); err != nil || len(found) != 1 || d.Count() != 1 {
		t.Errorf("%v, %v", found, err)
	}
}

// If several interfaces fail, an unreadable one comes before one that is being
// created.
func TestTheErrorOfTheWhole(t *testing.T) {
	unreadable, created := `{"ID":"eni-2","State":"a"}`, `{"ID":"eni-1","State":"pending"}`
	for page, want := range map[string]struct {
		kind eni.Kind
		text string
	}{
		unreadable:                 {eni.ErrUnavailable, "unreadable reply: interface eni-2: no IPv4 address, want at least the primary one"},
		created:                    {eni.ErrConflict, "interface eni-1 is being created and has no addresses yet"},
		created + "," + unreadable: {eni.ErrUnavailable, "unreadable reply: interface eni-2: no IPv4 address, want at least the primary one (and 1 more: eni-1 eni-2)"},
	} {
		d, err := describe(t, []string{"eni-1", "eni-2"}, page)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Result()
		if e := Explain(err); e.Kind != want.kind || err.Error() != want.text {
			t.Errorf("%s: %v: %v", page, e.Kind, err)
		}
	}
}

// If an interface is on two pages, the later one counts.
func TestAnInterfaceOnTwoPages(t *testing.T) {
	d, err := describe(t, []string{"eni-1"}, `{"ID":"eni-1","V4":[{"A":"odd"}]}`, `{"ID":"eni-1","V4":[{"A":"10.0.0.1"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := d.Result(); err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
	d, err = describe(t, []string{"eni-1"}, `{"ID":"eni-1","V4":[{"A":"10.0.0.1"}]}`, `{"ID":"eni-1","V4":[{"A":"odd"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := d.Result(); err == nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestAddresses(t *testing.T) {
	for written, want := range map[string]string{"10.0.0.1": "10.0.0.1", "10.0.001.1": "", "2001:db8::1": "", "": "", "::ffff:10.0.0.1": ""} {
		f := parse(t, `{"A":"`+written+`"}`)
		if got := f.Addr4("A"); (f.Err() == nil) != (want != "") || f.Err() == nil && got.String() != want {
			t.Errorf("%q = %v, %v", written, got, f.Err())
		}
	}
	for written, want := range map[string]string{
		"2408:4005:03C0:AB00:0000:0000:0000:0001": "2408:4005:3c0:ab00::1", "2408:4005:3c0:ab00::1/128": "2408:4005:3c0:ab00::1",
		"2408:4005:3c0::10.0.1.2": "2408:4005:3c0::a00:102", "2408::/64": "", "::ffff:10.0.0.1": "", "fe80::1%eth0": "", "10.0.0.1": "", "10.0.0.1/32": "", "": "",
	} {
		f := parse(t, `{"A":"`+written+`"}`)
		if got := f.Addr6("A"); (f.Err() == nil) != (want != "") || f.Err() == nil && got.String() != want {
			t.Errorf("%q = %v, %v", written, got, f.Err())
		}
	}
	// A prefix is compared without the bits behind its length.
	for written, want := range map[string]string{
		"2408:4005:3c0:ab00::1/80": "2408:4005:3c0:ab00::/80", "2408:4005:03C0:AB00:0000::/80": "2408:4005:3c0:ab00::/80", "10.0.1.7/28": "10.0.1.0/28",
		"10.0.1.0": "", "": "", "::ffff:10.0.0.0/112": "", "fe80::%eth0/64": "",
	} {
		f := parse(t, `{"P":"`+written+`"}`)
		if got := f.Prefix("P"); (f.Err() == nil) != (want != "") || f.Err() == nil && got.String() != want {
			t.Errorf("%q = %v, %v", written, got, f.Err())
		}
	}
}
