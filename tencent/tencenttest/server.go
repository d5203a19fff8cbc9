// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
	"github.com/cloudeni/cloudeni/tencent"
)

const (
	version       = "2017-03-12"
	maxRequest    = 10 << 20
	maxAddresses  = 10
	maxInterfaces = 100
	defaultLimit  = 20

	defaultRegion = "ap-guangzhou"
	defaultID     = "AKIDtencenttest0123456789"
	defaultKey    = "tencenttest-secret-key-0123456789"
)

// Server is an http.Handler that speaks API 3.0 of Tencent Cloud's VPC service.
// Set its fields before the first request; after that SetCredentials alone may
// change something.
type Server struct {
	// Cloud has the interfaces of the server's region; another region has none. An
	// interface without an IPv4 address is described with the primary address
	// 192.0.2.1: the real cloud has none without one.
	Cloud  *enitest.Cloud
	Region string

	// The credentials that requests must be signed with. An empty Token means
	// that they must carry none.
	SecretID, SecretKey, Token string

	// MissingLeftOut makes a description leave out the interfaces that do not
	// exist. Otherwise a single one makes the whole request a ResourceNotFound.
	MissingLeftOut bool

	// PrimaryCode answers the release of a primary IPv4 address. The vendor
	// documents UnauthorizedOperation.PrimaryIp for IPv6 only, and for IPv4 only
	// UnsupportedOperation, which says less; empty means the former.
	PrimaryCode string

	mu sync.Mutex // of the credentials
}

// SetCredentials changes what requests must be signed with, as of now.
func (s *Server) SetCredentials(secretID, secretKey, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.SecretID, s.SecretKey, s.Token = secretID, secretKey, token
}

func (s *Server) credentials() (secretID, secretKey, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.SecretID, s.SecretKey, s.Token
}

// NewServer makes a Server of the region ap-guangzhou with credentials of its own.
func NewServer(cloud *enitest.Cloud) *Server {
	return &Server{
		Cloud:     cloud,
		Region:    defaultRegion,
		SecretID:  defaultID,
		SecretKey: defaultKey,
	}
}

// Config returns a configuration for the server, in the same process. Its endpoint
// does not exist elsewhere.
func (s *Server) Config() tencent.Config {
	return tencent.Config{
		Region:      s.Region,
		Credentials: common.NewTokenCredential(s.credentials()),
		Endpoint:    "vpc.tencentcloudapi.test",
		HTTPClient:  &http.Client{Transport: enitest.Transport(s)},
	}
}

// ServeHTTP verifies a request and carries it out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d := &dialect{server: s, call: enitest.Call{RequestID: newRequestID()}}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	if f := s.refuse(r, body); f != nil {
		wire.WriteReply(w, d.fail(f))
		return
	}
	if f := d.read(r.Header.Get("X-TC-Action"), body); f != nil {
		wire.WriteReply(w, d.fail(f))
		return
	}
	cloud := s.Cloud
	if r.Header.Get("X-TC-Region") != s.Region {
		cloud = &enitest.Cloud{}
	}
	wire.Serve(w, r, cloud, d.call, d)
}

// refuse returns what is wrong with the request, whatever it is about, or nil.
func (s *Server) refuse(r *http.Request, body []byte) *failure {
	switch {
	case r.Method != http.MethodPost:
		return &failure{"UnsupportedProtocol", "This server takes POST only."}
	case len(body) > maxRequest:
		return &failure{"RequestSizeLimitExceeded", "The request is larger than 10 MB."}
	}
	for _, name := range []string{"X-TC-Action", "X-TC-Version", "X-TC-Timestamp", "X-TC-Region"} {
		if r.Header.Get(name) == "" {
			return &failure{"MissingParameter", "The request header is missing a required parameter `" + name + "`."}
		}
	}
	if f := s.verify(r, body); f != nil {
		return f
	}
	if r.Header.Get("X-TC-Version") != version {
		return &failure{"NoSuchVersion", "The API version is not supported."}
	}
	return nil
}

