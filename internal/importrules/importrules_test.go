// SPDX-License-Identifier: Apache-2.0

package importrules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/cloudeni/cloudeni"

// pkg is one package of the import graph, as `go list -json` describes it.
type pkg struct {
	ImportPath   string   `json:"ImportPath"`
	Standard     bool     `json:"Standard"`
	Imports      []string `json:"Imports"`
	TestImports  []string `json:"TestImports"`
	XTestImports []string `json:"XTestImports"`
}

// The layers of this module. Every other folder at the top is a cloud, so the rules apply
// to new clouds automatically. The example cloud is a cloud too.
type layer string

const (
	contract  layer = "eni"
	fakeCloud layer = "eni/enitest"
	wire      layer = "eni/enitest/wire"
	lane      layer = "internal/lane"
	core      layer = "internal/core"
	part      layer = "a part of the clouds"
	internal  layer = "internal/…"
	example   layer = "examples/…"
	root      layer = "the root"
	cloud     layer = "a cloud"
	cloudTest layer = "a cloud's wire server"
	outside   layer = "outside of the module"
)

// mayImport lists, for each layer of the library, which layers of this module its code
// may import, with the reason. Tests may import more.
var mayImport = map[layer]struct {
	layers []layer
	why    string
}{
	contract:  {nil, "the contract stands alone"},
	fakeCloud: {[]layer{contract}, "the in-memory cloud knows the contract and no vendor"},
	wire:      {[]layer{contract, fakeCloud}, "what wire servers share knows no vendor"},
	lane:      {[]layer{contract}, "the reconciler knows nothing but the contract"},
	core:      {[]layer{contract, lane}, "the request path knows no cloud"},
	part:      {[]layer{contract, part}, "what the clouds share knows none of them"},
	cloud:     {[]layer{contract, core, part}, "a cloud is a driver for the core and nothing else"},
	cloudTest: {[]layer{contract, fakeCloud, wire, cloud}, "a wire server speaks for the in-memory cloud"},
	example:   {[]layer{contract, fakeCloud, cloud, cloudTest, example, root}, "an example uses what a user can use"},
	internal:  {[]layer{contract, core, part, cloud, internal}, "only tests and what serves them import the fakes"},
	root:      {[]layer{contract, cloud}, "the root chooses a cloud, and has no code of its own beside that"},
}

// modules lists the other modules that layers may import; layers that are not listed may
// import any.
var modules = map[layer][]string{
	contract:  nil,
	fakeCloud: nil,
	wire:      nil,
	lane:      nil,
	core:      {"github.com/cenkalti/backoff/v4"},
	part:      nil,
}

// parts has the packages that the clouds share.
var parts = []string{"codes", "credcache", "endpoint", "redact", "reply", "transport"}

// check returns one line for each import that breaks a rule.
func check(graph []pkg) []string {
	packages := make(map[string]pkg, len(graph))
	for _, p := range graph {
		packages[p.ImportPath] = p
	}
	var broken []string
	complain := func(from, to, why string) {
		broken = append(broken, fmt.Sprintf("%s imports %s: %s", from, to, why))
	}
	for _, p := range graph {
		from, folder := place(p.ImportPath)
		if from == outside {
			continue
		}
		for _, path := range p.Imports {
			to, _ := place(path)
			allowed, restricted := modules[from]
			switch {
			case to != outside && !slices.Contains(mayImport[from].layers, to):
				complain(p.ImportPath, path, mayImport[from].why)
			case to == outside && restricted && !packages[path].Standard && !slices.Contains(allowed, path):
				complain(p.ImportPath, path, mayImport[from].why)
			}
		}
		if from != cloud && from != cloudTest {
			continue
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if to, other := place(path); (to == cloud || to == cloudTest) && other != folder {
				complain(p.ImportPath, path, "the clouds do not know each other")
			}
		}
		for _, path := range reachable(packages, p.ImportPath) {
			if why := tooHeavy(path); why != "" {
				complain(p.ImportPath, path, why)
			}
		}
	}
	slices.Sort(broken)
	return slices.Compact(broken)
}

