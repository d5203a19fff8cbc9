// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

func TestMine(t *testing.T) {
	own := eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, Name: "cloudeni-live-run00001-2", Tags: map[string]string{"cloudeni-live": "run00001"}}
	for run, want := range map[string]bool{"": true, "run00001": true, "run00002": false} {
		if got := mine(&own, run); got != want {
			t.Errorf("run %q: got %t", run, got)
		}
	}
	for name, change := range map[string]func(*eni.Interface){
		"no tag":             func(i *eni.Interface) { i.Tags = nil },
		"an empty tag":       func(i *eni.Interface) { i.Tags = map[string]string{"cloudeni-live": ""} },
		"another tag":        func(i *eni.Interface) { i.Tags = map[string]string{"cloudeni": "run00001"} },
		"a tag and its name": func(i *eni.Interface) { i.Tags = map[string]string{"cloudeni-live": "mine"} },
		"no name":            func(i *eni.Interface) { i.Name = "" },
		"another name":       func(i *eni.Interface) { i.Name = "web-cloudeni-live-run00001-2" },
		"another run's name": func(i *eni.Interface) { i.Name = "cloudeni-live-run00002-2" },
		"a primary":          func(i *eni.Interface) { i.Type = eni.TypePrimary },
		"a managed one":      func(i *eni.Interface) { i.Manager = "nat" },
	} {
		other := own
		change(&other)
		if mine(&other, "") {
			t.Errorf("%s: want somebody else's", name)
		}
	}
}