// newRequestID returns a UUID, as the vendor's request ids are.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// The requests, with every parameter that the vendor documents for them.

type unassignPrivateIPs struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	PrivateIPAddresses []struct {
		PrivateIPAddress string `json:"PrivateIpAddress"`
		Primary          bool
		PublicIPAddress  string `json:"PublicIpAddress"`
		AddressID        string `json:"AddressId"`
		Description      string
		IsWanIPBlocked   bool `json:"IsWanIpBlocked"`
		State            string
		QosLevel         string
	} `json:"PrivateIpAddresses"`
	InstanceID string `json:"InstanceId"`
}

type unassignIPv6 struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	IPv6Addresses      []struct {
		Address        string
		Primary        bool
		AddressID      string `json:"AddressId"`
		Description    string
		IsWanIPBlocked bool `json:"IsWanIpBlocked"`
		State          string
	} `json:"Ipv6Addresses"`
}

type detach struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	InstanceID         string `json:"InstanceId"`
	ClientToken        string
}

type deletion struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
}

type describe struct {
	NetworkInterfaceIDs []string `json:"NetworkInterfaceIds"`
	Filters             []filter
	Offset              int
	Limit               *int
}

type describeTask struct {
	TaskID string `json:"TaskId"`
}

// read turns the request into a call, or says what is wrong with it.
func (d *dialect) read(action string, body []byte) *failure {
	switch action {
	case "UnassignPrivateIpAddresses":
		return d.readUnassignPrivateIPs(body)
	case "UnassignIpv6Addresses":
		return d.readUnassignIPv6(body)
	case "DetachNetworkInterface":
		return d.readDetach(body)
	case "DeleteNetworkInterface":
		return d.readDelete(body)
	case "DescribeNetworkInterfaces":
		return d.readDescribe(body)
	case "DescribeVpcTaskResult":
		return d.readTask(body)
	default:
		return &failure{"InvalidAction", fmt.Sprintf("The action %q is not valid.", action)}
	}
}

func (d *dialect) readUnassignPrivateIPs(body []byte) *failure {
	var q unassignPrivateIPs
	if f := decode(body, &q); f != nil {
		return f
	}
	names := make([]string, len(q.PrivateIPAddresses))
	for i, a := range q.PrivateIPAddresses {
		names[i] = a.PrivateIPAddress
	}
	d.call.Action, d.unbinds = enitest.UnassignPrivateIps, q.InstanceID
	return d.readAddresses("PrivateIpAddresses", q.NetworkInterfaceID, names, netip.Addr.Is4)
}

func (d *dialect) readUnassignIPv6(body []byte) *failure {
	var q unassignIPv6
	if f := decode(body, &q); f != nil {
		return f
	}
	names := make([]string, len(q.IPv6Addresses))
	for i, a := range q.IPv6Addresses {
		names[i] = a.Address
	}
	d.call.Action = enitest.UnassignIpv6
	return d.readAddresses("Ipv6Addresses", q.NetworkInterfaceID, names, netip.Addr.Is6)
}

func (d *dialect) readAddresses(parameter, id string, names []string, family func(netip.Addr) bool) *failure {
	d.call.InterfaceID = id
	switch {
	case id == "":
		return missing("NetworkInterfaceId")
	case !interfaceID.MatchString(id):
		return malformed(id)
	case len(names) == 0:
		return missing(parameter)
	case len(names) > maxAddresses:
		return &failure{"InvalidParameterValue.LimitExceeded", fmt.Sprintf("`%s` takes at most %d values.", parameter, maxAddresses)}
	}
	for _, name := range names {
		a, err := netip.ParseAddr(name)
		if err != nil || !family(a) {
			return malformed(name)
		}
		if slices.Contains(d.call.Addresses, a) {
			return &failure{"InvalidParameterValue.DuplicatePara", fmt.Sprintf("The value %q is given twice.", name)}
		}
		d.call.Addresses = append(d.call.Addresses, a)
	}
	return nil
}

