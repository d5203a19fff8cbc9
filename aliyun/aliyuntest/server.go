// SPDX-License-Identifier: Apache-2.0

// Package aliyuntest has a server that speaks the API of Alibaba Cloud ECS to an
// in-memory cloud, for tests of programs that use package aliyun. It verifies
// what the real one verifies: signatures, time stamps, nonces and parameters.
//
// In the same process, without sockets, and so in the virtual time of
// testing/synctest:
//
//	cloud := &enitest.Cloud{}
//	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateAvailable, …})
//	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
//
// Over loopback, with net/http/httptest:
//
//	server := aliyuntest.NewServer(cloud)
//	loopback := httptest.NewServer(server)
//	defer loopback.Close()
//	cfg := server.Config()
//	cfg.Endpoint, cfg.HTTPClient = loopback.URL, loopback.Client()
//	client, err := aliyun.New(cfg, nil)
package aliyuntest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
)

// Server is an http.Handler that serves one account in one region. Set its
// fields before the first request; [Server.SetCredentials] changes the
// credentials at any time. It is safe for concurrent use.
type Server struct {
	// Cloud is what the requests change. Its faults meet only requests that are
	// signed and well formed. An interface without an IPv4 address is described with
	// the primary address 192.0.2.1: the real cloud has none without one.
	Cloud *enitest.Cloud

	// Region is the one in which the interfaces are. In any other region there
	// are none.
	Region string

	// The account's credentials. An empty SecurityToken means that the access key
	// is a lasting one, which comes without a token.
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string

	nonces    wire.Nonces
	elsewhere enitest.Cloud // the other regions

	mu     sync.Mutex // guards the credentials
	former []keys     // those that SetCredentials replaced
}

// keys are one set of credentials.
type keys struct{ id, secret, token string }

// SetCredentials replaces the account's credentials, as a rotation does. Those
// before them are refused from then on: temporary ones as expired, a lasting
// access key as one that does not exist.
func (s *Server) SetCredentials(accessKeyID, accessKeySecret, securityToken string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.former = append(s.former, s.keys())
	s.AccessKeyID, s.AccessKeySecret, s.SecurityToken = accessKeyID, accessKeySecret, securityToken
}

// keys are those accepted now. The server is locked.
func (s *Server) keys() keys { return keys{s.AccessKeyID, s.AccessKeySecret, s.SecurityToken} }

// NewServer returns a Server in region cn-hangzhou with credentials of its own.
func NewServer(cloud *enitest.Cloud) *Server {
	return &Server{
		Cloud:           cloud,
		Region:          "cn-hangzhou",
		AccessKeyID:     "LTAI5tDemoDemoDemoDemoId",
		AccessKeySecret: "DemoSecretDemoSecretDemoSecret",
	}
}

// Config returns the configuration of a client that calls the server in the same
// process, with the server's credentials.
func (s *Server) Config() aliyun.Config {
	s.mu.Lock()
	now := s.keys()
	s.mu.Unlock()
	cfg := aliyun.Config{
		Region:      s.Region,
		Credentials: credentials.NewStaticAKCredentialsProvider(now.id, now.secret),
		Endpoint:    "https://ecs.invalid", // never resolved; the real one must stay out of reach
		HTTPClient:  &http.Client{Transport: enitest.Transport(s)},
	}
	if now.token != "" {
		cfg.Credentials = credentials.NewStaticSTSCredentialsProvider(now.id, now.secret, now.token)
	}
	return cfg
}

// ServeHTTP answers one request of the RPC style, with its parameters in the
// query, in a form, or in both.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d := &dialect{requestID: newRequestID(), host: r.Host}
	if err := r.ParseForm(); err != nil {
		wire.WriteReply(w, d.Failed(http.StatusBadRequest, "InvalidParameter", "The request cannot be parsed."))
		return
	}
	if p := s.verify(r.Method, r.Form); p != nil {
		wire.WriteReply(w, d.problem(p))
		return
	}
	call, p := parse(r.Form, d)
	if p != nil {
		wire.WriteReply(w, d.problem(p))
		return
	}
	call.RequestID = d.requestID
	cloud := s.Cloud
	if r.Form.Get("RegionId") != s.Region {
		cloud = &s.elsewhere
	}
	wire.Serve(w, r, cloud, call, d)
}

// newRequestID returns an id in the shape of the vendor's.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// problem is a refusal of the request itself.
type problem struct {
	status  int
	code    string
	message string
}

func missing(name string) *problem {
	return &problem{http.StatusBadRequest, "MissingParameter",
		fmt.Sprintf("The input parameter %q that is mandatory for processing this request is not supplied.", name)}
}

func invalid(name string) *problem {
	return &problem{http.StatusBadRequest, "InvalidParameter",
		fmt.Sprintf("The specified value of %q is not valid.", name)}
}

// The vendor's limits, those that hold for every instance type.
const (
	maxItems      = 10
	maxInterfaces = 100
)

// parse reads the parameters of the action. What paging needs goes to d.
func parse(form url.Values, d *dialect) (enitest.Call, *problem) {
	switch form.Get("Action") {
	case "UnassignPrivateIpAddresses":
		return parseUnassign(form, enitest.UnassignPrivateIps, "PrivateIpAddress", "Ipv4Prefix")
	case "UnassignIpv6Addresses":
		return parseUnassign(form, enitest.UnassignIpv6, "Ipv6Address", "Ipv6Prefix")
	case "DetachNetworkInterface":
		return parseDetach(form)
	case "DeleteNetworkInterface":
		return parseDelete(form)
	case "DescribeNetworkInterfaces":
		return parseDescribe(form, d)
	default:
		return enitest.Call{}, &problem{http.StatusNotFound, "InvalidAction.NotFound",
			"Specified api is not found, please check your url and method."}
	}
}

