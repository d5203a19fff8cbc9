// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// small is a scene with eni-1 and eni-2 on an instance each, and eni-3 that is free.
var small = Sample{Interfaces: 2, PerInstance: 1, Leaked: 1, Addresses: 4}

// rules parses faults.
func rules(t *testing.T, texts ...string) []*Fault {
	t.Helper()
	var all []*Fault
	for _, text := range texts {
		f, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// client is a client with the credentials that a cloud has now. It sends everything
// once.
func client(t *testing.T, c *Cloud) cloudeni.Client {
	t.Helper()
	keys := c.now.Load().keys()
	made, err := cloudeni.Open(cloudeni.Config{
		Provider: c.Provider, Region: c.Region(), Endpoint: "https://cloud.invalid",
		AccessKeyID: keys.ID, AccessKeySecret: keys.Secret, SecurityToken: keys.Token,
		HTTPClient: &http.Client{Transport: enitest.Transport(c)},
	}, &eni.Options{Retry: eni.Retry{MaxAttempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func unassign(t *testing.T, c cloudeni.Client, id string, addresses ...string) (*eni.Operation, error) {
	t.Helper()
	req := eni.UnassignRequest{InterfaceID: id}
	for _, a := range addresses {
		req.Addresses = append(req.Addresses, netip.MustParseAddr(a))
	}
	return c.UnassignPrivateIps(t.Context(), req)
}

// ask asks the control endpoint.
func ask(st *Stage, method, path, body string) (status int, answer string) {
	w := httptest.NewRecorder()
	st.Control().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		panic(err) // it is in memory
	}
	return w.Code, string(text)
}

// onEach runs a test for each cloud, in virtual time.
func onEach(t *testing.T, test func(t *testing.T, st *Stage, c *Cloud), faults ...string) {
	t.Helper()
	for _, provider := range Providers {
		t.Run(provider, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := NewStage(NewScene(small, provider), Options{Faults: rules(t, faults...)})
				test(t, st, st.Clouds()[0])
			})
		})
	}
}

// has is what is on an interface.
func has(t *testing.T, c *Cloud, id string) (on []string) {
	t.Helper()
	i, ok := c.now.Load().cloud.Get(id)
	if !ok {
		t.Fatalf("there is no %s", id)
	}
	for _, a := range i.Addresses {
		on = append(on, a.Addr.String())
	}
	return on
}

// A reset brings back addresses, interfaces, keys and faults, and forgets the requests.
func TestReset(t *testing.T) {
	onEach(t, func(t *testing.T, st *Stage, c *Cloud) {
		before := st.Scene(t.Context())
		if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); eni.KindOf(err) != eni.ErrConflict {
			t.Fatalf("the fault of the beginning did not meet: %v", err)
		}
		if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); err != nil {
			t.Fatal(err)
		}
		c.now.Load().cloud.Delete("eni-2")
		if slices.Contains(has(t, c, "eni-1"), "10.0.1.2") {
			t.Fatal("nothing was released")
		}
		if status, _ := ask(st, "POST", "/reset", ""); status != http.StatusNoContent {
			t.Errorf("status %d", status)
		}
		if got, want := written(t, st.Scene(t.Context())), written(t, before); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if n := len(st.log.all()); n != 0 {
			t.Errorf("%d requests are remembered", n)
		}
		if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); eni.KindOf(err) != eni.ErrConflict {
			t.Errorf("the fault of the beginning is spent: %v", err)
		}
	}, "conflict:1")
}

// A change in progress at a reset has no effect after it.
func TestResetEndsWhatIsUnderWay(t *testing.T) {
	onEach(t, func(t *testing.T, st *Stage, c *Cloud) {
		if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); err != nil {
			t.Fatal(err)
		}
		st.Reset()
		synctest.Wait()
		if !slices.Contains(has(t, c, "eni-1"), "10.0.1.2") {
			t.Error("the address is gone")
		}
		if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.3"); err != nil {
			t.Errorf("the interface is busy: %v", err)
		}
	}, "complete-after=1h")
}

