// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// tagKey is the key of the tag on whatever a run creates. Its value is the run.
const tagKey = "cloudeni-live"

// namePrefix begins the name of every interface of a run.
func namePrefix(run string) string { return tagKey + "-" + run + "-" }

// mine reports whether an interface was created by a run: by this one, or by any where
// run is empty. It takes the tag and the name, and both must name the same run: a tag
// that somebody has copied does not do.
func mine(i *eni.Interface, run string) bool {
	tag := i.Tags[tagKey]
	return runName.MatchString(tag) && (run == "" || tag == run) &&
		strings.HasPrefix(i.Name, namePrefix(tag)) && i.Type != eni.TypePrimary && i.Manager == ""
}
