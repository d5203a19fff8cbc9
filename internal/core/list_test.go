// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// paged is a driver whose pages the test sets.
type paged struct {
	*plain

	asked []string // which pages were asked for
	page  func(ctx context.Context, at string) (core.Page, error)
}

func (d *paged) List(ctx context.Context, _ eni.Filter, at string) (core.Page, error) {
	d.asked = append(d.asked, at)
	return d.page(ctx, at)
}

// book has the pages of a list, by name.
type book map[string]core.Page

// pageOf is a page of a list with these interfaces.
func pageOf(next string, total int, back string, ids ...string) core.Page {
	p := core.Page{Next: next, Total: total, Back: back}
	for _, id := range ids {
		p.Interfaces = append(p.Interfaces, eni.Interface{ID: id})
	}
	return p
}

// read returns the ids of a list and its error, which must come last and alone.
func (d *paged) read(ctx context.Context, t *testing.T, opts *eni.Options) (ids []string, err error) {
	t.Helper()
	for i, e := range core.New(plainCloud(d), opts).List(ctx, eni.Filter{}) {
		if err != nil {
			t.Errorf("something comes after the error: %q, %v", i.ID, e)
		}
		if err = e; err == nil {
			ids = append(ids, i.ID)
		} else if i.ID != "" {
			t.Errorf("%q comes with the error", i.ID)
		}
	}
	return ids, err
}

// A list that does not shift is read once. After a sign of a shift it is read again, which
// finds the missed interfaces. Of pages that overlap, only an earlier one is read.
func TestAListIsReadAgainWhereItsPagesHaveShifted(t *testing.T) {
	for _, c := range []struct {
		name  string
		first book // the first pass
		then  book // and the others
		asked string
		want  string
	}{
		{"nothing shifts", book{
			"":  pageOf("2", 3, "", "a", "b"),
			"2": pageOf("", 3, "1", "b", "c"),
		}, nil, " 2", "a b c"},
		{"the total changes", book{
			"":  pageOf("2", 4, "", "a", "b"),
			"2": pageOf("", 3, "", "d"),
		}, book{
			"":  pageOf("2", 3, "", "b", "c"),
			"2": pageOf("", 3, "", "d"),
		}, " 2  2", "a b d c"},
		{"the total changes although it grows from none", book{
			"":  pageOf("2", 0, "", "a"),
			"2": pageOf("", 2, "", "b"),
		}, book{
			"":  pageOf("2", 2, "", "a"),
			"2": pageOf("", 2, "", "b"),
		}, " 2  2", "a b"},
		{"the overlap is another interface", book{
			"":  pageOf("3", 4, "", "a", "b"),
			"3": pageOf("", 4, "2", "d", "e"),
			"2": pageOf("4", 4, "1", "b", "c"),
			"4": pageOf("", 4, "3", "c", "d", "e"),
		}, nil, " 3 2 4", "a b c d e"},
		{"the page that did not join is read again", book{
			"":  pageOf("3", 5, "", "a", "b"),
			"3": pageOf("", 5, "2", "d", "e"),
			"2": pageOf("3", 5, "1", "b", "c", "d"),
		}, nil, " 3 2 3", "a b c d e"},
		{"the total of pages that overlap changes", book{
			"":  pageOf("2", 3, "", "a", "b"),
			"2": pageOf("", 4, "1", "b", "c"),
		}, nil, " 2", "a b c"},
		{"the first page comes back", book{
			"":  pageOf("2", 4, "", "a", "b"),
			"2": pageOf("", 4, "1", "d"),
			"1": pageOf("3", 3, "0", "x", "c"),
			"0": pageOf("3", 3, "", "x", "c", "d"),
			"3": pageOf("", 3, "2", "d"),
		}, nil, " 2 1 0 3", "a b x c d"},
		{"all passes shift, and nothing new comes", book{
			"":  pageOf("2", 2, "", "a"),
			"2": pageOf("", 3, "", "b"),
		}, nil, " 2  2  2", "a b"},
		{"the overlap is gone", book{
			"":  pageOf("2", 2, "", "a", "b"),
			"2": pageOf("", 2, "1"),
			"1": pageOf("", 2, "0", "b", "c"),
		}, nil, " 2 1", "a b c"},
		{"pages that do not overlap", book{
			"":  pageOf("2", 0, "", "a", "b"),
			"2": pageOf("", 0, "", "c", "d"),
		}, nil, " 2", "a b c d"},
		{"the first page is empty", book{
			"":  pageOf("2", 1, ""),
			"2": pageOf("", 1, "1", "a"),
			"1": pageOf("", 1, "0", "a"),
			"0": pageOf("", 1, "", "a"),
		}, nil, " 2 1 0", "a"},
		{"there is nothing, and then there is", book{
			"":  pageOf("2", 1, ""),
			"2": pageOf("", 0, ""),
		}, book{
			"": pageOf("", 1, "", "a"),
		}, " 2 ", "a"},
		{"there is nothing", book{"": pageOf("", 0, "")}, nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
				passes := 0
				d := &paged{plain: p}
				d.page = func(_ context.Context, at string) (core.Page, error) {
					if at == "" {
						passes++
					}
					if passes > 1 && c.then != nil {
						return c.then[at], nil
					}
					return c.first[at], nil
				}
				ids, err := d.read(t.Context(), t, nil)
				if got := strings.Join(ids, " "); err != nil || got != c.want {
					t.Errorf("got %q, %v; want %q", got, err, c.want)
				}
				if got := strings.Join(d.asked, " "); got != c.asked {
					t.Errorf("asked for the pages %q, want %q", got, c.asked)
				}
			})
		})
	}
}

