// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// namespaces is the value of a flag: comma-separated names.
type namespaces []string

// String returns the value in the form that Set reads.
func (n *namespaces) String() string { return strings.Join(*n, ",") }

// Set reads the names. It refuses invalid names, because the API server would accept a
// watch of them and never send anything.
func (n *namespaces) Set(text string) error {
	*n = nil
	for name := range strings.SplitSeq(text, ",") {
		if text == "" {
			return nil
		}
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return fmt.Errorf("invalid namespace %q: %s", name, problems[0])
		}
		*n = append(*n, name)
	}
	return nil
}