// invented is the folder of the example cloud.
const invented = "examples/thirdcloud/"

// place returns the layer of a package, and its folder: one at the top of the module, or
// that of the example cloud.
func place(path string) (l layer, folder string) {
	if path == module {
		return root, ""
	}
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return outside, ""
	}
	if copied, ok := strings.CutPrefix(rest, invented); ok {
		folder, below, _ := strings.Cut(copied, "/")
		return cloudOrTest(below), invented + folder
	}
	folder, below, _ := strings.Cut(rest, "/")
	switch {
	case rest == string(contract):
		return contract, folder
	case rest == string(fakeCloud):
		return fakeCloud, folder
	case rest == string(wire):
		return wire, folder
	case rest == string(lane):
		return lane, folder
	case rest == string(core):
		return core, folder
	case folder == "internal" && slices.Contains(parts, below):
		return part, folder
	case folder == "internal":
		return internal, folder
	case folder == "examples":
		return example, folder
	default:
		return cloudOrTest(below), folder
	}
}

// cloudOrTest returns the layer of a package in a cloud's folder.
func cloudOrTest(below string) layer {
	if strings.HasSuffix(below, "test") {
		return cloudTest
	}
	return cloud
}

// tooHeavy returns why a vendor's package must not be reachable from a cloud, or "".
func tooHeavy(path string) string {
	const (
		aliyunSDK  = "github.com/aliyun/alibaba-cloud-sdk-go/"
		tencentSDK = "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/"
	)
	service, isTencent := strings.CutPrefix(path, tencentSDK)
	switch {
	case strings.HasPrefix(path, aliyunSDK+"services/"),
		isTencent && service != "common" && !strings.HasPrefix(service, "common/"):
		return "a generated package costs every user's build tens of seconds"
	case path == aliyunSDK+"sdk":
		return "the SDK's own client races and takes no context"
	default:
		return ""
	}
}

// reachable lists the direct and indirect imports of a package's code.
func reachable(packages map[string]pkg, from string) []string {
	seen := map[string]bool{from: true}
	queue := []string{from}
	for i := 0; i < len(queue); i++ {
		for _, path := range packages[queue[i]].Imports {
			if !seen[path] {
				seen[path] = true
				queue = append(queue, path)
			}
		}
	}
	return queue[1:]
}

func TestImports(t *testing.T) {
	graph := list(t)
	for _, want := range []string{"eni", "eni/enitest", "internal/core", "aliyun", "tencent", invented + "nimbus"} {
		if !slices.ContainsFunc(graph, func(p pkg) bool { return p.ImportPath == module+"/"+want }) {
			t.Errorf("package %s is missing from the import graph: the rules are not checked", want)
		}
	}
	for _, line := range check(graph) {
		t.Error(line)
	}
}

// list returns every package of this module and all that they import.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-json=ImportPath,Standard,Imports,TestImports,XTestImports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var graph []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return graph
		}
		if err != nil {
			t.Fatalf("go list wrote what is not JSON: %v", err)
		}
		graph = append(graph, p)
	}
}

