// SPDX-License-Identifier: Apache-2.0

package sdkparity

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	vpc "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc/v20170312"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// A program that dereferences what the vendor's models do not mark as nullable works
// with the fake cloud: every such field is there.
func TestTencentFieldsAreThere(t *testing.T) {
	cloud := newCloud("")
	cloud.Put(eni.Interface{ID: "eni-2", State: eni.StateAvailable}) // of which as little as possible is known
	cloud.Update("eni-1", func(i *eni.Interface) { i.Tags = map[string]string{"app": "x"} })
	server := tencenttest.NewServer(cloud)
	c := generatedTencent(t, server.Config(), server.Config().HTTPClient.Transport)
	nullable := nullableFields(t)
	answer, err := c.DescribeNetworkInterfaces(vpc.NewDescribeNetworkInterfacesRequest())
	if err != nil {
		t.Fatal(err)
	}
	checkFields(t, nullable, reflect.ValueOf(answer.Response))
	if n := len(answer.Response.NetworkInterfaceSet); n != 2 {
		t.Errorf("%d interfaces, want 2", n)
	}
	create := vpc.NewCreateNetworkInterfaceRequest()
	create.VpcId, create.SubnetId, create.NetworkInterfaceName = common.StringPtr("vpc-1"), common.StringPtr("subnet-1"), common.StringPtr("one")
	created, err := c.CreateNetworkInterface(create)
	if err != nil {
		t.Fatal(err)
	}
	checkFields(t, nullable, reflect.ValueOf(created.Response))
	four := vpc.NewAssignPrivateIpAddressesRequest()
	four.NetworkInterfaceId, four.SecondaryPrivateIpAddressCount = created.Response.NetworkInterface.NetworkInterfaceId, common.Uint64Ptr(1)
	assigned, err := c.AssignPrivateIpAddresses(four)
	if err != nil {
		t.Fatal(err)
	}
	checkFields(t, nullable, reflect.ValueOf(assigned.Response))
	six := vpc.NewAssignIpv6AddressesRequest()
	six.NetworkInterfaceId, six.Ipv6AddressCount = four.NetworkInterfaceId, common.Uint64Ptr(1)
	assigned6, err := c.AssignIpv6Addresses(six)
	if err != nil {
		t.Fatal(err)
	}
	checkFields(t, nullable, reflect.ValueOf(assigned6.Response))
	ask := vpc.NewDescribeVpcTaskResultRequest()
	change := vpc.NewDetachNetworkInterfaceRequest()
	change.NetworkInterfaceId, change.InstanceId = common.StringPtr("eni-1"), common.StringPtr("i-1")
	detached, err := c.DetachNetworkInterface(change)
	if err != nil {
		t.Fatal(err)
	}
	ask.TaskId = detached.Response.RequestId
	task, err := c.DescribeVpcTaskResult(ask)
	if err != nil {
		t.Fatal(err)
	}
	checkFields(t, nullable, reflect.ValueOf(task.Response))
}

// checkFields checks that no field of a struct that must not be null is nil, also
// not in what it holds.
func checkFields(t *testing.T, nullable map[string]bool, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			checkFields(t, nullable, v.Elem())
		}
	case reflect.Slice:
		for n := range v.Len() {
			checkFields(t, nullable, v.Index(n))
		}
	case reflect.Struct:
		for n := range v.NumField() {
			name := fmt.Sprintf("%s.%s", v.Type().Name(), v.Type().Field(n).Name)
			field := v.Field(n)
			if (field.Kind() == reflect.Pointer || field.Kind() == reflect.Slice) && field.IsNil() && !nullable[name] {
				t.Errorf("%s is nil", name)
			}
			checkFields(t, nullable, field)
		}
	default: // it holds no field
	}
}

// nullableFields reads out of the vendor's models which fields may be null: their
// comments say so.
func nullableFields(t *testing.T) map[string]bool {
	t.Helper()
	file, _ := runtime.FuncForPC(reflect.ValueOf(vpc.NewClient).Pointer()).FileLine(0)
	models, err := parser.ParseFile(token.NewFileSet(), filepath.Join(filepath.Dir(file), "models.go"), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	nullable := make(map[string]bool)
	ast.Inspect(models, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range s.Fields.List {
				if len(field.Names) == 1 && strings.Contains(field.Doc.Text(), "可能返回 null") {
					nullable[spec.Name.Name+"."+field.Names[0].Name] = true
				}
			}
		}
		return false
	})
	if !nullable["NetworkInterface.Attachment"] {
		t.Fatal("the vendor's models no longer say which fields are nullable")
	}
	return nullable
}
