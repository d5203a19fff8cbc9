// SPDX-License-Identifier: Apache-2.0

package readme_test

import (
	"strings"
	"testing"
)

// The diagram of a claim's life in DESIGN.md is the one in internal/lane/doc.go, and
// its section fits on one page.
func TestTheDesignShowsTheLanesLife(t *testing.T) {
	_, section, found := strings.Cut(read(t, "DESIGN.md"), "\n## The lane's life\n")
	section, _, ended := strings.Cut(section, "\n## ")
	if !found || !ended {
		t.Fatal("DESIGN.md has no section \"The lane's life\"")
	}
	if lines := strings.Count(section, "\n"); lines > 60 {
		t.Errorf("the section has %d lines, want at most 60", lines)
	}
	var diagram strings.Builder
	for line := range strings.Lines(read(t, "internal/lane/doc.go")) {
		if drawn, ok := strings.CutPrefix(line, "//\t"); ok {
			diagram.WriteString(drawn)
		} else if diagram.Len() > 0 {
			break
		}
	}
	if diagram.Len() == 0 || !strings.Contains(section, "```\n"+diagram.String()+"```\n") {
		t.Errorf("DESIGN.md lacks the diagram of internal/lane/doc.go:\n%s", diagram.String())
	}
}
