// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"net/http"
	"testing"
)

// BenchmarkSend measures one change without a network: the request, its signature and
// the response.
func BenchmarkSend(b *testing.B) {
	d := newTestDriver(b, replying(http.StatusOK, `{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"}`))
	change := testChange
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Send(b.Context(), change); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefusal(b *testing.B) {
	d := newTestDriver(b, replying(http.StatusForbidden,
		`{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E","Code":"Operation.Conflict","Message":"ecs task is conflicted."}`))
	b.ReportAllocs()
	for b.Loop() {
		_, err := d.Send(b.Context(), testChange)
		if err == nil || d.Explain("Detach", err) == nil {
			b.Fatal("no error")
		}
	}
}