// A list that keeps shifting ends with an error after ten passes.
func TestAListThatShiftsAllTheTimeEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		d := &paged{plain: p}
		d.page = func(_ context.Context, at string) (core.Page, error) {
			if at == "" {
				return pageOf("2", len(d.asked), "", fmt.Sprintf("eni-%d", len(d.asked))), nil
			}
			return pageOf("", 0, ""), nil
		}
		ids, err := d.read(t.Context(), t, nil)
		if !errors.Is(err, eni.ErrConflict) || len(ids) != 10 || len(d.asked) != 20 {
			t.Errorf("got %d interfaces of %d pages, %v", len(ids), len(d.asked), err)
		}
		var e *eni.Error
		if !errors.As(err, &e) || e.Provider != "plain" || e.Op != eni.OpList {
			t.Errorf("the error does not say what it is about: %#v", e)
		}
	})
}

// Pages that never overlap although they should end with an error too.
func TestAListWhosePagesNeverJoinEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		d := &paged{plain: p}
		d.page = func(_ context.Context, at string) (core.Page, error) {
			return pageOf("2", 9, at, fmt.Sprintf("eni-%d", len(d.asked))), nil
		}
		if ids, err := d.read(t.Context(), t, nil); !errors.Is(err, eni.ErrConflict) || len(ids) != 1 || len(d.asked) > 20 {
			t.Errorf("got %v of %d pages, %v", ids, len(d.asked), err)
		}
	})
}

func TestAListWhosePagesAreACircleEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		circle := book{"": pageOf("2", 0, "", "a"), "2": pageOf("3", 0, "", "b"), "3": pageOf("2", 0, "", "c")}
		d := &paged{plain: p, page: func(_ context.Context, at string) (core.Page, error) { return circle[at], nil }}
		if ids, err := d.read(t.Context(), t, nil); !errors.Is(err, eni.ErrUnavailable) || len(ids) != 3 || len(d.asked) != 3 {
			t.Errorf("got %v of %d pages, %v", ids, len(d.asked), err)
		}
	})
}

