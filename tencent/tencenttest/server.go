// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
	"github.com/cloudeni/cloudeni/tencent"
)

const (
	maxRequest    = 10 << 20
	maxAddresses  = 10
	maxInterfaces = 100
	defaultLimit  = 20
	maxToken      = 64

	defaultRegion = "ap-guangzhou"
	defaultID     = "AKIDtencenttest0123456789"
	defaultKey    = "tencenttest-secret-key-0123456789"
)

// Server is an http.Handler that speaks API 3.0 of Tencent Cloud's VPC service.
// Set its fields before the first request; after that SetCredentials alone may
// change something.
type Server struct {
	// Cloud has the interfaces of the server's region; another region has none but
	// those that clients create there. An interface without an IPv4 address is
	// described with the primary address 192.0.2.1: the real cloud has none without one.
	Cloud  *enitest.Cloud
	Region string

	// The credentials that requests must be signed with. An empty Token means
	// that they must carry none.
	SecretID, SecretKey, Token string

	// MissingLeftOut makes a description leave out the interfaces that do not
	// exist. Otherwise a single one makes the whole request a ResourceNotFound.
	MissingLeftOut bool

	// What follows chooses codes that the vendor's pages leave open. What the cloud
	// does, beside the code, is chosen in Cloud: DetachFree, DetachAgain,
	// ConflictScope and PartialBatches.

	// PrimaryCode answers the release of a primary IPv4 address. The vendor documents
	// only UnsupportedOperation for it, which says little; for IPv6 there is
	// UnauthorizedOperation.PrimaryIp, which is what empty means.
	PrimaryCode string

	// StaleCode answers the release of an address that is not on the interface. Empty
	// means UnsupportedOperation.AttachmentNotFound; for IPv6 the vendor also documents
	// UnauthorizedOperation.AttachmentNotFound.
	StaleCode string

	// ConflictCode answers a change while another one is under way. Empty means
	// UnsupportedOperation.MutexOperationTaskRunning, which the vendor documents for
	// addresses and not for Attach, Detach and Delete.
	ConflictCode string

	// NoInstanceCode answers a change that names an instance which does not exist.
	// Empty means ResourceNotFound, which on a detach may be the interface as well;
	// InvalidInstanceId.NotFound was seen in the field.
	NoInstanceCode string

	mu        sync.Mutex // of the following, and of the credentials
	elsewhere map[string]*enitest.Cloud
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
	switch f := s.accept(r, d); {
	case f != nil:
		wire.WriteReply(w, d.fail(f))
	case d.call.Action == "": // the cloud knows nothing of it
		wire.WriteReply(w, d.regions())
	default:
		wire.Serve(w, r, d.cloud, d.call, d)
	}
}

// accept makes a call of a request, and finds the cloud that it is for, or says what
// is wrong with it.
func (s *Server) accept(r *http.Request, d *dialect) *failure {
	q, f := open(r)
	if f != nil {
		return f
	}
	if f := s.verify(q); f != nil {
		return f
	}
	action, f := findAction(q)
	if f != nil {
		return f
	}
	d.action = q.action
	if d.cloud, f = s.cloud(q, action); f != nil {
		return f
	}
	return action.read(d, q.parameters)
}

// newRequestID returns a UUID, as the vendor's request ids are.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
