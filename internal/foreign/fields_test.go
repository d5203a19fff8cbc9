// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The vendors' Go clients print every field of a description, without a nil pointer that
// their models do not allow: a program that follows such a pointer panics.
func TestEveryFieldOfADescription(t *testing.T) {
	one := func(id string) parameters { return parameters{"NetworkInterfaceId": id} }
	tencentMay := nullable(t, "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc/v20170312")
	for _, test := range []struct {
		client  string
		vendor  *vendor
		open    func(*testing.T, account) client
		action  string
		request func(id string) parameters
		may     func(field string) bool // whether a field may be nil, as Type.Field
		fields  int                     // how many there are to print, at least
	}{
		{"services/ecs", &alibaba, openECS("POST"), "DescribeNetworkInterfaces", alibaba.describe, never, 750},
		{"services/ecs, attribute", &alibaba, openECS("POST"), "DescribeNetworkInterfaceAttribute", one, never, 750},
		{"ecs-20140526", &alibaba, openECS7(""), "DescribeNetworkInterfaces", alibaba.describe, never, 1000},
		{"ecs-20140526, attribute", &alibaba, openECS7(""), "DescribeNetworkInterfaceAttribute", one, never, 1000},
		{"vpc", &tencent, openVPC("POST", "TC3-HMAC-SHA256"), "DescribeNetworkInterfaces", tencent.describe, tencentMay, 500},
	} {
		t.Run(test.client, func(t *testing.T) {
			w := test.vendor.newWorld(t)
			c := test.open(t, w.lasting)
			printed := 0
			for _, i := range interfaces(test.vendor) {
				_, p := test.vendor.as(w, step{p: test.request(i.ID)}, made{})
				response, err := c.call(test.action, p)
				if err != nil {
					t.Fatalf("%s: %v", i.ID, err)
				}
				lines, wrong := printFields(response, test.may)
				printed += len(lines)
				for _, field := range wrong {
					t.Errorf("%s: %s is nil, which the vendor's model does not allow", i.ID, field)
				}
			}
			if printed < test.fields {
				t.Errorf("%d fields were printed, want at least %d", printed, test.fields)
			}
		})
	}
}

// never is for the models of Alibaba Cloud, which say of no field that it may be null.
func never(string) bool { return false }

// printFields prints every field of a value as a line, and names those that are nil and
// may not be.
func printFields(value any, may func(field string) bool) (lines, wrong []string) {
	var walk func(v reflect.Value, path, field string)
	walk = func(v reflect.Value, path, field string) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			switch {
			case !v.IsNil():
				walk(v.Elem(), path, field)
			case !may(field):
				wrong = append(wrong, path+" ("+field+")")
			}
		case reflect.Slice:
			for n := range v.Len() {
				walk(v.Index(n), fmt.Sprintf("%s[%d]", path, n), field)
			}
		case reflect.Struct:
			for n := range v.NumField() {
				f := v.Type().Field(n)
				if f.IsExported() && !f.Anonymous {
					walk(v.Field(n), path+"."+f.Name, v.Type().Name()+"."+f.Name)
				}
			}
		default:
			lines = append(lines, fmt.Sprint(path, " = ", v.Interface()))
		}
	}
	walk(reflect.ValueOf(value), "", "")
	return lines, wrong
}

// nullable reads from the source of a vendor's package which fields may be null: their
// comments say so.
func nullable(t *testing.T, path string) func(field string) bool {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "models.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	may := make(map[string]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		fields, ok := spec.Type.(*ast.StructType)
		if !ok {
			return false
		}
		for _, f := range fields.Fields.List {
			if comment := f.Doc.Text(); strings.Contains(comment, "可能返回 null") || strings.Contains(comment, "may return null") {
				for _, name := range f.Names {
					may[spec.Name.Name+"."+name.Name] = true
				}
			}
		}
		return false
	})
	if !may["NetworkInterface.Attachment"] || may["NetworkInterface.SubnetId"] {
		t.Fatalf("the comments of %s are not understood: %d fields may be null", path, len(may))
	}
	return func(field string) bool { return may[field] }
}
