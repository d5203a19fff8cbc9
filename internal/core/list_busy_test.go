// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// While interfaces are created and deleted all the time, a list is read a few times, and
// has each interface that was there all the time.
func TestAListOfABusyAccountIsComplete(t *testing.T) {
	for _, overlaps := range []bool{false, true} {
		t.Run(fmt.Sprintf("overlaps=%t", overlaps), func(t *testing.T) {
			inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
				b := newBusy(600)
				d := &paged{plain: p}
				d.page = func(_ context.Context, at string) (core.Page, error) {
					b.change()
					return b.page(at, overlaps), nil
				}
				ids, err := d.read(t.Context(), t, nil)
				if err != nil {
					t.Fatal(err)
				}
				for id := range b.stable {
					if !slices.Contains(ids, id) {
						t.Errorf("%s is not listed", id)
					}
				}
				if most := map[bool]int{true: 40, false: 120}[overlaps]; len(d.asked) > most {
					t.Errorf("%d pages were read, want %d at most", len(d.asked), most)
				}
			})
		})
	}
}

// A list that shifts is read until two passes find nothing that existed at its beginning.
func TestWhatWasCreatedSinceIsNotMissed(t *testing.T) {
	for _, c := range []struct {
		name    string
		created int64 // of what only the second pass shows; the newest of the first is of 10
		pages   int
	}{{"created since", 11, 6}, {"created before the newest", 7, 8}, {"nobody knows when", 0, 8}} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
				of := func(id string, created int64) eni.Interface {
					i := eni.Interface{ID: id}
					if created > 0 {
						i.Created = time.Unix(created, 0)
					}
					return i
				}
				d := &paged{plain: p}
				d.page = func(_ context.Context, at string) (core.Page, error) {
					page := core.Page{Next: "2", Total: 1, Interfaces: []eni.Interface{of("a", 10), of("b", 5)}}
					if at != "" {
						page = core.Page{Total: 2}
						if len(d.asked) > 2 {
							page.Interfaces = append(page.Interfaces, of("c", c.created))
						}
					}
					return page, nil
				}
				ids, err := d.read(t.Context(), t, nil)
				if err != nil || !slices.Equal(ids, []string{"a", "b", "c"}) || len(d.asked) != c.pages {
					t.Errorf("got %v of %d pages, %v; want %d pages", ids, len(d.asked), err, c.pages)
				}
			})
		})
	}
}

// busy is an account in which interfaces are created and deleted all the time, the newest
// listed first.
type busy struct {
	random *rand.Rand
	all    []eni.Interface
	stable map[string]bool // those that were there all the time
	made   int
}

func newBusy(n int) *busy {
	b := &busy{random: rand.New(rand.NewPCG(1, 1)), stable: make(map[string]bool)}
	for range n {
		b.create()
		b.stable[b.all[0].ID] = true
	}
	return b
}

func (b *busy) create() {
	b.made++
	i := eni.Interface{ID: fmt.Sprintf("eni-%d", b.made), Created: time.Unix(int64(b.made), 0)}
	b.all = slices.Insert(b.all, 0, i)
}

// change creates or deletes a few interfaces.
func (b *busy) change() {
	for range 3 {
		if b.random.IntN(2) == 0 {
			b.create()
			continue
		}
		n := b.random.IntN(len(b.all))
		delete(b.stable, b.all[n].ID)
		b.all = slices.Delete(b.all, n, n+1)
	}
}

// page is a page of 30 from an offset.
func (b *busy) page(at string, overlaps bool) core.Page {
	const size = 30
	offset, _ := strconv.Atoi(at) // the first page has no offset
	from := min(offset, len(b.all))
	to := min(from+size, len(b.all))
	page := core.Page{Interfaces: slices.Clone(b.all[from:to]), Total: len(b.all)}
	if overlaps && offset > 0 {
		page.Back = strconv.Itoa(max(offset-size/2, 0))
	}
	if to < len(b.all) {
		page.Next = strconv.Itoa(to)
		if overlaps {
			page.Next = strconv.Itoa(to - 1)
		}
	}
	return page
}
