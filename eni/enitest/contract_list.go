// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// lists are the promises of an [eni.Lister] with their checks.
var lists = []struct {
	name  string
	check func(*bench, eni.Lister)
}{
	{"a list has every interface once", listsAll},
	{"a list is filtered in the same way on every cloud", listsFiltered},
	{"a list is filtered by many tags", listsByManyTags},
	{"a list has all details of an interface", listsDetails},
	{"more than a thousand interfaces with a tag are listed", listsManyTagged},
	{"a list whose pages shift is complete", listsShifting},
	{"a list is complete while interfaces are created and deleted", listsBusy},
	{"a list ends when the loop breaks", listBreaks},
	{"a failed page is requested again", listRetries},
	{"a list that is not permitted ends with an error", listDenied},
	{"a list whose second page fails ends with one error", listFailsLate},
	{"a list ends with its context", listEnds},
	{"a bad filter sends nothing", badFilters},
}

// listed collects a list.
func (b *bench) listed(l eni.Lister, f eni.Filter) map[string]eni.Interface {
	b.Helper()
	found := make(map[string]eni.Interface)
	for i, err := range l.List(b.Context(), f) {
		if err != nil {
			b.Fatalf("want a list, got: %v", err)
		}
		if _, twice := found[i.ID]; twice {
			b.Errorf("%s is listed twice", i.ID)
		}
		found[i.ID] = i
	}
	return found
}

// crowdOf adds n free interfaces to the cloud, eni-a0000 and so on.
func (b *bench) crowdOf(n int, tags map[string]string) {
	for k := range n {
		b.cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-a%04d", k), Type: eni.TypeSecondary, State: eni.StateAvailable, Tags: tags})
	}
}

func listsAll(b *bench, l eni.Lister) {
	b.crowdOf(1234, nil)
	if found := b.listed(l, eni.Filter{}); len(found) != 1235 {
		b.Errorf("want 1235 interfaces, got %d", len(found))
	}
	again := l.List(b.Context(), eni.Filter{})
	for range 2 {
		n := 0
		for _, err := range again {
			b.ok(err)
			n++
		}
		if n != 1235 {
			b.Errorf("the sequence should list again, got %d interfaces", n)
		}
	}
}

