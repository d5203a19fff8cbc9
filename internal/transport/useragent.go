// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"errors"
	"runtime/debug"
	"strings"
	"sync"
)

const module = "github.com/cloudeni/cloudeni"

// version returns the version of this module in the running program.
var version = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	return versionIn(info)
})

// versionIn returns the version of this module in a program, or "devel" if it is unknown.
func versionIn(info *debug.BuildInfo) string {
	if info == nil {
		return "devel"
	}
	for _, dep := range append(info.Deps, &info.Main) {
		if dep.Path != module {
			continue
		}
		for dep.Replace != nil {
			dep = dep.Replace
		}
		if v := strings.Trim(dep.Version, "()"); v != "" {
			return v
		}
	}
	return "devel"
}

// UserAgent returns the value of the User-Agent header: this module with its version,
// and the user's application, if any.
func UserAgent(application string) (string, error) {
	if strings.ContainsFunc(application, func(r rune) bool { return r < ' ' || r > '~' }) || strings.TrimSpace(application) != application {
		return "", errors.New("user agent is invalid, want printable ASCII without white space at its ends")
	}
	if application != "" {
		application = " " + application
	}
	return "cloudeni/" + version() + application, nil
}