func TestALoopThatBreaksOnALaterPageAsksForNoMore(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		pages := book{"": pageOf("2", 0, "", "a"), "2": pageOf("3", 1, "", "b"), "3": pageOf("", 2, "", "c")}
		d := &paged{plain: p, page: func(_ context.Context, at string) (core.Page, error) { return pages[at], nil }}
		for i, err := range core.New(plainCloud(d), nil).List(t.Context(), eni.Filter{}) {
			if err != nil {
				t.Error(err)
			}
			if i.ID == "b" {
				break
			}
		}
		if !slices.Equal(d.asked, []string{"", "2"}) {
			t.Errorf("asked for %q", d.asked)
		}
	})
}

func TestACloudWithoutListsCannotList(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		type unlisted struct{ core.Driver }
		n := 0
		for _, err := range core.New(plainCloud(unlisted{p}), nil).List(t.Context(), eni.Filter{}) {
			if n++; !errors.Is(err, eni.ErrUnsupported) {
				t.Errorf("got %v", err)
			}
		}
		if n != 1 {
			t.Errorf("%d errors", n)
		}
	})
}

// A list whose context has ended makes no request.
func TestAListOfAContextThatHasEndedAsksForNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		d := &paged{plain: p}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := d.read(ctx, t, nil)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "already") || len(d.asked) > 0 {
			t.Errorf("asked for %q, %v", d.asked, err)
		}
	})
}

// The attempts and the time of the retries bound each page.
func TestTheBudgetBoundsAPage(t *testing.T) {
	for _, c := range []struct {
		name     string
		retry    eni.Retry
		failures int // of each page, in a row
		err      error
		asked    int
		took     time.Duration
	}{
		{"attempts that are enough", eni.Retry{MaxAttempts: 3, MaxElapsed: -1}, 2, nil, 6, 4 * time.Second},
		{"attempts that are not", eni.Retry{MaxAttempts: 3, MaxElapsed: -1}, 3, eni.ErrConflict, 3, 2 * time.Second},
		{"one attempt", eni.Retry{MaxAttempts: 1}, 1, eni.ErrConflict, 1, 0},
		{"no bound of attempts", eni.Retry{MaxAttempts: -1, MaxElapsed: -1}, 200, nil, 402, 400 * time.Second},
		{"time that is enough", eni.Retry{MaxAttempts: -1, MaxElapsed: 2 * time.Second}, 2, nil, 6, 4 * time.Second},
		{"time that is not", eni.Retry{MaxAttempts: -1, MaxElapsed: 1999 * time.Millisecond}, 2, eni.ErrConflict, 2, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
				c.retry.Backoff = func() eni.Backoff { return pauses(time.Second) }
				pages := book{"": pageOf("2", 0, "", "a"), "2": pageOf("", 0, "", "b")}
				failed := 0
				d := &paged{plain: p}
				d.page = func(_ context.Context, at string) (core.Page, error) {
					if failed++; failed <= c.failures {
						return core.Page{}, &refused{answer: answer{Reason: enitest.Conflict}}
					}
					failed = 0
					return pages[at], nil
				}
				began := time.Now()
				_, err := d.read(t.Context(), t, &eni.Options{Retry: c.retry})
				if took := time.Since(began); !errors.Is(err, c.err) || len(d.asked) != c.asked || took != c.took {
					t.Errorf("got %v after %s and %d requests; want %v after %s and %d", err, took, len(d.asked), c.err, c.took, c.asked)
				}
				var e *eni.Error
				if errors.As(err, &e) && e.Attempts != c.asked {
					t.Errorf("the error tells of %d attempts", e.Attempts)
				}
			})
		})
	}
}

// A request that is lost on an idle connection costs no attempt and no pause.
func TestAPageThatIsLostOnAnIdleConnectionIsNoAttempt(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		lost := times(3, &hinted{text: "connection reset", idle: true})
		d := &paged{plain: p, page: func(context.Context, string) (core.Page, error) { return pageOf("", 0, "", "a"), lost() }}
		began := time.Now()
		ids, err := d.read(t.Context(), t, &eni.Options{Retry: eni.Retry{MaxAttempts: 1}})
		if err != nil || len(ids) != 1 || len(d.asked) != 4 || time.Since(began) > soon {
			t.Errorf("got %v, %v after %d requests and %s", ids, err, len(d.asked), time.Since(began))
		}
	})
}

