// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the API's own default
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
	"github.com/cloudeni/cloudeni/tencent"
)

const (
	legacyPath     = "/v2/index.php"
	legacyMaxLimit = 50
	firstTask      = 16284
)

// LegacyServer is an http.Handler that speaks API 2.0 of Tencent Cloud's VPC
// service. Set its fields before the first request; after that SetCredentials alone
// may change something.
type LegacyServer struct {
	// Cloud has the interfaces of the server's region; another region has none.
	// Each must have a VPCID, which changes name.
	Cloud  *enitest.Cloud
	Region string

	// The credentials that requests must be signed with. An empty Token means
	// that they must carry none.
	SecretID, SecretKey, Token string

	// Strings writes every number as a string, as in the older documentation.
	Strings bool

	// Flat writes what belongs to data beside it: taskId and totalCount. The
	// list of interfaces is data itself, and instanceSet a list.
	Flat bool

	// MissingIsError makes the description of an interface that does not exist an
	// error. Otherwise it is an empty list.
	MissingIsError bool

	// StaleCode answers the release of an address that is not on the interface:
	// a number, a codeDesc, or both with a space between them. The vendor
	// documents none; empty means "5000 InvalidPrivateip.NotFound".
	StaleCode string

	mu     sync.Mutex // of the following, and of the credentials
	tasks  int
	nonces wire.Nonces
}

// NewLegacyServer makes a LegacyServer of the region ap-guangzhou with credentials
// of its own.
func NewLegacyServer(cloud *enitest.Cloud) *LegacyServer {
	return &LegacyServer{Cloud: cloud, Region: defaultRegion, SecretID: defaultID, SecretKey: defaultKey}
}

// SetCredentials changes what requests must be signed with, as of now.
func (s *LegacyServer) SetCredentials(secretID, secretKey, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.SecretID, s.SecretKey, s.Token = secretID, secretKey, token
}

func (s *LegacyServer) credentials() (secretID, secretKey, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.SecretID, s.SecretKey, s.Token
}

// newTask returns the id of a change, which is that of its task.
func (s *LegacyServer) newTask() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks++
	return strconv.Itoa(firstTask + s.tasks - 1)
}

// Config returns a configuration for the server and tencent.NewLegacy, in the same
// process. Its endpoint does not exist elsewhere.
func (s *LegacyServer) Config() tencent.Config {
	return tencent.Config{
		Region:      s.Region,
		Credentials: common.NewTokenCredential(s.credentials()),
		Endpoint:    "vpc.api.qcloud.test" + legacyPath,
		HTTPClient:  &http.Client{Transport: enitest.Transport(s)},
	}
}

// ServeHTTP verifies a request and carries it out.
func (s *LegacyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d := &legacyDialect{server: s}
	r.Body = http.MaxBytesReader(nil, r.Body, maxRequest)
	if r.URL.Path != legacyPath {
		wire.WriteReply(w, enitest.Reply{Status: http.StatusNotFound, ContentType: "text/html", Body: []byte("<html>404</html>")})
		return
	}
	if err := r.ParseForm(); err != nil {
		wire.WriteReply(w, d.Failed(0, "4000", "The parameters cannot be read."))
		return
	}
	if f := s.verify(r); f != nil {
		wire.WriteReply(w, d.fail(f))
		return
	}
	cloud := s.Cloud
	if r.Form.Get("Region") != s.Region {
		cloud = &enitest.Cloud{}
	}
	if f := d.read(cloud, r.Form); f != nil {
		wire.WriteReply(w, d.fail(f))
		return
	}
	wire.Serve(w, r, cloud, d.call, d)
}

// verify says what is wrong with the request's signature, or nil.
func (s *LegacyServer) verify(r *http.Request) *failure {
	for _, name := range []string{"Action", "Region", "Timestamp", "Nonce", "SecretId", "Signature"} {
		if r.Form.Get(name) == "" {
			return &failure{"4000", "The parameter " + name + " is missing."}
		}
	}
	for name, values := range r.Form {
		if len(values) != 1 {
			return &failure{"4000", "The parameter " + name + " is given twice."}
		}
	}
	secretID, secretKey, token := s.credentials()
	seconds, err := strconv.ParseInt(r.Form.Get("Timestamp"), 10, 64)
	switch {
	case err != nil:
		return &failure{"4000", "The parameter Timestamp is not a number."}
	case r.Form.Get("SecretId") != secretID:
		return &failure{"4104", "The SecretId does not exist."}
	case r.Form.Get("Token") != token:
		return &failure{"4105", "The token is not valid, or has expired."}
	}
	if want := legacySignature(r, secretKey); !hmac.Equal([]byte(want), []byte(r.Form.Get("Signature"))) {
		// The vendor shows what it has signed, the secret id and the token included.
		return &failure{"4100", "The signature is wrong: " + toSign(r)}
	}
	if time.Since(time.Unix(seconds, 0)).Abs() > maxSkew || !s.nonces.Add(r.Form.Get("Nonce")) {
		return &failure{"4500", "The request is a replay: its nonce was used, or its timestamp is more than five minutes off."}
	}
	return nil
}

