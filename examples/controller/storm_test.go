// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// storm fills both clouds with interfaces and makes the objects that ask for most
// of what is on them: six objects on each interface, or one that also detaches it, or
// one that deletes it.
func (w *world) storm(interfaces int) (total int) {
	w.t.Helper()
	for provider, cloud := range w.clouds {
		for n := range interfaces / len(w.clouds) {
			id := fmt.Sprintf("eni-%d", n)
			address := func(i int) v1alpha1.Address { return v1alpha1.Address(fmt.Sprintf("10.%d.0.%d", n, i)) }
			v6 := v1alpha1.Address(fmt.Sprintf("2001:db8::%d", n+1))
			others := []v1alpha1.Address{v6, "10.99.0.1", "10.99.0.2"} // the last two stay
			for i := range 12 {
				others = append(others, address(i))
			}
			put(cloud, id, others...)
			name := func(i int) string { return fmt.Sprintf("%s-%d-%d", provider, n, i) }
			if deleted(provider, n) {
				w.create(name(0), provider, id, func(s *v1alpha1.InterfaceReleaseSpec) {
					s.Delete, s.InstanceID = true, v1alpha1.ResourceID("i-"+id)
				})
				total++
				continue
			}
			if n%5 == 4 {
				w.create(name(0), provider, id, func(s *v1alpha1.InterfaceReleaseSpec) {
					s.Addresses = []v1alpha1.Address{address(0), v6}
					s.Detach, s.InstanceID = true, v1alpha1.ResourceID("i-"+id)
				})
				total++
				continue
			}
			for i := range 6 {
				asked := []v1alpha1.Address{address(2 * i), address(2*i + 1)}
				switch i {
				case 0:
					asked = append(asked, v6)
				case 1:
					asked = append(asked, stale)
				}
				w.create(name(i), provider, id, addresses(asked...))
			}
			total += 6
		}
	}
	return total
}

// deleted reports whether a storm deletes its nth interface of a cloud: one in ten,
// and not the same ones on both.
func deleted(provider v1alpha1.Provider, n int) bool {
	if provider == v1alpha1.Aliyun {
		return n%10 == 9
	}
	return n%10 == 4
}

// trouble makes the clouds take their time, and answer now and then with a
// conflict, with throttling, or not at all.
func (w *world) trouble() {
	for _, cloud := range w.clouds {
		var changes, describes atomic.Int64
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Duration(10+changes.Load()%40) * time.Millisecond }
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.Describe || call.Action == enitest.DescribeTask {
				if describes.Add(1)%23 == 0 {
					return &enitest.Fault{Reason: enitest.Internal}
				}
				return nil
			}
			switch n := changes.Add(1); {
			case n%31 == 0:
				return &enitest.Fault{Reason: enitest.Throttled}
			case n%7 == 0:
				return &enitest.Fault{Reason: enitest.Conflict}
			case n%13 == 0:
				return &enitest.Fault{After: true, Reset: true}
			}
			return nil
		}
	}
}

// Three hundred objects on sixty interfaces, two clouds that make trouble, and a
// controller that is killed in the middle and started again.
func TestStorm(t *testing.T) {
	w := newWorld(t)
	w.trouble()
	first := w.start()
	total := w.storm(60)
	w.until("a fifth is done", func(listed objects) bool {
		n := 0
		for _, o := range listed {
			if done(o) {
				n++
			}
		}
		return n >= total/5
	})
	first.kill()
	w.start()
	listed := w.until("all are done", all(done))
	if len(listed) != total {
		t.Errorf("%d objects, and %d were made", len(listed), total)
	}
	w.audit(listed)
	changes := 0
	for provider, cloud := range w.clouds {
		changes += len(cloud.History())
		for n := range 30 {
			there, exists := cloud.Get(fmt.Sprintf("eni-%d", n))
			if exists == deleted(provider, n) {
				t.Errorf("%s: eni-%d exists: %t", provider, n, exists)
			}
			if !exists {
				continue
			}
			stayed := 0
			for _, a := range there.Addresses {
				if s := a.Addr.String(); s == "10.99.0.1" || s == "10.99.0.2" {
					stayed++
				}
			}
			if stayed != 2 {
				t.Errorf("%s: %s has lost addresses that nobody asked for", provider, there.ID)
			}
		}
	}
	t.Logf("%d objects, %d changes", total, changes)
}
