// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestRun(t *testing.T) {
	onBoth(t, func(t *testing.T, provider string) {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, provider)
			st.dir = t.TempDir()
			r := st.play()
			st.untouched()
			if !r.complete() || len(r.promises) != len(promises) || len(r.answers) != len(questions) {
				t.Errorf("got %+v", r)
			}
		})
	})
}

// A run that ends before it has asked for anything has nothing to delete, and does not say
// that something may be left.
func TestNothingWasAskedFor(t *testing.T) {
	unreachable := roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") })
	for name, test := range map[string]struct {
		change func(*stage)
		to     http.RoundTripper // nil for the cloud
		why    string
	}{
		"the secret is wrong":   {func(st *stage) { st.secret = "wrong" }, nil, "unauthenticated"},
		"the region is unknown": {func(st *stage) { st.region = "cn-nowhere" }, nil, "cannot be listed"},
		"the region is another": {func(st *stage) {
			st.region = map[string]string{"cn-hangzhou": "cn-beijing", "ap-guangzhou": "ap-beijing"}[st.region]
		}, nil, "has no interface"},
		"the instance is none":  {func(st *stage) { st.instance += "0" }, nil, "has no interface"},
		"the endpoint is wrong": {func(*stage) {}, unreachable, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, provider string) {
				synctest.Test(t, func(t *testing.T) {
					st := newStage(t, provider)
					server := st.server
					test.change(st)
					to := test.to
					if to == nil {
						to = enitest.Transport(server)
					}
					began := time.Now()
					var said strings.Builder
					r, err := run(t.Context(), t.Context(), &st.settings, to, &said)
					if err != nil || r.left != nil || r.ended == nil || !strings.Contains(r.ended.Error(), test.why) {
						t.Fatalf("ended: %v, left: %v, %v", r.ended, r.left, err)
					}
					if took := time.Since(began); took > locateFor+time.Second {
						t.Errorf("it took %s", took)
					}
					if status := conclude(&st.settings, r, nil, &said); status != exitFailed || !strings.Contains(said.String(), "Nothing is left.") {
						t.Errorf("exit status %d\n%s", status, &said)
					}
				})
			})
		})
	}
}

// Where something may be left, the program says why the run ended as well.
func TestConcludeSaysBoth(t *testing.T) {
	var said strings.Builder
	status := conclude(&settings{run: "run00001"}, &report{ended: errors.New("the run broke off"), left: errors.New("eni-1 is left")}, nil, &said)
	for _, want := range []string{"the run broke off", "eni-1 is left", "make live CLEAN=1 RUN=run00001"} {
		if status != exitLeft || !strings.Contains(said.String(), want) {
			t.Errorf("exit status %d, want %d and %q\n%s", status, exitLeft, want, &said)
		}
	}
}

// A list that is refused does not end the clean-up at once, and three in a row do.
func TestCleanUpListsAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, provider string) {
		for _, refused := range []int{refusedLists - 1, refusedLists} {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, provider)
				s, _ := st.scene()
				lists := 0
				st.cloud.Control = func(c enitest.Call) *enitest.Fault {
					if c.Action != enitest.List {
						return nil
					}
					if lists++; lists <= refused {
						return &enitest.Fault{Reason: enitest.Denied}
					}
					return nil
				}
				c := &cleaner{settings: &st.settings, client: s.client, out: testWriter{t}}
				if err := c.clean(t.Context()); (err == nil) != (refused < refusedLists) {
					t.Errorf("%d lists refused: %v", refused, err)
				}
				if refused < refusedLists {
					st.untouched()
				}
			})
		}
	})
}

// An interface that was not detached breaks one promise, and not the next one as well.
func TestNotDetached(t *testing.T) {
	onBoth(t, func(t *testing.T, provider string) {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, provider)
			st.burst = 0
			st.cloud.Inject(enitest.Detach, enitest.Fault{Code: "LimitExceeded.Test"})
			r := st.play()
			st.untouched()
			verdicts := make(map[string]verdict)
			for _, p := range r.promises {
				verdicts[p.name] = p.verdict
			}
			if verdicts["an attached interface is detached"] != broken || verdicts["a free interface is detached already"] != skipped || r.broken() != 1 {
				t.Errorf("%v", r.promises)
			}
		})
	})
}
