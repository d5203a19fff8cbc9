// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// roundTripper is a function that is one.
type roundTripper func(*http.Request) (*http.Response, error)

func (rt roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return rt(r) }

// A run that is interrupted, at whichever request, leaves nothing: when the request is
// lost, and when the cloud carries it out.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, provider string) {
		for at := 1; at < 260; at += 9 {
			for _, carriedOut := range []bool{true, false} {
				t.Run(fmt.Sprintf("request %d, carried out %t", at, carriedOut), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { interruptedAt(t, provider, at, carriedOut) })
				})
			}
		}
	})
}

func interruptedAt(t *testing.T, provider string, at int, carriedOut bool) {
	st := newStage(t, provider)
	st.burst = 0
	completes(time.Second)(st)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var sent atomic.Int64
	next := enitest.Transport(st.server)
	to := roundTripper(func(r *http.Request) (*http.Response, error) {
		if sent.Add(1) != int64(at) {
			return next.RoundTrip(r)
		}
		if carriedOut {
			_, _ = next.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
		}
		interrupt()
		return nil, context.Canceled
	})
	r, err := run(ctx, t.Context(), &st.settings, to, testWriter{t})
	if err != nil || r.left != nil || r.ended == nil {
		t.Errorf("ended: %v, left: %v, %v", r.ended, r.left, err)
	}
	st.untouched()
}

// A creation that the cloud carries out when the run has been interrupted and its first
// list shows nothing is found as well.
func TestLateCreation(t *testing.T) {
	onBoth(t, func(t *testing.T, provider string) {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, provider)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			next := enitest.Transport(st.server)
			to := roundTripper(func(r *http.Request) (*http.Response, error) {
				if action(r) != "CreateNetworkInterface" {
					return next.RoundTrip(r)
				}
				time.AfterFunc(time.Second, func() { _, _ = next.RoundTrip(r.WithContext(context.WithoutCancel(r.Context()))) })
				interrupt()
				return nil, context.Canceled
			})
			if r, err := run(ctx, t.Context(), &st.settings, to, testWriter{t}); err != nil || r.left != nil {
				t.Errorf("left: %v, %v", r.left, err)
			}
			time.Sleep(time.Minute)
			st.untouched()
		})
	})
}

// A run whose answers are lost now and then creates no more than it says, and leaves
// nothing.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, provider string) {
		for _, every := range []int64{2, 3, 5, 7, 11} {
			t.Run(fmt.Sprintf("each %d", every), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					st := newStage(t, provider)
					st.burst = 0
					completes(time.Second)(st)
					var sent atomic.Int64
					next := enitest.Transport(st.server)
					to := roundTripper(func(r *http.Request) (*http.Response, error) {
						n := sent.Add(1)
						lost := n%every == 0 && !strings.HasPrefix(action(r), "Describe")
						if lost && n%2 == 0 {
							return nil, io.ErrUnexpectedEOF // before the cloud has it
						}
						resp, err := next.RoundTrip(r)
						if lost {
							return nil, io.ErrUnexpectedEOF
						}
						return resp, err
					})
					r, err := run(t.Context(), context.WithoutCancel(t.Context()), &st.settings, to, testWriter{t})
					if err != nil || r.left != nil || r.ended != nil {
						t.Errorf("ended: %v, left: %v, %v", r.ended, r.left, err)
					}
					st.untouched()
					created := make(map[string]bool)
					for _, c := range st.cloud.History() {
						if c.Created {
							created[c.Call.InterfaceID] = true
						}
					}
					if len(created) == 0 || len(created) > maxCreated {
						t.Errorf("%d interfaces were created", len(created))
					}
					for _, p := range r.promises {
						if p.verdict == broken {
							t.Errorf("%s: %s", p.name, p.text)
						}
					}
				})
			})
		}
	})
}

// A step that fails ends nothing but itself, and leaves nothing.
func TestFailedSteps(t *testing.T) {
	for name, test := range map[string]struct {
		fails   func(enitest.Call) bool
		ended   string
		verdict map[string]verdict
	}{
		"nothing is created": {func(c enitest.Call) bool { return c.Action == enitest.Create }, "no interface is created: LimitExceeded.Test", nil},
		"nothing is attached": {func(c enitest.Call) bool { return c.Action == enitest.Attach }, "", map[string]verdict{
			"an attached interface is detached": skipped, "an address is released": kept,
		}},
		"no address is assigned": {func(c enitest.Call) bool { return c.Action == enitest.Assign }, "", map[string]verdict{
			"an address is released": skipped, "an attached interface is detached": kept,
		}},
		"nothing is released": {func(c enitest.Call) bool { return c.Action == enitest.UnassignPrivateIps }, "", map[string]verdict{
			"an address is released": broken, "an attached interface is detached": kept,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, provider string) {
				synctest.Test(t, func(t *testing.T) {
					st := newStage(t, provider)
					st.burst = 0
					st.cloud.Control = func(c enitest.Call) *enitest.Fault {
						if test.fails(c) {
							return &enitest.Fault{Code: "LimitExceeded.Test"}
						}
						return nil
					}
					r := st.play()
					st.untouched()
					if r.left != nil || (r.ended == nil) != (test.ended == "") || r.ended != nil && !strings.Contains(r.ended.Error(), test.ended) {
						t.Errorf("ended: %v, left: %v", r.ended, r.left)
					}
					for _, p := range r.promises {
						if want, ok := test.verdict[p.name]; ok && p.verdict != want {
							t.Errorf("%s: %s, %s", p.name, p.verdict, p.text)
						}
					}
				})
			})
		})
	}
}

// An interface of the run that somebody has attached to another instance is left there,
// and named.
func TestAttachedElsewhereIsLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, provider string) {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, provider)
			st.cloud.Put(
				eni.Interface{
					ID: "eni-own00001", Name: namePrefix(st.run) + "7", Tags: map[string]string{tagKey: st.run}, SubnetID: st.subnet,
					Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: st.instance + "other",
				},
				eni.Interface{
					ID: "eni-own00002", Name: namePrefix("another1") + "7", Tags: map[string]string{tagKey: "another1"},
					Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: st.instance,
				},
			)
			c := &cleaner{settings: &st.settings, out: testWriter{t}}
			var err error
			if c.client, err = open(&st.settings, enitest.Transport(st.server)); err != nil {
				t.Fatal(err)
			}
			// First those of the run alone, then of every run.
			for _, left := range []string{"eni-own00002", ""} {
				err = c.clean(t.Context())
				if err == nil || !strings.Contains(err.Error(), "eni-own00001") || !strings.Contains(err.Error(), st.instance+"other") {
					t.Errorf("want the interface and its instance, got %v", err)
				}
				if _, there := st.cloud.Get("eni-own00002"); there != (left != "") {
					t.Errorf("run %q: the other run's interface is there: %t", c.run, there)
				}
				st.run, st.subnet = "", ""
			}
			if i, _ := st.cloud.Get("eni-own00001"); i.InstanceID != st.instance+"other" {
				t.Errorf("the interface is on %q", i.InstanceID)
			}
		})
	})
}
