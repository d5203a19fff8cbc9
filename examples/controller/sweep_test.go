// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/internal/release"
)

func TestSweepFlags(t *testing.T) {
	s, err := parse([]string{
		"-sweep-in", "aliyun/cn-hangzhou=ns/account", "-sweep-in", "tencent/ap-guangzhou=ns/other,aliyun/cn-beijing=ns/account",
		"-sweep-tag", "cluster=c1", "-sweep-tag", "left-by=cni", "-sweep-keep-tag", "keep",
		"-sweep-interval", "2h", "-sweep-grace", "20m", "-sweep-max", "7", "-sweep-dry-run",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.sweep.places.String(); got != "aliyun/cn-hangzhou=ns/account,tencent/ap-guangzhou=ns/other,aliyun/cn-beijing=ns/account" {
		t.Errorf("places %s", got)
	}
	req := s.sweep.request()
	if !maps.Equal(req.Filter.Tags, map[string]string{"cluster": "c1", "left-by": "cni"}) || !maps.Equal(req.KeepTags, map[string]string{"keep": ""}) {
		t.Errorf("tags %v, kept %v", req.Filter.Tags, req.KeepTags)
	}
	if req.Grace != 20*time.Minute || req.Max != 7 || s.sweep.interval != 2*time.Hour || !s.sweep.dryRun {
		t.Errorf("%+v", s.sweep)
	}
	for args, want := range map[string]string{
		"-sweep-in aliyun/cn-hangzhou=ns/x":                                     "want a tag",
		"-sweep-tag a=b":                                                        "want a place",
		"-sweep-tag =b -sweep-in aliyun/cn-hangzhou=ns/x":                       "want a tag such as key=value",
		"-sweep-tag a= -sweep-in aliyun/cn-hangzhou=ns/x":                       "want key=value, or key alone",
		"-sweep-tag a=b -sweep-tag a=c -sweep-in aliyun/cn-hangzhou=ns/x":       "each key once",
		"-sweep-tag a=b -sweep-in aliyun/cn-hangzhou":                           "want -identity, or a Secret",
		"-sweep-tag a=b -sweep-in cn-hangzhou=ns/x":                             "want provider/region",
		"-sweep-tag a=b -sweep-in gcp/europe=ns/x":                              "want provider/region",
		"-sweep-tag a=b -sweep-in aliyun/cn-hangzhou=x":                         "invalid Secret",
		"-sweep-tag a=b -sweep-in aliyun/cn-hangzhou=ns/x -sweep-grace 0s":      "want both positive",
		"-sweep-tag a=b -sweep-in aliyun/cn-hangzhou=ns/x -sweep-interval -1s":  "want both positive",
		"-sweep-tag a=b -sweep-in aliyun/cn-hangzhou=ns/x -sweep-max 0":         "want 1 or more",
		"-sweep-tag a=b -sweep-in aliyun/cn-hangzhou -identity=instance":        "",
		"-sweep-tag a -sweep-in aliyun/cn-hangzhou=ns/x -sweep-keep-tag a=keep": "",
	} {
		var said bytes.Buffer
		if _, err := parse(strings.Fields(args), &said); (err == nil) != (want == "") || !strings.Contains(said.String(), want) {
			t.Errorf("%s: %v, %s", args, err, &said)
		}
	}
}

// Of two controllers the leader alone sweeps, with the account of a Secret, and the
// other one when it has taken over. The two have tags of their own here, which tell
// their requests apart.
func TestLeaderSweeps(t *testing.T) {
	w := newWorld(t)
	leaveBehind := func(id, tag string) {
		for _, cloud := range w.clouds {
			cloud.Put(eni.Interface{
				ID: id, Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1",
				Tags: map[string]string{"left-by": tag},
			})
		}
	}
	leaveBehind("eni-first", "first")
	leaveBehind("eni-second", "second")
	registries, probes := map[string]*prometheus.Registry{}, map[string]string{}
	start := func(tag string) *process {
		registries[tag], probes[tag] = prometheus.NewRegistry(), freeAddress(t)
		meter, err := newMeterProvider(registries[tag])
		must(t, err)
		return w.start(func(s *settings) {
			s.elect, s.electIn, s.lease, s.shutdown = true, "cloudeni-system", 10*time.Second, nil
			s.meter, s.probes = meter, probes[tag]
			s.sweep = sweeping{tags: tags{"left-by": tag}, interval: 50 * time.Millisecond, grace: time.Millisecond, most: 10}
			for provider, region := range regions {
				s.sweep.places = append(s.sweep.places, release.Place{
					Provider: provider, Region: region,
					Secret: types.NamespacedName{Namespace: w.namespace, Name: string(provider)},
				})
			}
		})
	}
	first := start("first")
	holder := w.holder(func(string) bool { return true })
	start("second")
	w.await("the first is deleted", func() bool { return w.gone("eni-first") })
	w.await("the second controller waits to be elected", func() bool { return ready(t, probes["second"]) })
	leaveBehind("eni-again", "first")
	w.await("it sweeps again, and counts", func() bool {
		return counted(t, registries["first"], "alibaba_cloud") == 2 && counted(t, registries["first"], "tencent_cloud") == 2
	})
	if !w.gone("eni-again") {
		t.Error("what was counted is there")
	}
	for provider, cloud := range w.clouds {
		for _, call := range cloud.Calls(enitest.List) {
			if tag, sent := call.Filter.Tags["left-by"]; sent && tag != "first" {
				t.Errorf("%s: a controller lists that is not the leader: %v", provider, call.Filter)
			}
		}
		if _, there := cloud.Get("eni-second"); !there {
			t.Errorf("%s: a controller sweeps that is not the leader", provider)
		}
	}
	first.kill()
	w.holder(func(now string) bool { return now != holder })
	w.await("the second is deleted", func() bool { return w.gone("eni-second") })
}

// ready reports whether a controller says that it is.
func ready(t *testing.T, probes string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+probes+"/readyz", http.NoBody)
	must(t, err)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return false // it does not listen yet
	}
	must(t, reply.Body.Close())
	return reply.StatusCode == http.StatusOK
}

// gone reports whether an interface exists in neither cloud.
func (w *world) gone(id string) bool {
	for _, cloud := range w.clouds {
		if _, there := cloud.Get(id); there {
			return false
		}
	}
	return true
}

// await waits for what no object of the API server tells.
func (w *world) await(what string, is func() bool) {
	w.t.Helper()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-deadline:
			w.t.Fatalf("%s: this did not come", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// counted is how many interfaces of a cloud have been deleted by sweeps.
func counted(t *testing.T, registry *prometheus.Registry, cloud string) (sum float64) {
	t.Helper()
	families, err := registry.Gather()
	must(t, err)
	for _, family := range families {
		if family.GetName() != "cloudeni_sweep_interfaces_total" {
			continue
		}
		for _, series := range family.GetMetric() {
			labels := map[string]string{}
			for _, l := range series.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["cloud_provider"] == cloud && labels["cloudeni_outcome"] == "released" {
				sum += series.GetCounter().GetValue()
			}
		}
	}
	return sum
}
