// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// namespaces is the value of a flag: names with commas between them.
type namespaces []string

// String writes what Set reads.
func (n *namespaces) String() string { return strings.Join(*n, ",") }

// Set reads the names. One that can be no namespace is refused: the API server would
// answer a watch of it, with nothing for ever.
func (n *namespaces) Set(text string) error {
	*n = nil
	for name := range strings.SplitSeq(text, ",") {
		if text == "" {
			return nil
		}
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return fmt.Errorf("%q is no namespace: %s", name, problems[0])
		}
		*n = append(*n, name)
	}
	return nil
}
