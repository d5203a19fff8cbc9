// SPDX-License-Identifier: Apache-2.0

package importrules

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Both clouds have the same files, so that one can be read like the other. Tencent Cloud
// has more: a second API, and an SDK that sends the requests itself.
func TestCloudsHaveTheSameFiles(t *testing.T) {
	ali, ten := files(t, "aliyun"), files(t, "tencent")
	ten = slices.DeleteFunc(ten, func(name string) bool { return strings.HasPrefix(name, "legacy") || name == "sdk.go" })
	if !slices.Equal(ali, ten) || len(ali) < 9 {
		t.Errorf("want the same files in both:\n%v\n%v", ali, ten)
	}
}

// files returns the files of a cloud without its tests; the one with its name is
// "cloud.go".
func files(t *testing.T, cloud string) []string {
	t.Helper()
	entries, err := os.ReadDir("../../" + cloud)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if name == cloud+".go" {
			name = "cloud.go"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