func (d *dialect) readDetach(body []byte) *failure {
	var q detach
	if f := decode(body, &q); f != nil {
		return f
	}
	d.call.Action, d.call.InterfaceID, d.call.InstanceID = enitest.Detach, q.NetworkInterfaceID, q.InstanceID
	switch {
	case q.NetworkInterfaceID == "":
		return missing("NetworkInterfaceId")
	case q.InstanceID == "":
		return missing("InstanceId")
	case !interfaceID.MatchString(q.NetworkInterfaceID):
		return malformed(q.NetworkInterfaceID)
	}
	return nil
}

func (d *dialect) readDelete(body []byte) *failure {
	var q deletion
	if f := decode(body, &q); f != nil {
		return f
	}
	d.call.Action, d.call.InterfaceID = enitest.Delete, q.NetworkInterfaceID
	switch {
	case q.NetworkInterfaceID == "":
		return missing("NetworkInterfaceId")
	case !interfaceID.MatchString(q.NetworkInterfaceID):
		return malformed(q.NetworkInterfaceID)
	}
	return nil
}

func (d *dialect) readDescribe(body []byte) *failure {
	var q describe
	if f := decode(body, &q); f != nil {
		return f
	}
	d.call.Action, d.call.InterfaceIDs = enitest.Describe, q.NetworkInterfaceIDs
	d.offset, d.limit = q.Offset, defaultLimit
	if q.Limit != nil {
		d.limit = *q.Limit
	}
	switch {
	case len(q.Filters) > 0 && len(q.NetworkInterfaceIDs) > 0:
		return &failure{"InvalidParameter.Coexist", "`NetworkInterfaceIds` and `Filters` cannot be given together."}
	case len(q.NetworkInterfaceIDs) > maxInterfaces:
		return &failure{"InvalidParameterValue.LimitExceeded", fmt.Sprintf("`NetworkInterfaceIds` takes at most %d values.", maxInterfaces)}
	case d.offset < 0, d.limit < 1, d.limit > maxInterfaces:
		return &failure{"InvalidParameterValue.Range", fmt.Sprintf("`Limit` is from 1 to %d, and `Offset` not negative.", maxInterfaces)}
	}
	if len(q.NetworkInterfaceIDs) == 0 {
		d.call.Action = enitest.List
		return d.readFilters(q.Filters)
	}
	for _, id := range q.NetworkInterfaceIDs {
		if !interfaceID.MatchString(id) {
			return malformed(id)
		}
	}
	return nil
}

func (d *dialect) readTask(body []byte) *failure {
	var q describeTask
	if f := decode(body, &q); f != nil {
		return f
	}
	d.call.Action, d.call.TaskID = enitest.DescribeTask, q.TaskID
	if q.TaskID == "" {
		return missing("TaskId")
	}
	return nil
}

// interfaceID is laxer than the vendor, whose ids have eight characters, so that
// tests can give theirs names.
var interfaceID = regexp.MustCompile(`^eni-[0-9A-Za-z-]+$`)

func decode(body []byte, into any) *failure {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	switch {
	case err != nil && strings.Contains(err.Error(), "unknown field"): // it has no type of its own
		return &failure{"UnknownParameter", "The request has an unknown parameter: " + err.Error()}
	case err != nil:
		return &failure{"InvalidParameter", "The request cannot be read: " + err.Error()}
	}
	return nil
}

func missing(parameter string) *failure {
	return &failure{"MissingParameter", "The request is missing a required parameter `" + parameter + "`."}
}

func malformed(value string) *failure {
	return &failure{"InvalidParameterValue.Malformed", fmt.Sprintf("The value %q is malformed.", value)}
}

// dialect writes the answer to one request.
type dialect struct {
	server        *Server
	call          enitest.Call
	unbinds       string // the InstanceId of an Unassign
	offset, limit int    // of a description
}

// Accepted also unbinds the instance that an Unassign names, as the vendor does.
func (d *dialect) Accepted() enitest.Reply {
	if d.unbinds != "" {
		d.server.Cloud.Update(d.call.InterfaceID, func(i *eni.Interface) {
			if i.InstanceID == d.unbinds {
				i.InstanceID, i.State = "", eni.StateAvailable
			}
		})
	}
	return d.reply(0, map[string]any{})
}

