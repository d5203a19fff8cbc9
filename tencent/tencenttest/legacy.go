// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
	"github.com/cloudeni/cloudeni/tencent"
)

const (
	legacyPath     = "/v2/index.php"
	legacyMaxLimit = 50
	firstTask      = 16284
)

// LegacyServer is an http.Handler with API 2.0 of Tencent Cloud's VPC service. Set its
// fields before the first request; after that, change the credentials only with
// SetCredentials. It is safe for concurrent use.
type LegacyServer struct {
	// Cloud has the interfaces of the server's region; another region has none. Each
	// interface must have a VPCID, because changes name it. Requests name a region by
	// its id or by its old name in this API: gz is ap-guangzhou.
	Cloud  *enitest.Cloud
	Region string

	// The credentials with which requests must be signed. If Token is empty, requests
	// must have no token.
	SecretID, SecretKey, Token string

	// Strings writes every number as a string, as in the older documentation.
	Strings bool

	// Flat selects the flat format: taskId and totalCount are members of the response
	// and not of data, data is the list of interfaces, and instanceSet is a list.
	Flat bool

	// MissingIsError makes the description of an interface that does not exist an error.
	// Otherwise the response is an empty list.
	MissingIsError bool

	// StaleCode is the code for the release of an address that is not on the interface:
	// a number, a codeDesc, or both with a space between them. The vendor documents
	// none; empty means "5000 InvalidPrivateip.NotFound".
	StaleCode string

	mu     sync.Mutex // guards the following fields and the credentials
	tasks  int
	nonces wire.Nonces
}

// NewLegacyServer returns a LegacyServer for the region ap-guangzhou, with its own
// credentials.
func NewLegacyServer(cloud *enitest.Cloud) *LegacyServer {
	return &LegacyServer{Cloud: cloud, Region: defaultRegion, SecretID: defaultID, SecretKey: defaultKey}
}

// SetCredentials replaces the credentials with which requests must be signed.
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

// newTask returns the id of a change and of its task.
func (s *LegacyServer) newTask() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks++
	return strconv.Itoa(firstTask + s.tasks - 1)
}

// Config returns the configuration of a client of tencent.NewLegacy that calls the
// server in the same process. Its endpoint does not exist elsewhere.
func (s *LegacyServer) Config() tencent.Config {
	return tencent.Config{
		Region:      s.Region,
		Credentials: common.NewTokenCredential(s.credentials()),
		Endpoint:    "vpc.api.qcloud.test" + legacyPath,
		HTTPClient:  &http.Client{Transport: enitest.Transport(s)},
	}
}

// ServeHTTP verifies and answers one request.
func (s *LegacyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != legacyPath {
		wire.WriteReply(w, enitest.Reply{Status: http.StatusNotFound, ContentType: "text/plain", Body: []byte("404: the path is not " + legacyPath + "." + legacySchemes)})
		return
	}
	d := &legacyDialect{server: s}
	r.Body = http.MaxBytesReader(nil, r.Body, maxRequest)
	cloud, f := s.accept(r, d)
	if f != nil {
		wire.WriteReply(w, d.fail(f))
		return
	}
	wire.Serve(w, r, cloud, d.call, d)
}

// accept makes a call from a request and returns the cloud of its region, or the error
// of the request.
func (s *LegacyServer) accept(r *http.Request, d *legacyDialect) (*enitest.Cloud, *failure) {
	if f := openLegacy(r); f != nil {
		return nil, f
	}
	if f := s.verify(r); f != nil {
		return nil, f
	}
	cloud := s.Cloud
	switch region := legacyRegion(r.Form.Get("Region")); {
	case region == legacyRegion(s.Region):
	case !hasRegion(region):
		return nil, &failure{"4000", "The parameter Region is not the name of a region."}
	default:
		cloud = &enitest.Cloud{}
	}
	return cloud, d.read(cloud, r.Form)
}

// legacySchemes names what the server supports, for messages.
const legacySchemes = " This server speaks API 2.0 at " + legacyPath +
	": POST with a form and GET, signed with HmacSHA1 or HmacSHA256. The path of API 3.0 is /."

// openLegacy reads the parameters of a request, or refuses its scheme.
func openLegacy(r *http.Request) *failure {
	content, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) //nolint:errcheck // another type than those here
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return &failure{"4000", "The method is " + r.Method + "." + legacySchemes}
	case r.Method == http.MethodPost && content != "application/x-www-form-urlencoded":
		return &failure{"4000", "The content type is not application/x-www-form-urlencoded." + legacySchemes}
	case r.ParseForm() != nil:
		return &failure{"4000", "The parameters cannot be read."}
	case r.Form.Get("Signature") == "":
		return &failure{"4000", "The parameter Signature is missing." + legacySchemes}
	case hashV1(r.Form.Get("SignatureMethod")) == nil:
		return &failure{"4100", fmt.Sprintf("The parameter SignatureMethod is %q.", r.Form.Get("SignatureMethod")) + legacySchemes}
	}
	return nil
}