func parseUnassign(form url.Values, action enitest.Action, addressKey, prefixKey string) (enitest.Call, *problem) {
	call := enitest.Call{Action: action, InterfaceID: form.Get("NetworkInterfaceId")}
	addresses, prefixes := list(form, addressKey), list(form, prefixKey)
	switch {
	case call.InterfaceID == "":
		return call, missing("NetworkInterfaceId")
	case len(addresses)+len(prefixes) == 0:
		return call, &problem{http.StatusForbidden, "MissingParameter",
			fmt.Sprintf("These parameters %s,%s cannot be both empty.", addressKey, prefixKey)}
	case len(addresses) > 0 && len(prefixes) > 0:
		return call, &problem{http.StatusBadRequest, "InvalidParameter.Conflict",
			fmt.Sprintf("The parameters %s and %s cannot be specified at the same time.", addressKey, prefixKey)}
	case len(addresses) > maxItems:
		return call, invalid(addressKey)
	case len(prefixes) > maxItems:
		return call, invalid(prefixKey)
	}
	wantIPv4 := action == enitest.UnassignPrivateIps
	var p *problem
	if call.Addresses, p = parseAddresses(addresses, addressKey, wantIPv4); p != nil {
		return call, p
	}
	call.Prefixes, p = parsePrefixes(prefixes, wantIPv4)
	return call, p
}

func parseAddresses(written []string, key string, wantIPv4 bool) ([]netip.Addr, *problem) {
	var addresses []netip.Addr
	for _, text := range written {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil || a.Is4() != wantIPv4:
			return nil, invalid(key)
		case slices.Contains(addresses, a):
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpRepeated",
				fmt.Sprintf("The specified IP %q is repeated.", text)}
		}
		addresses = append(addresses, a)
	}
	return addresses, nil
}

func parsePrefixes(written []string, wantIPv4 bool) ([]netip.Prefix, *problem) {
	var prefixes []netip.Prefix
	for _, text := range written {
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil || p.Addr().Is4() != wantIPv4:
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixIllegal",
				fmt.Sprintf("The ip prefixes %s is/are illegal.", text)}
		case p != p.Masked():
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixNotStrict",
				"The ip prefix must be strict cidr format."}
		case len(prefixes) > 0 && prefixes[0].Bits() != p.Bits():
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixMaskNotSame",
				fmt.Sprintf("The ip prefixes %s are illegal which mask must be same.", text)}
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}

func parseDetach(form url.Values) (enitest.Call, *problem) {
	call := enitest.Call{
		Action:           enitest.Detach,
		InterfaceID:      form.Get("NetworkInterfaceId"),
		InstanceID:       form.Get("InstanceId"),
		TrunkInterfaceID: form.Get("TrunkNetworkInstanceId"),
	}
	switch {
	case call.InterfaceID == "":
		return call, missing("NetworkInterfaceId")
	case call.InstanceID == "":
		return call, missing("InstanceId")
	}
	return call, nil
}

func parseDelete(form url.Values) (enitest.Call, *problem) {
	call := enitest.Call{Action: enitest.Delete, InterfaceID: form.Get("NetworkInterfaceId")}
	if call.InterfaceID == "" {
		return call, missing("NetworkInterfaceId")
	}
	return call, nil
}

// parseDescribe takes requests that name their interfaces, and those that list what
// filters pick.
func parseDescribe(form url.Values, d *dialect) (enitest.Call, *problem) {
	call := enitest.Call{Action: enitest.Describe, InterfaceIDs: list(form, "NetworkInterfaceId")}
	if len(call.InterfaceIDs) == 0 {
		call.Action, call.Filter = enitest.List, parseFilter(form)
		d.tagged = len(call.Filter.Tags) > 0
	}
	if len(call.InterfaceIDs) > maxInterfaces {
		return call, invalid("NetworkInterfaceId")
	}
	d.pageSize = defaultPage
	if written := form.Get("MaxResults"); written != "" {
		n, err := strconv.Atoi(written)
		if err != nil {
			return call, invalid("MaxResults")
		}
		d.pageSize = min(max(n, defaultPage), maxPage)
	}
	var ok bool
	if d.from, ok = fromToken(form.Get("NextToken")); !ok {
		return call, invalid("NextToken")
	}
	return call, nil
}

// parseFilter reads what a list is filtered by.
func parseFilter(form url.Values) eni.Filter {
	f := eni.Filter{
		VPCID: form.Get("VpcId"), SubnetID: form.Get("VSwitchId"), InstanceID: form.Get("InstanceId"),
		Type:  eni.InterfaceType(strings.ToLower(form.Get("Type"))),
		State: eni.InterfaceState(strings.ToLower(form.Get("Status"))),
	}
	if f.State == "inuse" {
		f.State = eni.StateInUse
	}
	for n := 1; ; n++ {
		name := "Tag." + strconv.Itoa(n)
		if !form.Has(name + ".Key") {
			return f
		}
		if f.Tags == nil {
			f.Tags = make(map[string]string)
		}
		f.Tags[form.Get(name+".Key")] = form.Get(name + ".Value")
	}
}

// list reads key.1, key.2 and so on, up to the first that is missing.
func list(form url.Values, key string) []string {
	var items []string
	for n := 1; ; n++ {
		name := key + "." + strconv.Itoa(n)
		if !form.Has(name) {
			return items
		}
		items = append(items, form.Get(name))
	}
}
