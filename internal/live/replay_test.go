// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A recording, replayed through the adapters and the whole program, gives the same report
// as the run that it was made in.
func TestRecordingIsReplayed(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*stage){
		"at once": func(*stage) {},
		"in a while": both(completes(3*time.Second), func(st *stage) {
			st.cloud.PartialBatches, st.cloud.ConflictScope = true, enitest.ConflictOfInstance
			st.cloud.Control = func(c enitest.Call) *enitest.Fault {
				if c.Action == enitest.UnassignPrivateIps {
					return &enitest.Fault{AnswerAfter: time.Second}
				}
				return nil
			}
		}),
		"throttled": throttled(60, time.Minute, inSeconds),
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, provider string) {
				synctest.Test(t, func(t *testing.T) { replays(t, provider, set) })
			})
		})
	}
}

func replays(t *testing.T, provider string, set func(*stage)) {
	st := newStage(t, provider)
	st.dir = t.TempDir()
	set(st)
	want := st.play()
	if len(want.withheld) > 0 {
		t.Errorf("exchanges were withheld: %v", want.withheld)
	}
	to, err := enitest.Replay(os.DirFS(st.dir + "/recording"))
	if err != nil {
		t.Fatal(err)
	}
	s := replayed(&st.settings)
	got, err := run(t.Context(), context.WithoutCancel(t.Context()), &s, to, testWriter{t})
	if err != nil {
		t.Fatal(err)
	}
	if got.ended != nil || got.left != nil {
		t.Errorf("the replay ended: %v, %v", got.ended, got.left)
	}
	if !slices.Equal(got.promises, want.promises) || !slices.Equal(got.answers, want.answers) {
		t.Errorf("got\n%+v\n%+v\nwant\n%+v\n%+v", got.promises, got.answers, want.promises, want.answers)
	}
}

// replayed are the settings with which a recording is replayed: its placeholders, and
// another key.
func replayed(s *settings) settings {
	v := vendors[s.provider]
	r := *s
	r.subnet, r.securityGroup, r.instance = v.subnet+"placeholder1", "sg-placeholder1", v.instance+"placeholder1"
	r.keyID, r.secret, r.token, r.dir = "another-key", "another-secret", "", ""
	return r
}
