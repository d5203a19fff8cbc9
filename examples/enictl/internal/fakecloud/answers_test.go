// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// Each choice reaches its cloud: what a call is answered without it, and with it.
func TestAnswers(t *testing.T) {
	released := func(id, address string) func(*testing.T, *Cloud) string {
		return func(t *testing.T, c *Cloud) string {
			t.Helper()
			return send(t, c, "UnassignPrivateIpAddresses", asked{id: id, addresses: []string{address}})
		}
	}
	detach := func(c *Cloud, id, instance string) string {
		refused := c.now.Load().cloud.Change(enitest.Call{Action: enitest.Detach, RequestID: id + instance, InterfaceID: id, InstanceID: instance})
		if refused == nil {
			return "accepted"
		}
		return string(refused.Reason)
	}
	busy := func(t *testing.T, c *Cloud) string {
		t.Helper()
		detach(c, "eni-1", "i-1")
		return send(t, c, "UnassignPrivateIpAddresses", asked{id: "eni-1", addresses: []string{"10.0.1.2"}})
	}
	tested := make(map[string]bool)
	for _, test := range []struct {
		provider, answers string
		without, with     string
		play              func(*testing.T, *Cloud) string
	}{
		{aliyun.Provider, `"primary_code":"Some.Code"`, "InvalidIp.IpUnassigned", "Some.Code", released("eni-1", "10.0.1.1")},
		{tencent.Provider, `"primary_code":"Some.Code"`, "UnauthorizedOperation.PrimaryIp", "Some.Code", released("eni-1", "10.0.1.1")},
		{tencent.Provider, `"stale_code":"Some.Code"`, "UnsupportedOperation.AttachmentNotFound", "Some.Code", released("eni-1", "10.0.1.99")},
		{aliyun.Provider, `"conflict_code":"Some.Code"`, "Operation.Conflict", "Some.Code", busy},
		{tencent.Provider, `"conflict_code":"Some.Code"`, "UnsupportedOperation.MutexOperationTaskRunning", "Some.Code", busy},
		{tencent.Provider, `"no_instance_code":"Some.Code"`, "ResourceNotFound", "Some.Code", func(t *testing.T, c *Cloud) string {
			t.Helper()
			return send(t, c, "DetachNetworkInterface", asked{id: "eni-1", instance: "i-9"})
		}},
		{aliyun.Provider, `"missing":"refused"`, "", "InvalidEniId.NotFound", described},
		{tencent.Provider, `"missing":"left_out"`, "ResourceNotFound", "", described},
		{aliyun.Provider, `"max_addresses":12`, "InvalidParameter", "", func(t *testing.T, c *Cloud) string {
			t.Helper()
			var addresses []string
			for k := range uint8(11) {
				addresses = append(addresses, SampleAddress(1, k+2).String())
			}
			return send(t, c, "UnassignPrivateIpAddresses", asked{id: "eni-1", addresses: addresses})
		}},
		{aliyun.Provider, `"detach_free":"accepted"`, "not_attached", "accepted", func(_ *testing.T, c *Cloud) string { return detach(c, "eni-3", "i-1") }},
		{aliyun.Provider, `"detach_again":"conflict"`, "accepted", "conflict", func(_ *testing.T, c *Cloud) string {
			detach(c, "eni-1", "i-1")
			return detach(c, "eni-1", "i-1")
		}},
		{tencent.Provider, `"conflict_scope":"instance"`, "accepted", "conflict", func(_ *testing.T, c *Cloud) string {
			detach(c, "eni-1", "i-1")
			return detach(c, "eni-2", "i-1")
		}},
	} {
		name, _, _ := strings.Cut(strings.Trim(test.answers, `"`), `"`)
		tested[name] = true
		for answers, want := range map[string]string{"": test.without, test.answers: test.with} {
			scene := written(t, NewScene(Sample{Interfaces: 2, PerInstance: 2, Leaked: 1, Addresses: 20}, test.provider))
			scene = strings.Replace(scene, `"interfaces"`, `"answers": {`+answers+`}, "interfaces"`, 1)
			s, err := ReadScene("scene", []byte(scene))
			if err != nil {
				t.Fatal(err)
			}
			st := NewStage(s, Options{Faults: rules(t, "complete-after=1h")})
			if got := test.play(t, st.Clouds()[0]); got != want {
				t.Errorf("%s, %s: got %q, want %q", test.provider, answers, got, want)
			}
			if got := st.Scene(t.Context()).Clouds[0].Answers; got != s.Clouds[0].Answers {
				t.Errorf("%s, %s: the scene has %+v", test.provider, answers, got)
			}
		}
	}
	answers := reflect.TypeFor[Answers]()
	for n := range answers.NumField() {
		if name, _, _ := strings.Cut(answers.Field(n).Tag.Get("json"), ","); !tested[name] {
			t.Errorf("%s is not tested", name)
		}
	}
}

// described is the code for a description of two interfaces of which one does not exist.
// A client of ours then asks for each by itself, so that only the log shows it.
func described(t *testing.T, c *Cloud) string {
	t.Helper()
	if found, err := client(t, c).Describe(t.Context(), "eni-1", "eni-9"); err != nil || len(found) != 1 {
		t.Errorf("%d found, %v", len(found), err)
	}
	return c.stage.log.all()[0].Code
}
