// SPDX-License-Identifier: Apache-2.0

package importrules

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestPublicAPI checks that users can name every type of the API: no exported identifier
// of a public package leads to a type of an internal one.
func TestPublicAPI(t *testing.T) {
	files := exportData(t)
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
	checked := 0
	for path := range files {
		switch layer, folder := place(path); {
		case folder == "examples" || strings.HasPrefix(folder, invented):
			continue
		case layer == contract, layer == fakeCloud, layer == cloud, layer == cloudTest:
		default:
			continue
		}
		pkg, err := imports.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		for _, leak := range leaks(pkg) {
			t.Error(leak)
		}
	}
	if checked < 6 {
		t.Errorf("%d public packages, want eni, enitest, and two for each cloud", checked)
	}
}

// exportData returns the compiler's export data files of all packages of this module and
// their imports.
func exportData(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-f",
		`{{.ImportPath}}{{"\t"}}{{.Export}}{{if .Module}}{{if .Module.Main}}{{"\t"}}{{.Dir}}{{range .GoFiles}}{{"\t"}}{{$.Dir}}/{{.}}{{end}}{{end}}{{end}}`,
		module+"/eni/...", module+"/aliyun/...", module+"/tencent/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	files := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		files[fields[0]] = fields[1]
		for _, source := range fields[2:] {
			// The go command caches the result unless the test reads the files itself.
			if _, err := os.Stat(source); err != nil {
				t.Fatal(err)
			}
		}
	}
	return files
}

// leaks lists the paths from the exported identifiers of a package to types of internal
// packages of this module.
func leaks(pkg *types.Package) []string {
	w := &walker{pkg: pkg, seen: make(map[types.Type]bool)}
	for _, name := range pkg.Scope().Names() {
		if object := pkg.Scope().Lookup(name); object.Exported() {
			w.walk(pkg.Name()+"."+name, object.Type())
		}
	}
	slices.Sort(w.found)
	return w.found
}

type walker struct {
	pkg   *types.Package
	seen  map[types.Type]bool
	found []string
}

// walk follows a type as far as users can: exported fields and methods, also promoted
// ones.
func (w *walker) walk(way string, t types.Type) {
	if w.seen[t] {
		return
	}
	w.seen[t] = true
	switch t := t.(type) {
	case *types.Alias:
		w.walk(way, types.Unalias(t))
	case *types.Named:
		w.named(way, t)
	case *types.Pointer:
		w.walk(way, t.Elem())
	case *types.Slice:
		w.walk(way, t.Elem())
	case *types.Array:
		w.walk(way, t.Elem())
	case *types.Chan:
		w.walk(way, t.Elem())
	case *types.Map:
		w.walk(way, t.Key())
		w.walk(way, t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			w.walk(way, v.Type())
		}
	case *types.Signature:
		w.walk(way, t.Params())
		w.walk(way, t.Results())
		for p := range t.TypeParams().TypeParams() {
			w.walk(way, p.Constraint())
		}
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() || f.Embedded() {
				w.walk(way+"."+f.Name(), f.Type())
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			w.walk(way+"."+m.Name(), m.Type())
		}
		for e := range t.EmbeddedTypes() {
			w.walk(way, e)
		}
	case *types.Union:
		for term := range t.Terms() {
			w.walk(way, term.Type())
		}
	}
}

func (w *walker) named(way string, t *types.Named) {
	for argument := range t.TypeArgs().Types() {
		w.walk(way, argument)
	}
	declared := t.Obj().Pkg()
	switch {
	case declared == nil: // error, any and comparable
	case strings.HasPrefix(declared.Path(), module+"/internal/"):
		w.found = append(w.found, fmt.Sprintf("%s has the type %s, which no user can name", way, t))
	case declared == w.pkg:
		for m := range t.Methods() {
			if m.Exported() {
				w.walk(way+"."+m.Name(), m.Type())
			}
		}
		w.walk(way, t.Underlying())
	}
}

func TestLeaks(t *testing.T) {
	const core = module + "/internal/core"
	inner := types.NewPackage(core, "core")
	client := types.NewTypeName(token.NoPos, inner, "Client", nil)
	types.NewNamed(client, types.NewStruct(nil, nil), nil)
	inner.Scope().Insert(client)
	inner.MarkComplete()

	for code, want := range map[string]string{
		"type Client struct{ core *core.Client }":                               "",
		"func make() *core.Client { return nil }; type c struct{ core.Client }": "",
		"type Client struct{ *core.Client }":                                    "x.Client.Client",
		"type Client struct{ Core core.Client }":                                "x.Client.Core",
		"type Client struct{ all }; type all struct{ Core core.Client }":        "x.Client.all.Core",
		"type Client struct{}; func (Client) Core() (c core.Client) { return }": "x.Client.Core",
		"type Client struct{}; func (Client) core() (c core.Client) { return }": "",
		"type Client = core.Client":                                             "x.Client",
		"type Client core.Client":                                               "",
		"func New(func(map[string][]chan core.Client)) error { return nil }":    "x.New",
		"func New[T interface{ *core.Client }](T) {}":                           "x.New",
		"var All []list[core.Client]; type list[T any] struct{}":                "x.All",
		"type Driver interface{ Do(error) ([2]core.Client, error) }":            "x.Driver.Do",
		"type Driver interface{ do }; type do interface { Do() *core.Client }":  "x.Driver.Do",
		"func New() (unexported, error) { return unexported{}, nil }\n" +
			"type unexported struct{}; func (unexported) Core() *core.Client { return nil }": "x.New.Core",
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "x.go", "package x; import \""+core+"\"; var _ core.Client; "+code, 0)
		if err != nil {
			t.Fatal(err)
		}
		config := types.Config{Importer: one{inner}}
		pkg, err := config.Check(module+"/x", fset, []*ast.File{file}, nil)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		found := leaks(pkg)
		switch {
		case want == "" && len(found) > 0, want != "" && (len(found) != 1 || !strings.HasPrefix(found[0], want+" has the type")):
			t.Errorf("%s: found %q, want %q", code, found, want)
		}
	}
}

// one imports one package.
type one struct{ pkg *types.Package }

func (o one) Import(string) (*types.Package, error) { return o.pkg, nil }