// If the context ends in a pause, before a permit or in a request, the error has the last
// answer, if there was one.
func TestAListEndsWithItsContext(t *testing.T) {
	for _, c := range []struct {
		name  string
		opts  eni.Options
		page  func(context.Context, string) (core.Page, error)
		asked int
		says  string
	}{
		{"in a pause", eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(time.Minute) }}},
			func(context.Context, string) (core.Page, error) {
				return core.Page{}, &refused{answer: answer{Reason: enitest.Conflict, Message: "busy"}}
			}, 1, "context deadline exceeded; last answer: busy"},
		{"before a permit", eni.Options{Rates: eni.Rates{Describe: 0.01}},
			func(_ context.Context, at string) (core.Page, error) { return pageOf(at+"2", 0, "", "a"), nil },
			1, "context deadline exceeded before the cloud answered"},
		{"before the permit of another try", eni.Options{Rates: eni.Rates{Describe: 0.01}, Retry: eni.Retry{Backoff: func() eni.Backoff { return pauses(0) }}},
			func(context.Context, string) (core.Page, error) {
				return core.Page{}, &refused{answer: answer{Reason: enitest.Conflict, Message: "busy"}}
			}, 1, "context deadline exceeded; last answer: busy"},
		{"in a request that is refused", eni.Options{}, func(ctx context.Context, _ string) (core.Page, error) {
			<-ctx.Done()
			return core.Page{}, &refused{answer: answer{Reason: enitest.Denied, Message: "denied"}}
		}, 1, "context deadline exceeded; last answer: denied"},
		{"in a request", eni.Options{}, func(ctx context.Context, _ string) (core.Page, error) {
			<-ctx.Done()
			return core.Page{}, ctx.Err()
		}, 1, "context deadline exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
				d := &paged{plain: p, page: c.page}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				began := time.Now()
				_, err := d.read(ctx, t, &c.opts)
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), c.says) || time.Since(began) != 10*time.Second || len(d.asked) != c.asked {
					t.Errorf("got %v after %s and %d requests", err, time.Since(began), len(d.asked))
				}
			})
		})
	}
}

// The client filters if the cloud does not.
func TestAListIsFilteredWhereTheCloudDoesNot(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		d := &paged{plain: p, page: func(context.Context, string) (core.Page, error) {
			return core.Page{Interfaces: []eni.Interface{{ID: "a", VPCID: "vpc-1"}, {ID: "b", VPCID: "vpc-2"}}}, nil
		}}
		for i, err := range core.New(plainCloud(d), nil).List(t.Context(), eni.Filter{VPCID: "vpc-2"}) {
			if err != nil || i.ID != "b" {
				t.Errorf("got %s, %v", i.ID, err)
			}
		}
	})
}

// The cloud's retry hint also delays the next page.
func TestAHintHoldsTheNextPage(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		lost := times(1, &hinted{text: "come back later", retryAfter: 20 * time.Second})
		d := &paged{plain: p, page: func(context.Context, string) (core.Page, error) { return pageOf("", 0, "", "a"), lost() }}
		began := time.Now()
		if _, err := d.read(t.Context(), t, nil); err != nil || time.Since(began) != 20*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// A panic while a page is read reaches the loop.
func TestAPanicInAPageReachesTheLoop(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		d := &paged{plain: p, page: func(context.Context, string) (core.Page, error) { panic("page") }}
		defer func() {
			if thrown := recover(); thrown == nil || !strings.Contains(fmt.Sprint(thrown), "page") || len(d.asked) != 1 {
				t.Errorf("got %v after %d requests", thrown, len(d.asked))
			}
		}()
		_, err := d.read(t.Context(), t, nil)
		t.Errorf("got %v", err)
	})
}
