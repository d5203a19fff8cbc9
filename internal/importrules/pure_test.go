// SPDX-License-Identifier: Apache-2.0

package importrules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// lanePath is the package of the reconciler, a plain state machine.
const lanePath = "../lane"

// pureImports are the packages that the reconciler may import: the results of their
// functions depend only on the arguments.
var pureImports = []string{"fmt", "maps", "net/netip", "slices", "strings", "time", module + "/eni"}

// pureTime are the names of package time that are neither clocks nor timers.
var pureTime = []string{"Duration", "Millisecond", "Second", "Minute", "Hour"}

// The explorer tries every interleaving of events. That is meaningful only if the
// reconciler depends on the events alone.
func TestTheLaneIsPure(t *testing.T) {
	for _, complaint := range impure(t, lanePath, nil) {
		t.Error(complaint)
	}
}

// impure lists the places in a package's code, or in a given source, that do not belong
// in a plain state machine.
func impure(t *testing.T, dir string, source any) (complaints []string) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	if source != nil {
		file, err := parser.ParseFile(fset, "source.go", source, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	} else {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		t.Fatalf("no code in %s", dir)
	}
	for _, file := range files {
		complain := func(n ast.Node, what string) {
			complaints = append(complaints, fset.Position(n.Pos()).String()+": "+what)
		}
		for _, spec := range file.Imports {
			if path, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(pureImports, path) {
				complain(spec, "imports "+path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				complain(n, "starts a goroutine")
			case *ast.ChanType:
				complain(n, "uses a channel")
			case *ast.SelectStmt:
				complain(n, "waits")
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && !slices.Contains(pureTime, n.Sel.Name) {
					complain(n, "uses time."+n.Sel.Name)
				}
			}
			return true
		})
	}
	return complaints
}

func TestImpureCodeIsFound(t *testing.T) {
	for _, body := range []string{
		`import "sync"`,
		`import "context"`,
		`import "time"; var now = time.Now()`,
		`func f() { go f() }`,
		`var c chan int`,
		`func f() { select {} }`,
	} {
		if len(impure(t, "", "package lane; "+body)) != 1 {
			t.Errorf("nothing is said of %q", body)
		}
	}
	if got := impure(t, "", `package lane; import "time"; const life = 60 * time.Second`); len(got) != 0 {
		t.Errorf("a duration is no clock: %q", got)
	}
}
