// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheStory(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"Alibaba Cloud at http://127.0.0.1:", "Tencent Cloud at http://127.0.0.1:",
		"conflict (Operation.Conflict)", "conflict (UnsupportedOperation.MutexOperationTaskRunning)",
		"24 released: 10.0.0.11 … 10.0.0.34", "1 absent: 10.0.0.35", "Both clouds show the expected results.",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the timeline lacks %q:\n%s", want, out.String())
		}
	}
}
