// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"text/tabwriter"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// What kubectl get prints, from the API server's own table, is what the README
// shows.
func TestTable(t *testing.T) {
	w := newWorld(t)
	for _, cloud := range w.clouds {
		cloud.CompletesAfter = never
		for _, id := range []string{"eni-1", "eni-2", "eni-3"} {
			put(cloud, id, "10.0.0.7", "10.0.0.8")
		}
	}
	cloud := w.clouds[v1alpha1.Aliyun]
	cloud.Control = func(call enitest.Call) *enitest.Fault {
		if call.Action == enitest.UnassignPrivateIps && call.InterfaceID == "eni-3" {
			return &enitest.Fault{Reason: enitest.Throttled}
		}
		return nil
	}
	w.start(patient, func(s *settings) { s.retry = eni.Retry{MaxAttempts: 1} })
	w.create("a-node-went", v1alpha1.Aliyun, "eni-1", func(s *v1alpha1.InterfaceReleaseSpec) {
		s.Addresses, s.Detach, s.InstanceID = []v1alpha1.Address{"10.0.0.7", "10.0.0.8"}, true, "i-eni-1"
	})
	w.create("no-such-interface", v1alpha1.Tencent, "eni-404", addresses("10.0.0.7"))
	w.create("stale", v1alpha1.Tencent, "eni-2", addresses(stale))
	w.create("too-fast", v1alpha1.Aliyun, "eni-3", addresses("10.0.0.7"))
	w.until("the addresses are accepted", because("a-node-went", v1alpha1.ReasonAccepted))
	cloud.Complete("eni-1")
	w.until("the detach is accepted", func(listed objects) bool {
		s := listed["a-node-went"].Status
		return s.Phase == v1alpha1.Detaching && s.Reason == v1alpha1.ReasonAccepted
	})
	w.until("the others are where they should be", func(listed objects) bool {
		return because("no-such-interface", "NotFound")(listed) && because("stale", "Done")(listed) && because("too-fast", "Throttled")(listed)
	})

	got := w.table()
	readme, err := os.ReadFile("README.md")
	must(t, err)
	if !strings.Contains(string(readme), got) {
		t.Errorf("kubectl get prints, and README.md does not show:\n%s", got)
	}
}

// table is what kubectl get prints, but for the age.
func (w *world) table() string {
	w.t.Helper()
	cfg := rest.CopyConfig(account)
	cfg.GroupVersion, cfg.APIPath = &v1alpha1.GroupVersion, "/apis"
	cfg.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	api, err := rest.RESTClientFor(cfg)
	must(w.t, err)
	var table metav1.Table
	must(w.t, api.Get().Namespace(w.namespace).Resource("interfacereleases").
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").Do(w.t.Context()).Into(&table))

	var text bytes.Buffer
	columns := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	row := func(cell func(i int, c metav1.TableColumnDefinition) any) {
		var cells []string
		for i, c := range table.ColumnDefinitions {
			if c.Priority == 0 {
				cells = append(cells, toText(cell(i, c)))
			}
		}
		_, err := columns.Write([]byte(strings.Join(cells, "\t") + "\n"))
		must(w.t, err)
	}
	row(func(_ int, c metav1.TableColumnDefinition) any { return strings.ToUpper(c.Name) })
	for _, r := range table.Rows {
		row(func(i int, c metav1.TableColumnDefinition) any {
			if c.Name == "Age" {
				return "5s"
			}
			return r.Cells[i]
		})
	}
	must(w.t, columns.Flush())
	return regexp.MustCompile(` +\n`).ReplaceAllString(text.String(), "\n")
}

func toText(cell any) string {
	if text, ok := cell.(string); ok {
		return text
	}
	return "<none>"
}