func listsFiltered(b *bench, l eni.Lister) {
	b.cloud.Put(
		eni.Interface{ID: "eni-2", Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", SubnetID: "sub-1", Tags: map[string]string{"app": "x", "env": ""}},
		eni.Interface{ID: "eni-3", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "i-3", VPCID: "vpc-2", SubnetID: "sub-2", Tags: map[string]string{"app": "y"}},
		eni.Interface{ID: "eni-4", Type: eni.TypeSecondary, State: eni.StateDetaching, InstanceID: "i-1", VPCID: "vpc-1", SubnetID: "sub-2", Tags: map[string]string{"app": "x"}},
	)
	for _, c := range []struct {
		f    eni.Filter
		want []string
	}{
		{eni.Filter{VPCID: "vpc-1"}, []string{"eni-1", "eni-2", "eni-4"}},
		{eni.Filter{SubnetID: "sub-2"}, []string{"eni-3", "eni-4"}},
		{eni.Filter{InstanceID: "i-1"}, []string{"eni-1", "eni-4"}},
		{eni.Filter{Type: eni.TypePrimary}, []string{"eni-3"}},
		{eni.Filter{Type: eni.TypeSecondary}, []string{"eni-1", "eni-2", "eni-4"}},
		{eni.Filter{State: eni.StateAvailable}, []string{"eni-2"}},
		{eni.Filter{State: eni.StateInUse}, []string{"eni-1", "eni-3"}},
		{eni.Filter{State: eni.StateDetaching}, []string{"eni-4"}},
		{eni.Filter{State: eni.StateAttaching}, nil},
		{eni.Filter{Tags: map[string]string{"app": "x"}}, []string{"eni-2", "eni-4"}},
		{eni.Filter{Tags: map[string]string{"app": ""}}, []string{"eni-2", "eni-3", "eni-4"}},
		{eni.Filter{Tags: map[string]string{"app": "x", "env": ""}}, []string{"eni-2"}},
		{eni.Filter{VPCID: "vpc-1", SubnetID: "sub-2", Tags: map[string]string{"app": "x"}}, []string{"eni-4"}},
		{eni.Filter{VPCID: "vpc-none"}, nil},
	} {
		got := slices.Sorted(maps.Keys(b.listed(l, c.f)))
		if !slices.Equal(got, c.want) {
			b.Errorf("%+v: want %v, got %v", c.f, c.want, got)
		}
	}
}

// listsByManyTags filters by more tags than some clouds accept in one request. The second
// interface lacks the last of them, and the third has another value of it.
func listsByManyTags(b *bench, l eni.Lister) {
	const tags = 18
	for n, last := range []string{"", "none", "other"} {
		i := eni.Interface{ID: fmt.Sprintf("eni-tags-%d", n), Type: eni.TypeSecondary, State: eni.StateAvailable, Tags: make(map[string]string)}
		for k := range tags {
			i.Tags[fmt.Sprintf("k%02d", k)] = fmt.Sprint("v", k)
		}
		switch last {
		case "none":
			delete(i.Tags, fmt.Sprintf("k%02d", tags-1))
		case "other":
			i.Tags[fmt.Sprintf("k%02d", tags-1)] = "v"
		}
		b.cloud.Put(i)
	}
	f := eni.Filter{Tags: make(map[string]string)}
	for k := range tags {
		f.Tags[fmt.Sprintf("k%02d", k)] = fmt.Sprint("v", k)
	}
	if got := slices.Sorted(maps.Keys(b.listed(l, f))); !slices.Equal(got, []string{"eni-tags-0"}) {
		b.Errorf("want the interface that has all %d tags, got %v", tags, got)
	}
}

func listsDetails(b *bench, l eni.Lister) {
	want := attached("i-1")
	want.Prefixes = nil // not every cloud has them
	want.Name, want.Description, want.MAC = "web", "of the web", "00:16:3e:12:34:56"
	want.SubnetID, want.Zone = "sub-1", "zone-1"
	want.SecurityGroupIDs = []string{"sg-1", "sg-2"}
	want.Tags = map[string]string{"app": "x", "empty": ""}
	want.Manager = "42" // some clouds use numbers
	want.Created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b.cloud.Put(want)
	got := b.listed(l, eni.Filter{})["eni-1"]
	if got.Created.IsZero() {
		got.Created = want.Created // the cloud's time has no zone
	}
	if !reflect.DeepEqual(got, want) {
		b.Errorf("want %+v, got %+v", want, got)
	}
}

func listsManyTagged(b *bench, l eni.Lister) {
	b.crowdOf(1100, map[string]string{"app": "x"})
	if found := b.listed(l, eni.Filter{Tags: map[string]string{"app": "x"}}); len(found) != 1100 {
		b.Errorf("want 1100 interfaces, got %d", len(found))
	}
}

// listsShifting deletes interfaces of the first pages while later pages are read.
func listsShifting(b *bench, l eni.Lister) {
	b.crowdOf(1000, nil)
	pages := 0
	b.cloud.Control = func(call Call) *Fault {
		if call.Action != List {
			return nil
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if pages++; pages <= 5 && pages > 1 {
			for k := range 7 {
				b.cloud.Delete(fmt.Sprintf("eni-a%04d", 7*pages+k))
			}
		}
		return nil
	}
	found := b.listed(l, eni.Filter{})
	for k := 50; k < 1000; k++ {
		if id := fmt.Sprintf("eni-a%04d", k); found[id].ID == "" {
			b.Errorf("%s existed during the whole list, but is not listed", id)
		}
	}
}

// listsBusy creates and deletes interfaces all the time, before each page.
func listsBusy(b *bench, l eni.Lister) {
	b.crowdOf(1200, nil)
	pages := 0
	b.cloud.Control = func(call Call) *Fault {
		if call.Action != List {
			return nil
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		for k := range 3 {
			b.cloud.Delete(fmt.Sprintf("eni-a%04d", 3*pages+k))
		}
		pages++
		for k := range pages % 5 {
			b.cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-0%03d-%d", pages, k), Type: eni.TypeSecondary, State: eni.StateAvailable, Created: time.Now()})
		}
		return nil
	}
	found := b.listed(l, eni.Filter{})
	for k := 3 * pages; k < 1200; k++ {
		if id := fmt.Sprintf("eni-a%04d", k); found[id].ID == "" {
			b.Errorf("%s existed during the whole list, but is not listed", id)
		}
	}
}

func listBreaks(b *bench, l eni.Lister) {
	b.crowdOf(1000, nil)
	for _, err := range l.List(b.Context(), eni.Filter{}) {
		b.ok(err)
		break
	}
	time.Sleep(time.Minute)
	b.sent(List, 1)
}

// listFailsLate checks a list whose second page is refused: the error comes last and once.
func listFailsLate(b *bench, l eni.Lister) {
	b.crowdOf(1000, nil)
	b.cloud.Inject(List, Fault{}, Fault{Reason: Denied})
	listed, failed := 0, 0
	for _, err := range l.List(b.Context(), eni.Filter{}) {
		switch {
		case failed > 0:
			b.Error("the sequence should end with the error")
		case err != nil:
			failed++
			b.is(err, eni.ErrPermission)
		default:
			listed++
		}
	}
	if failed != 1 || listed == 0 || listed > 1000 {
		b.Errorf("want one error after a page, got %d after %d interfaces", failed, listed)
	}
	b.sent(List, 2)
}

func listRetries(b *bench, l eni.Lister) {
	b.cloud.Inject(List, Fault{Reason: Throttled}, Fault{Reset: true}, Fault{Reply: &Reply{Body: []byte("<html>")}})
	if found := b.listed(l, eni.Filter{}); len(found) != 1 {
		b.Errorf("want one interface, got %d", len(found))
	}
}

func listDenied(b *bench, l eni.Lister) {
	b.always(List, Fault{Reason: Denied})
	n := 0
	for i, err := range l.List(b.Context(), eni.Filter{}) {
		n++
		b.is(err, eni.ErrPermission)
		if i.ID != "" {
			b.Errorf("an interface with an error: %+v", i)
		}
	}
	if n != 1 {
		b.Errorf("want one error, got %d", n)
	}
	b.sent(List, 1)
}

func badFilters(b *bench, l eni.Lister) {
	for _, f := range []eni.Filter{
		{VPCID: "vpc 1"}, {SubnetID: "sub\n"}, {InstanceID: "i-\x00"}, {Tags: map[string]string{"": "x"}},
	} {
		n := 0
		for _, err := range l.List(b.Context(), f) {
			n++
			b.is(err, eni.ErrInvalid)
		}
		if n != 1 {
			b.Errorf("%+v: want one error, got %d", f, n)
		}
	}
	b.sent(List, 0)
}

func listEnds(b *bench, l eni.Lister) {
	b.always(List, Fault{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
	defer cancel()
	began := time.Now()
	n := 0
	for _, err := range l.List(ctx, eni.Filter{}) {
		n++
		b.is(err, context.DeadlineExceeded)
	}
	if took := time.Since(began); n != 1 || took > 6*time.Second {
		b.Errorf("want one error after 5 s, got %d after %s", n, took)
	}
}
