// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"testing/synctest"
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
