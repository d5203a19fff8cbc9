// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

type object = map[string]any

// program is one that knows the vendor's core SDK and nothing of this module.
type program struct {
	t      *testing.T
	client *common.Client
	scheme scheme
}

func newProgram(t *testing.T, s *tencenttest.Server, d scheme) *program {
	t.Helper()
	p := profile.NewClientProfile()
	p.SignMethod, p.HttpProfile.ReqMethod, p.HttpProfile.Endpoint = d.sign, d.method, "127.0.0.1:8080"
	client := common.NewCommonClient(common.NewTokenCredential(s.SecretID, s.SecretKey, s.Token), s.Region, p)
	client.WithHttpTransport(enitest.Transport(s))
	return &program{t, client, d}
}

// send sends a request by the program's scheme, and returns the code of its answer.
func (p *program) send(service, action string, parameters object) (object, string) {
	p.t.Helper()
	var request tchttp.Request
	if p.scheme.sign == schemes[0].sign && p.scheme.method == http.MethodPost {
		r := tchttp.NewCommonRequest(service, "2017-03-12", action)
		if err := r.SetActionParameters(parameters); err != nil {
			p.t.Fatal(err)
		}
		request = r
	} else {
		r := &parametersRequest{parameters: make(map[string]string)}
		flatten("", parameters, r.parameters)
		r.Init().WithApiInfo(service, "2017-03-12", action)
		request = r
	}
	request.SetContext(p.t.Context())
	answer := new(rawResponse)
	err := p.client.Send(request, answer)
	if err != nil {
		code, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "[TencentCloudSDKError] Code="), ",")
		return nil, code
	}
	return answer.Response, ""
}

// rawResponse is an answer of any shape.
type rawResponse struct {
	tchttp.BaseResponse

	Response object `json:"Response"`
}

// flatten writes parameters as a form has them.
func flatten(path string, node any, into map[string]string) {
	join := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch node := node.(type) {
	case object:
		for name, value := range node {
			flatten(join(name), value, into)
		}
	case []object:
		for n, value := range node {
			flatten(join(strconv.Itoa(n)), value, into)
		}
	case []string:
		for n, value := range node {
			flatten(join(strconv.Itoa(n)), value, into)
		}
	default:
		into[path] = fmt.Sprint(node)
	}
}

// do sends what must succeed, and waits for its task where it is one.
func (p *program) do(action string, parameters object) object {
	p.t.Helper()
	answer, code := p.send("vpc", action, parameters)
	if code != "" {
		p.t.Fatalf("%s: %s", action, code)
	}
	if strings.HasPrefix(action, "Describe") {
		return answer
	}
	for range 100 {
		task, code := p.send("vpc", "DescribeVpcTaskResult", object{"TaskId": answer["RequestId"]})
		switch {
		case code != "" || task["Status"] == "FAILED":
			p.t.Fatalf("%s: %s %v", action, code, task)
		case task["Status"] == "SUCCESS":
			return answer
		}
		time.Sleep(time.Second)
	}
	p.t.Fatalf("%s never ends", action)
	return nil
}

// at reads what is at a path of an answer.
func at(node any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			node = node.(object)[step] //nolint:forcetypeassert // a test that panics fails
		case int:
			node = node.([]any)[step] //nolint:forcetypeassert // as above
		}
	}
	return node
}

func text(node any, path ...any) string { return fmt.Sprint(at(node, path...)) }