func written(t *testing.T, s *Scene) string {
	t.Helper()
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A session's credentials expire: the old ones are refused as expired, and the new ones
// are good.
func TestExpire(t *testing.T) {
	for _, provider := range Providers {
		t.Run(provider, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := NewScene(small, provider)
				s.SetTokens()
				st := NewStage(s, Options{})
				c := st.Clouds()[0]
				old := client(t, c)
				if _, err := old.Describe(t.Context(), "eni-1"); err != nil {
					t.Fatal(err)
				}
				if status, answer := ask(st, "POST", "/credentials/expire?provider="+provider, ""); status != http.StatusOK || !strings.Contains(answer, SampleToken+"1") {
					t.Fatalf("status %d: %s", status, answer)
				}
				if _, err := old.Describe(t.Context(), "eni-1"); eni.KindOf(err) != eni.ErrUnauthenticated {
					t.Errorf("expired keys: %v", err)
				}
				if _, err := client(t, c).Describe(t.Context(), "eni-1"); err != nil {
					t.Errorf("new keys: %v", err)
				}
				if status, answer := ask(st, "GET", "/credentials", ""); status != http.StatusOK || !strings.Contains(answer, c.now.Load().keys().Token) {
					t.Errorf("status %d: %s", status, answer)
				}
				st.Reset()
				if _, err := old.Describe(t.Context(), "eni-1"); err != nil {
					t.Errorf("keys of the beginning after a reset: %v", err)
				}
			})
		})
	}
}

func TestLastingKeysDoNotExpire(t *testing.T) {
	st := NewStage(NewScene(small, Providers...), Options{})
	if status, answer := ask(st, "POST", "/credentials/expire", ""); status != http.StatusConflict || !strings.Contains(answer, "--session") {
		t.Errorf("status %d: %s", status, answer)
	}
	if status, answer := ask(st, "POST", "/credentials/expire?provider=azure", ""); status != http.StatusConflict || !strings.Contains(answer, `"azure"`) {
		t.Errorf("status %d: %s", status, answer)
	}
}

func TestEnv(t *testing.T) {
	s := NewScene(small, Providers...)
	s.SetTokens()
	var names []string
	for _, c := range NewStage(s, Options{}).Clouds() {
		for _, v := range c.Env() {
			names = append(names, v.Name)
		}
	}
	want := "ALIBABA_CLOUD_ACCESS_KEY_ID ALIBABA_CLOUD_ACCESS_KEY_SECRET ALIBABA_CLOUD_SECURITY_TOKEN TENCENTCLOUD_SECRET_ID TENCENTCLOUD_SECRET_KEY TENCENTCLOUD_TOKEN"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s", got)
	}
	if len(NewStage(NewScene(small, aliyun.Provider), Options{}).Clouds()[0].Env()) != 2 {
		t.Error("lasting keys have a token")
	}
}

// The instances and subnets of a scene are in the cloud, and those that interfaces name.
func TestInstancesAndSubnets(t *testing.T) {
	st := NewStage(readScene(t, "testdata/types.json"), Options{})
	cloud := st.Clouds()[0].now.Load().cloud
	var got []string
	for _, i := range cloud.Instances() {
		got = append(got, i.ID+" "+string(i.State))
	}
	if want := "i-1 running, i-2 stopped, i-3 running"; strings.Join(got, ", ") != want {
		t.Errorf("got %s", got)
	}
	for subnet, want := range map[string]bool{"vsw-2": true, "vsw-3": false} {
		refused := cloud.Change(enitest.Call{Action: enitest.Create, RequestID: subnet, Interface: eni.Interface{SubnetID: subnet}})
		if (refused == nil) != want {
			t.Errorf("%s: %v", subnet, refused)
		}
	}
	if text := written(t, st.Scene(t.Context())); !strings.Contains(text, `"vsw-2"`) || !strings.Contains(text, `"10.0.1.4"`) {
		t.Errorf("the scene lacks something:\n%s", text)
	}
}

// The seed and the faults of the command line stay after a reset, and so does the time
// that every change takes.
func TestOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewScene(small, tencent.Provider)
		s.Clouds[0].Region, s.Faults = "ap-beijing", []string{"slow=1s"}
		st := NewStage(s, Options{Seed: 7, Faults: rules(t, "throttle:1"), CompleteAfter: time.Hour})
		c := st.Clouds()[0]
		for range 2 {
			if seed := st.Scene(t.Context()).Seed; seed != 7 || st.faults.seed != 7 || len(st.faults.list()) != 2 || c.Region() != "ap-beijing" {
				t.Errorf("seed %d and %d, %d faults, %s", seed, st.faults.seed, len(st.faults.list()), c.Region())
			}
			if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); !errors.Is(err, eni.ErrThrottled) {
				t.Error(err)
			}
			if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); err != nil {
				t.Error(err)
			}
			time.Sleep(59 * time.Minute)
			if !slices.Contains(has(t, c, "eni-1"), "10.0.1.2") {
				t.Error("it is gone before its time")
			}
			st.Reset()
		}
	})
}
