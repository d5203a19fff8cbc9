// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A description that is refused says nothing of what a release has done.
func TestUndescribedIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ask   func(context.Context, *scene, *actors) (string, error)
		batch int // the release behind which descriptions are refused has so many addresses
	}{
		"a batch":               {refusedBatch, 3},
		"the release before it": {refusedBatch, 1},
		"the code":              {goneCode, 1},
		"the time":              {shownAfter, 1},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, provider string) {
				synctest.Test(t, func(t *testing.T) {
					st := newStage(t, provider)
					s, on := st.scene()
					released := false
					st.cloud.Control = func(c enitest.Call) *enitest.Fault {
						released = released || c.Action == enitest.UnassignPrivateIps && len(c.Addresses) == test.batch
						if released && c.Action == enitest.Describe {
							return &enitest.Fault{Reason: enitest.Denied}
						}
						return nil
					}
					if said, err := test.ask(t.Context(), s, on); err == nil {
						t.Errorf("the answer is %q", said)
					}
				})
			})
		})
	}
}

// scene is what the questions are asked of.
func (st *stage) scene() (*scene, *actors) {
	st.Helper()
	rec, err := newRecorder(enitest.Transport(st.server), newScrubber(&st.settings), "")
	if err != nil {
		st.Fatal(err)
	}
	s := &scene{settings: &st.settings, api: newAPI(&st.settings, rec), requests: rec.requests, throttled: rec.throttledSo}
	if s.client, err = open(&st.settings, rec); err != nil {
		st.Fatal(err)
	}
	s.witness = s.client
	if err := s.locate(st.Context()); err != nil {
		st.Fatal(err)
	}
	on, err := s.cast(st.Context())
	if err != nil {
		st.Fatal(err)
	}
	return s, on
}