// build creates an interface with addresses of both families and attaches it; it
// returns the id.
func (p *program) build() string {
	p.t.Helper()
	made := p.do("CreateNetworkInterface", object{
		"VpcId": "vpc-1", "SubnetId": "subnet-1", "NetworkInterfaceName": "scene", "NetworkInterfaceDescription": "a test's",
		"SecurityGroupIds": []string{"sg-1"}, "Tags": []object{{"Key": "app", "Value": "x"}},
		"PrivateIpAddresses": []object{{"PrivateIpAddress": "10.1.0.10", "Primary": true}}, "SecondaryPrivateIpAddressCount": 1,
	})
	if state := text(made, "NetworkInterface", "State"); state != "PENDING" {
		p.t.Errorf("created as %s", state)
	}
	id := text(made, "NetworkInterface", "NetworkInterfaceId")
	p.do("AttachNetworkInterface", object{"NetworkInterfaceId": id, "InstanceId": "ins-1"})
	p.do("AssignPrivateIpAddresses", object{"NetworkInterfaceId": id, "PrivateIpAddresses": []object{{"PrivateIpAddress": "10.1.0.20"}}, "SecondaryPrivateIpAddressCount": 1})
	six := p.do("AssignIpv6Addresses", object{"NetworkInterfaceId": id, "Ipv6AddressCount": 2})
	if set, ok := six["Ipv6AddressSet"].([]any); !ok || len(set) != 2 || text(set[0], "State") != "PENDING" {
		p.t.Errorf("%v", six)
	}
	found := at(p.do("DescribeNetworkInterfaces", object{"NetworkInterfaceIds": []string{id}}), "NetworkInterfaceSet", 0)
	for field, want := range map[string]string{
		"State": "AVAILABLE", "NetworkInterfaceName": "scene", "VpcId": "vpc-1", "SubnetId": "subnet-1", "Business": "cvm", "GroupSet": "[sg-1]",
	} {
		if got := text(found, field); got != want {
			p.t.Errorf("%s is %s, want %s", field, got, want)
		}
	}
	if text(found, "Attachment", "InstanceId") != "ins-1" || text(found, "TagSet", 0, "Key") != "app" || text(found, "PrivateIpAddressSet", 0, "Primary") != "true" {
		p.t.Errorf("%v", found)
	}
	return id
}

// takeApart releases every address, detaches the interface and deletes it.
func (p *program) takeApart(id string) {
	p.t.Helper()
	found := at(p.do("DescribeNetworkInterfaces", object{"NetworkInterfaceIds": []string{id}}), "NetworkInterfaceSet", 0)
	var four, six []object
	for _, a := range at(found, "PrivateIpAddressSet").([]any) { //nolint:forcetypeassert // a test that panics fails
		if text(a, "Primary") == "false" {
			four = append(four, object{"PrivateIpAddress": text(a, "PrivateIpAddress")})
		}
	}
	for _, a := range at(found, "Ipv6AddressSet").([]any) { //nolint:forcetypeassert // as above
		six = append(six, object{"Address": text(a, "Address")})
	}
	if len(four) != 3 || len(six) != 2 {
		p.t.Errorf("%d and %d addresses", len(four), len(six))
	}
	p.do("UnassignPrivateIpAddresses", object{"NetworkInterfaceId": id, "PrivateIpAddresses": four})
	p.do("UnassignIpv6Addresses", object{"NetworkInterfaceId": id, "Ipv6Addresses": six})
	p.do("DetachNetworkInterface", object{"NetworkInterfaceId": id, "InstanceId": "ins-1"})
	p.do("DeleteNetworkInterface", object{"NetworkInterfaceId": id})
	if _, code := p.send("vpc", "DescribeNetworkInterfaces", object{"NetworkInterfaceIds": []string{id}}); code != "ResourceNotFound" {
		p.t.Errorf("after the deletion: %q", code)
	}
}

// A program builds its scene, takes it apart and builds it again, by every scheme; each
// step is a task.
func TestSceneByEveryScheme(t *testing.T) {
	eachScheme(t, func(t *testing.T, d scheme) {
		synctest.Test(t, func(t *testing.T) {
			s := tencenttest.NewServer(&enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return 3 * time.Second }})
			s.Cloud.PutInstance(enitest.Instance{ID: "ins-1", VPCID: "vpc-1", SubnetID: "subnet-1", Zone: "ap-guangzhou-3"})
			p := newProgram(t, s, d)
			first := p.build()
			p.takeApart(first)
			if second := p.build(); second == first {
				t.Errorf("%s came back", first)
			}
			if list := p.do("DescribeNetworkInterfaces", object{"Filters": []object{{"Name": "tag:app", "Values": []string{"x"}}}}); text(list, "TotalCount") != "1" {
				t.Errorf("%v", list)
			}
		})
	})
}
