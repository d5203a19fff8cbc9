// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// A scene that was written and read is the same, and what is not said has its default.
func TestSceneRoundTrip(t *testing.T) {
	for name, s := range map[string]*Scene{
		"samples": NewScene(Sample{Interfaces: 3, PerInstance: 2, Leaked: 2, Addresses: 3}, Providers...),
		"one":     NewScene(small, tencent.Provider),
		"types":   readScene(t, "testdata/types.json"),
		"short":   readScene(t, "testdata/short.json"),
	} {
		text := written(t, s)
		again, err := ReadScene(name, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := written(t, again); got != text {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, text)
		}
	}
}

func readScene(t *testing.T, file string) *Scene {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadScene(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every field of every type of interface reaches a client.
func TestTypesReachAClient(t *testing.T) {
	s := readScene(t, "testdata/types.json")
	c := NewStage(s, Options{}).Clouds()[0]
	ids := []string{}
	for _, i := range s.Account(aliyun.Provider).Interfaces {
		ids = append(ids, i.ID)
	}
	found, err := client(t, c).Describe(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(found, func(a, b eni.Interface) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	got := &Scene{Clouds: []Account{{Provider: aliyun.Provider, Interfaces: found}}}
	want := &Scene{Clouds: []Account{{Provider: aliyun.Provider, Interfaces: s.Account(aliyun.Provider).Interfaces}}}
	if got, want := written(t, got), written(t, want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDefaultsOfAScene(t *testing.T) {
	s := readScene(t, "testdata/short.json")
	if len(s.Clouds) != 1 || s.Seed != DefaultSeed || s.Clouds[0].Region != "cn-hangzhou" || s.Clouds[0].Credentials.ID == "" {
		t.Errorf("%+v", s)
	}
	attached, free := s.Clouds[0].Interfaces[0], s.Clouds[0].Interfaces[1]
	if attached.Type != eni.TypeSecondary || attached.State != eni.StateInUse || !attached.Addresses[0].Primary || attached.Addresses[1].Primary {
		t.Errorf("%+v", attached)
	}
	if free.State != eni.StateAvailable {
		t.Errorf("%+v", free)
	}
}

// Two VPCs of an account may have the same addresses.
func TestOverlappingVPCs(t *testing.T) {
	text := `{"aliyun":{"interfaces":[{"id":"eni-1","vpc_id":"vpc-1","addresses":["10.0.0.1"]},{"id":"eni-2","vpc_id":"vpc-2","addresses":["10.0.0.1"]}]}}`
	if _, err := ReadScene("scene", []byte(text)); err != nil {
		t.Error(err)
	}
	if _, err := ReadScene("scene", []byte(strings.Replace(text, "vpc-2", "vpc-1", 1))); err == nil {
		t.Error("one VPC has an address twice")
	}
}

// All that is wrong with a file is told together, with its lines and fields, and with
// what is expected.
func TestWrongScenes(t *testing.T) {
	text, err := os.ReadFile("testdata/wrong.json")
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadScene("wrong.json", text)
	var bad *SceneError
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/wrong.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(bad.Texts(), "\n") + "\n"; got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTextsThatAreNoScene(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "x:1: the file is empty: want a JSON object",
		" \n ":                                "x:1: the file is empty: want a JSON object",
		"{\n\"aliyun\": {,}}":                 "x:2: no JSON: invalid character ',' looking for beginning of object key string",
		"{\n\"aliyun\": {}\n":                 "x:3: no JSON: unexpected end of JSON input",
		"{}\n{}":                              "x:2: no JSON: invalid character '{' after top-level value",
		"interfaces:\n":                       "x:1: no JSON: invalid character 'i' looking for beginning of value",
		"[]":                                  "x:1: the scene: got a list, want an object",
		"\n3":                                 "x:2: the scene: got a number, want an object",
		"{}":                                  "x:1: the scene: has no cloud: want aliyun or tencent",
		`{"azure":{}}`:                        "x:1: azure: is unknown: want aliyun, faults, seed or tencent\nx:1: the scene: has no cloud: want aliyun or tencent",
		"\ufeff" + `{"aliyun":{},"seed":-1}`:  "x:1: seed: got -1, want a whole number from 0 on",
		`{"aliyun":{},"aliyun":{}}`:           "x:1: aliyun: is there twice",
		`{"aliyun":{"interfaces":[null,""]}}`: "x:1: aliyun.interfaces[0]: got null, want an object\nx:1: aliyun.interfaces[1]: got text, want an object",
	} {
		if _, err := ReadScene("x", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: got\n%v\nwant\n%s", text, err, want)
		}
	}
}

// The scene that a fake prints contains changes in progress, and a fake accepts that scene.
func TestControlOfASceneUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := NewStage(NewScene(small, Providers...), Options{CompleteAfter: time.Hour})
		for _, c := range st.Clouds() {
			cloud := c.now.Load().cloud
			for _, call := range []enitest.Call{
				{Action: enitest.Create, RequestID: "1", Interface: eni.Interface{Type: eni.TypeSecondary}},
				{Action: enitest.Detach, RequestID: "2", InterfaceID: "eni-1", InstanceID: cloud.Interfaces()[0].InstanceID},
			} {
				if _, err := cloud.Do(t.Context(), call); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, now := ask(st, "GET", "/scene", "")
		for _, state := range []string{`"creating"`, `"detaching"`} {
			if strings.Count(now, state) != len(Providers) {
				t.Errorf("not all are %s:\n%s", state, now)
			}
		}
		if status, answer := ask(st, "PUT", "/scene", now); status != http.StatusNoContent {
			t.Errorf("status %d: %s", status, answer)
		}
		if _, again := ask(st, "GET", "/scene", ""); again != now {
			t.Errorf("it is another one now:\n%s", again)
		}
	})
}

// A running fake gives its scene, and takes another one.
func TestControlOfTheScene(t *testing.T) {
	st := NewStage(NewScene(small, Providers...), Options{})
	if _, err := unassign(t, client(t, st.Clouds()[0]), "eni-1", "10.0.1.2"); err != nil {
		t.Fatal(err)
	}
	status, now := ask(st, "GET", "/scene", "")
	if status != http.StatusOK || strings.Count(now, `"10.0.1.2"`) != 1 {
		t.Errorf("status %d:\n%s", status, now)
	}
	if status, answer := ask(st, "PUT", "/scene", strings.Replace(now, `"10.0.2.1"`, `"10.0.2"`, 1)); status != http.StatusBadRequest ||
		!strings.Contains(answer, `aliyun.interfaces[1].addresses[0]: "10.0.2" is no address`) {
		t.Errorf("status %d: %s", status, answer)
	}
	if status, answer := ask(st, "PUT", "/scene", `{"aliyun":{}}`); status != http.StatusBadRequest || !strings.Contains(answer, "other clouds") {
		t.Errorf("status %d: %s", status, answer)
	}
	if _, after := ask(st, "GET", "/scene", ""); after != now {
		t.Errorf("a scene that was refused has changed something:\n%s", after)
	}
	for range 2 { // it is the beginning now, to which a reset goes back
		if status, answer := ask(st, "PUT", "/scene", strings.ReplaceAll(now, "eni-2", "eni-7")); status != http.StatusNoContent {
			t.Errorf("status %d: %s", status, answer)
		}
		for _, c := range st.Clouds() {
			if found, err := client(t, c).Describe(t.Context(), "eni-7"); err != nil || len(found) != 1 {
				t.Errorf("%s: %d found, %v", c.Provider, len(found), err)
			}
			c.now.Load().cloud.Delete("eni-7")
		}
		st.Reset()
	}
	if status, index := ask(st, "GET", "/", ""); status != http.StatusOK || !strings.Contains(index, "PUT    /scene") {
		t.Errorf("status %d: %s", status, index)
	}
	for _, wrong := range [][2]string{{"GET", "/nothing"}, {"GET", "/faults/1"}, {"PATCH", "/scene"}} {
		if status, answer := ask(st, wrong[0], wrong[1], ""); status != http.StatusNotFound || !strings.Contains(answer, "PUT    /scene") {
			t.Errorf("%s: status %d: %s", wrong, status, answer)
		}
	}
}