func (d *dialect) Described(found []eni.Interface) enitest.Reply {
	if len(found) < len(d.call.InterfaceIDs) && !d.server.MissingLeftOut {
		return d.Rejected(&enitest.Rejection{Reason: enitest.NotFound})
	}
	from := min(d.offset, len(found))
	page := found[from:min(from+d.limit, len(found))]
	set := make([]networkInterface, len(page))
	for i := range page {
		set[i] = write(&page[i])
	}
	return d.reply(0, map[string]any{"NetworkInterfaceSet": set, "TotalCount": len(found)})
}

func (d *dialect) Task(state enitest.TaskState, output string) enitest.Reply {
	status, ok := map[enitest.TaskState]string{
		enitest.TaskRunning:   "RUNNING",
		enitest.TaskSucceeded: "SUCCESS",
		enitest.TaskFailed:    "FAILED",
	}[state]
	if !ok {
		return d.Failed(0, "ResourceNotFound", fmt.Sprintf("The task %q is not found.", d.call.TaskID))
	}
	return d.reply(0, map[string]any{"Status": status, "Output": output, "Result": nil})
}

// rejections has the vendor's code and message for each reason.
var rejections = map[enitest.Reason]failure{
	enitest.NotFound:           {"ResourceNotFound", "The network interface is not found."},
	enitest.NotAssigned:        {"UnsupportedOperation.AttachmentNotFound", "The attachment is not found."},
	enitest.PrimaryAddress:     {"UnauthorizedOperation.PrimaryIp", "The primary IP cannot be operated."},
	enitest.InUse:              {"ResourceInUse", "The network interface is bound to an instance."},
	enitest.HasMembers:         {"UnsupportedOperation", "The network interface has members."},
	enitest.Managed:            {"UnsupportedOperation", "The network interface is managed by a service."},
	enitest.PrimaryInterface:   {"UnsupportedOperation", "The primary network interface cannot be detached."},
	enitest.NotAttached:        {"UnsupportedOperation.InvalidState", "The network interface is not attached to the instance."},
	enitest.WrongState:         {"UnsupportedOperation.InvalidState", "The state of the network interface does not allow this."},
	enitest.Conflict:           {"UnsupportedOperation.MutexOperationTaskRunning", "Another task of the resource is running."},
	enitest.Throttled:          {"RequestLimitExceeded", "Your current request times exceed the limit of the API."},
	enitest.Denied:             {"UnauthorizedOperation", "You are not authorized to perform this operation."},
	enitest.ExpiredCredentials: {"AuthFailure.TokenFailure", "The token has expired."},
	enitest.Internal:           {"InternalError", "An internal error has occurred."},
}

func (d *dialect) Rejected(r *enitest.Rejection) enitest.Reply {
	f := rejections[r.Reason]
	names := r.Names()
	switch {
	case r.Reason == enitest.NotAssigned && names != "":
		f.message = "The attachment of " + names + " is not found."
	case r.Reason == enitest.PrimaryAddress && names != "":
		f.message = "The primary IP " + names + " cannot be operated."
	}
	if r.Reason == enitest.PrimaryAddress && d.call.Action == enitest.UnassignPrivateIps && d.server.PrimaryCode != "" {
		f.code = d.server.PrimaryCode
	}
	return d.fail(&f)
}

func (d *dialect) fail(f *failure) enitest.Reply { return d.Failed(0, f.code, f.message) }

func (d *dialect) Failed(status int, code, message string) enitest.Reply {
	return d.reply(status, map[string]any{"Error": map[string]string{"Code": code, "Message": message}})
}

func (d *dialect) reply(status int, response map[string]any) enitest.Reply {
	response["RequestId"] = d.call.RequestID
	body, err := json.Marshal(map[string]any{"Response": response})
	if err != nil {
		panic(err) // nothing in a reply is of a type that JSON lacks
	}
	return enitest.Reply{Status: status, ContentType: "application/json", Body: body}
}
