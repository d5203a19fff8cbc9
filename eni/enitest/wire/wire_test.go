// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
)

// An Observer knows the call also where the answer is lost.
func TestObserver(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.Inject(enitest.Detach, enitest.Fault{Reset: true})
	w := &observer{ResponseWriter: httptest.NewRecorder()}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the answer is not lost")
			}
		}()
		call := enitest.Call{Action: enitest.Detach, RequestID: "r1", InterfaceID: "eni-1"}
		wire.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), cloud, call, nobody{})
	}()
	if w.seen.RequestID != "r1" || w.seen.InterfaceID != "eni-1" {
		t.Errorf("%+v", w.seen)
	}
}

type observer struct {
	http.ResponseWriter
	seen enitest.Call
}

func (o *observer) Observe(call enitest.Call) { o.seen = call }

// nobody is a dialect that has nothing to say.
type nobody struct{}

func (nobody) Accepted() enitest.Reply                      { return enitest.Reply{} }
func (nobody) Described([]eni.Interface) enitest.Reply      { return enitest.Reply{} }
func (nobody) Task(enitest.TaskState, string) enitest.Reply { return enitest.Reply{} }
func (nobody) Rejected(*enitest.Rejection) enitest.Reply    { return enitest.Reply{} }
func (nobody) Failed(int, string, string) enitest.Reply     { return enitest.Reply{} }
