// SPDX-License-Identifier: Apache-2.0

package readme_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// link is a link of Markdown, or an image, with its target.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links to files of this tree have existing targets, and their fragments are headings.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		pages++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if why := broken(path, m[1]); why != "" {
				t.Errorf("%s: %s: %s", path, m[1], why)
			}
		}
		return nil
	})
	if err != nil || pages < 3 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

// broken returns why a link on a page is broken, or "".
func broken(page, target string) string {
	if strings.Contains(target, "://") {
		return ""
	}
	file, fragment, hasFragment := strings.Cut(target, "#")
	path := filepath.Join(filepath.Dir(page), file)
	if file == "" {
		path = page
	}
	text, err := os.ReadFile(path)
	switch {
	case err != nil && !isDir(path):
		return "there is no such file"
	case hasFragment && !anchors(string(text))[fragment]:
		return "there is no such heading"
	}
	return ""
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// anchors returns the fragments that the headings of a page have.
func anchors(page string) map[string]bool {
	found := make(map[string]bool)
	for line := range strings.Lines(page) {
		if heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' {
			words := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			found[strings.ReplaceAll(words, " ", "-")] = true
		}
	}
	return found
}

func TestBroken(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, []byte("# A page\n\n## Add a cloud, now\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for target, good := range map[string]bool{
		"page.md": true, ".": true, "#add-a-cloud-now": true, "page.md#a-page": true, "https://example.com/x#y": true,
		"none.md": false, "#none": false, "page.md#none": false, "none/": false,
	} {
		if why := broken(page, target); (why == "") != good {
			t.Errorf("%s: %q", target, why)
		}
	}
}