func TestCheck(t *testing.T) {
	const (
		aliSDK = "github.com/aliyun/alibaba-cloud-sdk-go"
		tenSDK = "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud"
	)
	own := func(path string, imports ...string) pkg {
		return pkg{ImportPath: module + "/" + path, Imports: imports}
	}
	tests := []struct {
		name  string
		graph []pkg
		want  string // the first broken rule, without "github.com/cloudeni/cloudeni/"
	}{
		{name: "the contract and the standard library", graph: []pkg{own("eni", "fmt"), {ImportPath: "fmt", Standard: true}}},
		{name: "the contract and a module", graph: []pkg{own("eni", "golang.org/x/time/rate")}, want: "eni imports golang.org/x/time/rate: the contract stands alone"},
		{name: "the contract and a cloud", graph: []pkg{own("eni", module+"/aliyun")}, want: "eni imports aliyun: the contract stands alone"},
		{name: "the contract's tests and a cloud", graph: []pkg{{ImportPath: module + "/eni", XTestImports: []string{module + "/aliyun"}}}},
		{name: "the fake and a vendor", graph: []pkg{own("eni/enitest", aliSDK+"/sdk/auth")}, want: "eni/enitest imports " + aliSDK + "/sdk/auth: the in-memory cloud knows the contract and no vendor"},
		{name: "what wire servers share", graph: []pkg{own("eni/enitest/wire", module+"/eni", module+"/eni/enitest"), own("aliyun/aliyuntest", module+"/eni/enitest/wire")}},
		{name: "what wire servers share and a cloud", graph: []pkg{own("eni/enitest/wire", module+"/aliyun")}, want: "eni/enitest/wire imports aliyun: what wire servers share knows no vendor"},
		{name: "the core and backoff", graph: []pkg{own("internal/core", module+"/eni", "github.com/cenkalti/backoff/v4")}},
		{name: "the core and an SDK", graph: []pkg{own("internal/core", tenSDK+"/common")}, want: "internal/core imports " + tenSDK + "/common: the request path knows no cloud"},
		{name: "the core and a cloud", graph: []pkg{own("internal/core", module+"/tencent")}, want: "internal/core imports tencent: the request path knows no cloud"},
		{name: "the core and the fake", graph: []pkg{own("internal/core", module+"/eni/enitest")}, want: "internal/core imports eni/enitest: the request path knows no cloud"},
		{name: "the core's tests and the fake", graph: []pkg{{ImportPath: module + "/internal/core", TestImports: []string{module + "/eni/enitest"}}}},
		{name: "the core and the lane", graph: []pkg{own("internal/core", module+"/internal/lane")}},
		{name: "the lane and the core", graph: []pkg{own("internal/lane", module+"/internal/core")}, want: "internal/lane imports internal/core: the reconciler knows nothing but the contract"},
		{name: "what the clouds share", graph: []pkg{own("internal/reply", module+"/eni", module+"/internal/redact")}},
		{name: "what the clouds share and a cloud", graph: []pkg{own("internal/reply", module+"/aliyun")}, want: "internal/reply imports aliyun: what the clouds share knows none of them"},
		{name: "what the clouds share and an SDK", graph: []pkg{own("internal/redact", aliSDK+"/sdk/auth")}, want: "internal/redact imports " + aliSDK + "/sdk/auth: what the clouds share knows none of them"},
		{name: "the root and the clouds", graph: []pkg{{ImportPath: module, Imports: []string{module + "/eni", module + "/aliyun", module + "/tencent", aliSDK + "/sdk/auth/credentials"}}}},
		{name: "a cloud and the root", graph: []pkg{own("aliyun", module)}, want: "aliyun imports github.com/cloudeni/cloudeni: a cloud is a driver for the core and nothing else"},
		{name: "a cloud and its SDK", graph: []pkg{own("aliyun", module+"/eni", module+"/internal/core", module+"/internal/reply", aliSDK+"/sdk/auth")}},
		{name: "a cloud and another", graph: []pkg{own("aliyun", module+"/tencent")}, want: "aliyun imports tencent: a cloud is a driver for the core and nothing else"},
		{name: "a cloud's tests and another", graph: []pkg{{ImportPath: module + "/tencent", TestImports: []string{module + "/aliyun/aliyuntest"}}}, want: "tencent imports aliyun/aliyuntest: the clouds do not know each other"},
		{name: "a third cloud and another", graph: []pkg{own("huawei", module+"/aliyun")}, want: "huawei imports aliyun: a cloud is a driver for the core and nothing else"},
		{name: "a cloud and its own fake", graph: []pkg{own("aliyun", module+"/aliyun/aliyuntest")}, want: "aliyun imports aliyun/aliyuntest: a cloud is a driver for the core and nothing else"},
		{name: "a cloud's tests and its own fake", graph: []pkg{{ImportPath: module + "/aliyun", XTestImports: []string{module + "/aliyun/aliyuntest", module + "/eni/enitest"}}}},
		{name: "a wire server and its cloud", graph: []pkg{own("aliyun/aliyuntest", module+"/aliyun", module+"/eni/enitest")}},
		{name: "a wire server and another cloud", graph: []pkg{own("aliyun/aliyuntest", module+"/tencent")}, want: "aliyun/aliyuntest imports tencent: the clouds do not know each other"},
		{name: "a wire server and the core", graph: []pkg{own("aliyun/aliyuntest", module+"/internal/core")}, want: "aliyun/aliyuntest imports internal/core: a wire server speaks for the in-memory cloud"},
		{name: "an example and the fakes", graph: []pkg{own("examples/quickstart", module+"/eni/enitest", module+"/tencent/tencenttest")}},
		{name: "an example and the core", graph: []pkg{own("examples/quickstart", module+"/internal/core")}, want: "examples/quickstart imports internal/core: an example uses what a user can use"},
		{name: "the invented cloud and the core", graph: []pkg{own("examples/thirdcloud/nimbus", module+"/eni", module+"/internal/core")}},
		{name: "the invented cloud and another", graph: []pkg{own("examples/thirdcloud/nimbus", module+"/aliyun")}, want: "examples/thirdcloud/nimbus imports aliyun: a cloud is a driver for the core and nothing else"},
		{name: "the invented cloud's tests and another", graph: []pkg{{ImportPath: module + "/examples/thirdcloud/nimbus", TestImports: []string{module + "/tencent"}}}, want: "examples/thirdcloud/nimbus imports tencent: the clouds do not know each other"},
		{name: "the invented cloud and the fake", graph: []pkg{own("examples/thirdcloud/nimbus", module+"/eni/enitest")}, want: "examples/thirdcloud/nimbus imports eni/enitest: a cloud is a driver for the core and nothing else"},
		{name: "the invented wire server", graph: []pkg{own("examples/thirdcloud/nimbus/nimbustest", module+"/examples/thirdcloud/nimbus", module+"/eni/enitest")}},
		{name: "the invented wire server and the core", graph: []pkg{own("examples/thirdcloud/nimbus/nimbustest", module+"/internal/core")}, want: "examples/thirdcloud/nimbus/nimbustest imports internal/core: a wire server speaks for the in-memory cloud"},
		{name: "a cloud and the invented one", graph: []pkg{own("aliyun", module+"/examples/thirdcloud/nimbus")}, want: "aliyun imports examples/thirdcloud/nimbus: a cloud is a driver for the core and nothing else"},
		{name: "a helper and the fake", graph: []pkg{own("internal/helper", module+"/eni/enitest")}, want: "internal/helper imports eni/enitest: only tests and what serves them import the fakes"},
		{
			name:  "a generated package behind another",
			graph: []pkg{own("aliyun", "example.com/shortcut"), {ImportPath: "example.com/shortcut", Imports: []string{aliSDK + "/services/ecs"}}},
			want:  "aliyun imports " + aliSDK + "/services/ecs: a generated package costs every user's build tens of seconds",
		},
		{
			name:  "the other generated package",
			graph: []pkg{own("tencent", tenSDK+"/vpc/v20170312")},
			want:  "tencent imports " + tenSDK + "/vpc/v20170312: a generated package costs every user's build tens of seconds",
		},
		{name: "the parts of Tencent's common", graph: []pkg{own("tencent", tenSDK+"/common", tenSDK+"/common/profile")}},
		{name: "the SDK's own client", graph: []pkg{own("aliyun", aliSDK+"/sdk")}, want: "aliyun imports " + aliSDK + "/sdk: the SDK's own client races and takes no context"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			if broken := check(tt.graph); len(broken) > 0 {
				got = strings.ReplaceAll(broken[0], module+"/", "")
			}
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}