// legacySignature computes the signature from what arrived.
func legacySignature(r *http.Request, secretKey string) string {
	var h func() hash.Hash
	switch r.Form.Get("SignatureMethod") {
	case "HmacSHA256":
		h = sha256.New
	case "", "HmacSHA1":
		h = sha1.New
	default:
		return ""
	}
	m := hmac.New(h, []byte(secretKey))
	m.Write([]byte(toSign(r)))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func toSign(r *http.Request) string {
	var parameters []string
	for _, name := range slices.Sorted(maps.Keys(r.Form)) {
		if name != "Signature" {
			parameters = append(parameters, name+"="+r.Form.Get(name))
		}
	}
	return r.Method + r.Host + r.URL.Path + "?" + strings.Join(parameters, "&")
}

// commonParameters are those that any request may have: the API's, and two that
// the SDK adds.
var commonParameters = []string{
	"Action", "Region", "Timestamp", "Nonce", "SecretId", "Signature", "SignatureMethod", "Token", "RequestClient", "Language",
}

// legacyDialect writes the answer to one request.
type legacyDialect struct {
	server *LegacyServer
	call   enitest.Call
	offset int // of a description
	limit  int
}

// read turns the request into a call, or says what is wrong with it.
func (d *legacyDialect) read(cloud *enitest.Cloud, form url.Values) *failure {
	unread := maps.Clone(form)
	for _, name := range commonParameters {
		delete(unread, name)
	}
	parameter := func(name string) string {
		defer delete(unread, name)
		return unread.Get(name)
	}
	var f *failure
	switch form.Get("Action") {
	case "UnassignPrivateIpAddresses":
		f = d.readUnassign(cloud, parameter)
	case "DescribeNetworkInterfaces":
		f = d.readDescribe(parameter)
	case "DescribeVpcTaskResult":
		d.call.Action, d.call.TaskID = enitest.DescribeTask, parameter("taskId")
		if _, err := strconv.Atoi(d.call.TaskID); err != nil {
			f = &failure{"4000", "The parameter taskId is not a number."}
		}
	default:
		return &failure{"4000 InvalidAction", "There is no such action."}
	}
	if f != nil {
		return f
	}
	for name := range unread {
		return &failure{"4000", "The parameter " + name + " is unknown."}
	}
	return nil
}

func (d *legacyDialect) readUnassign(cloud *enitest.Cloud, parameter func(string) string) *failure {
	d.call.Action, d.call.RequestID = enitest.UnassignPrivateIps, d.server.newTask()
	d.call.InterfaceID = parameter("networkInterfaceId")
	vpc := parameter("vpcId")
	if d.call.InterfaceID == "" || vpc == "" {
		return &failure{"4000", "The parameters vpcId and networkInterfaceId are required."}
	}
	for n := 0; ; n++ {
		text := parameter("privateIpAddress." + strconv.Itoa(n))
		if text == "" {
			break
		}
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() || slices.Contains(d.call.Addresses, a) {
			return &failure{"4000", "The parameter privateIpAddress has a value that is malformed or given twice."}
		}
		d.call.Addresses = append(d.call.Addresses, a)
	}
	if len(d.call.Addresses) == 0 {
		return &failure{"4000", "The parameter privateIpAddress is required."}
	}
	if i, ok := cloud.Get(d.call.InterfaceID); ok && i.VPCID != vpc {
		return &failure{"5000 InvalidVpc.NotFound", "The VPC does not exist."}
	}
	return nil
}

func (d *legacyDialect) readDescribe(parameter func(string) string) *failure {
	d.call.Action = enitest.Describe
	id := parameter("networkInterfaceId")
	if id == "" {
		return &failure{"4000", "This server describes one interface, which networkInterfaceId names."}
	}
	d.call.InterfaceIDs = []string{id}
	d.limit = defaultLimit
	for name, into := range map[string]*int{"offset": &d.offset, "limit": &d.limit} {
		text := parameter(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > legacyMaxLimit && into == &d.limit {
			return &failure{"4000", "The parameter " + name + " is out of range."}
		}
		*into = n
	}
	return nil
}

// number writes a number, as a string where the server does so.
func (d *legacyDialect) number(n int) any {
	if d.server.Strings {
		return strconv.Itoa(n)
	}
	return n
}

func (d *legacyDialect) Accepted() enitest.Reply {
	id, err := strconv.Atoi(d.call.RequestID)
	if err != nil {
		panic(err) // newTask made it
	}
	if d.server.Flat {
		return d.reply(0, 0, "", "", map[string]any{"taskId": d.number(id)})
	}
	return d.success(map[string]any{"taskId": d.number(id)})
}

func (d *legacyDialect) Described(found []eni.Interface) enitest.Reply {
	if len(found) == 0 && d.server.MissingIsError {
		return d.Rejected(&enitest.Rejection{Reason: enitest.NotFound})
	}
	from := min(d.offset, len(found))
	list := []map[string]any{}
	for _, i := range found[from:min(from+d.limit, len(found))] {
		list = append(list, d.write(&i))
	}
	if d.server.Flat {
		return d.reply(0, 0, "", "", map[string]any{"totalCount": d.number(len(found)), "data": list})
	}
	return d.success(map[string]any{"totalNum": d.number(len(found)), "data": list})
}

// write describes an interface. The API has neither states nor IPv6.
func (d *legacyDialect) write(i *eni.Interface) map[string]any {
	addresses := []map[string]any{}
	for _, a := range withPrimary(i.Addresses) {
		if a.Addr.Is4() {
			addresses = append(addresses, map[string]any{
				"privateIpAddress": a.Addr.String(), "primary": a.Primary, "wanIp": "", "eipId": "",
			})
		}
	}
	var instance any = map[string]any{"instanceId": i.InstanceID, "attachTime": ""}
	if d.server.Flat {
		instance = []any{instance}
		if i.InstanceID == "" {
			instance = []any{}
		}
	}
	return map[string]any{
		"vpcId": i.VPCID, "networkInterfaceId": i.ID, "primary": i.Type == eni.TypePrimary,
		"zoneId": d.number(200001), "eniName": "", "privateIpAddressesSet": addresses,
		"instanceSet": instance, "groupSet": []any{},
	}
}

func (d *legacyDialect) Task(state enitest.TaskState, output string) enitest.Reply {
	status, ok := map[enitest.TaskState]int{
		enitest.TaskSucceeded: 0,
		enitest.TaskFailed:    1,
		enitest.TaskRunning:   2,
	}[state]
	if !ok {
		return d.Failed(0, "5000", "The task does not exist.")
	}
	data := map[string]any{"status": d.number(status)}
	if output != "" {
		data["output"] = output
	}
	return d.success(data)
}

// legacyRejections has the number, the codeDesc and the message for each reason.
// Those that the API does not document have the number alone.
var legacyRejections = map[enitest.Reason]failure{
	enitest.NotFound:           {"5000 InvalidNetworkInterface.NotFound", "The network interface does not exist."},
	enitest.NotAssigned:        {"5000 InvalidPrivateip.NotFound", "The address is not on the network interface."},
	enitest.PrimaryAddress:     {"5100 InvalidPrivateip.IsPrimary", "The primary address cannot be released."},
	enitest.PrimaryInterface:   {"5100", "The primary network interface cannot be detached."},
	enitest.NotAttached:        {"5100", "The network interface is not attached to the instance."},
	enitest.NoInstance:         {"5100", "The network interface is not attached to the instance."},
	enitest.WrongInstanceState: {"5100", "The state of the instance does not allow this."},
	enitest.WrongState:         {"5100", "The state of the network interface does not allow this."},
	enitest.Conflict:           {"5100 OperationDenied.MutexTaskRunning", "Another task of the resource is running."},
	enitest.Throttled:          {"4400", "The number of requests exceeds the quota."},
	enitest.Denied:             {"4102", "The resource is not authorized."},
	enitest.ExpiredCredentials: {"4105", "The token has expired."},
	enitest.Internal:           {"6000", "An internal error has occurred."},
}

func (d *legacyDialect) Rejected(r *enitest.Rejection) enitest.Reply {
	f := legacyRejections[r.Reason]
	if r.Reason == enitest.NotAssigned && d.server.StaleCode != "" {
		f.code = d.server.StaleCode
	}
	if names := r.Names(); names != "" {
		f.message += " (" + names + ")"
	}
	return d.fail(&f)
}

func (d *legacyDialect) fail(f *failure) enitest.Reply { return d.Failed(0, f.code, f.message) }

// Failed takes a number, a codeDesc, or both with a space between them.
func (d *legacyDialect) Failed(status int, code, message string) enitest.Reply {
	first, desc, _ := strings.Cut(code, " ")
	number, err := strconv.Atoi(first)
	if err != nil {
		number, desc = 5100, code
	}
	return d.reply(status, number, desc, fmt.Sprintf("(%d)%s", number, message), nil)
}

func (d *legacyDialect) success(data map[string]any) enitest.Reply {
	return d.reply(0, 0, "Success", "", map[string]any{"data": data})
}

func (d *legacyDialect) reply(status, code int, desc, message string, more map[string]any) enitest.Reply {
	fields := map[string]any{"code": d.number(code), "message": message}
	if desc != "" {
		fields["codeDesc"] = desc
	}
	maps.Copy(fields, more)
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err) // nothing in a reply is of a type that JSON lacks
	}
	return enitest.Reply{Status: status, ContentType: "text/html; charset=utf-8", Body: body}
}
