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

// Server is an http.Handler with API 3.0 of Tencent Cloud's VPC service. Set its fields
// before the first request; after that, change the credentials only with SetCredentials.
// It is safe for concurrent use.
type Server struct {
	// Cloud has the interfaces of the server's region. Another region has only the
	// interfaces that clients create there. An interface without an IPv4 address is
	// described with the primary address 192.0.2.1, because every real interface has
	// one.
	Cloud  *enitest.Cloud
	Region string

	// The credentials with which requests must be signed. If Token is empty, requests
	// must have no token.
	SecretID, SecretKey, Token string

	// MissingLeftOut makes a description omit interfaces that do not exist. Otherwise
	// one such interface makes the whole request fail with ResourceNotFound.
	MissingLeftOut bool

	// The following fields choose codes that the vendor does not document. DetachFree,
	// DetachAgain, ConflictScope and PartialBatches of Cloud choose what the cloud does.

	// PrimaryCode is the code for the release of a primary IPv4 address. Empty means
	// UnauthorizedOperation.PrimaryIp, which the vendor documents for IPv6. For IPv4 it
	// documents only UnsupportedOperation.
	PrimaryCode string

	// StaleCode is the code for the release of an address that is not on the interface.
	// Empty means UnsupportedOperation.AttachmentNotFound. For IPv6 the vendor also
	// documents UnauthorizedOperation.AttachmentNotFound.
	StaleCode string

	// ConflictCode is the code for a change while another one is in progress. Empty
	// means UnsupportedOperation.MutexOperationTaskRunning, which the vendor documents
	// for addresses, but not for Attach, Detach and Delete.
	ConflictCode string

	// NoInstanceCode is the code for a change with an instance that does not exist.
	// Empty means ResourceNotFound, which for a detach can also mean the interface.
	// InvalidInstanceId.NotFound was observed on the real cloud.
	NoInstanceCode string

	mu        sync.Mutex // guards the following fields and the credentials
	elsewhere map[string]*enitest.Cloud
}

// SetCredentials replaces the credentials with which requests must be signed.
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

// NewServer returns a Server for the region ap-guangzhou, with its own credentials.
func NewServer(cloud *enitest.Cloud) *Server {
	return &Server{
		Cloud:     cloud,
		Region:    defaultRegion,
		SecretID:  defaultID,
		SecretKey: defaultKey,
	}
}

// Config returns the configuration of a client that calls the server in the same
// process. Its endpoint does not exist elsewhere.
func (s *Server) Config() tencent.Config {
	return tencent.Config{
		Region:      s.Region,
		Credentials: common.NewTokenCredential(s.credentials()),
		Endpoint:    "vpc.tencentcloudapi.test",
		HTTPClient:  &http.Client{Transport: enitest.Transport(s)},
	}
}

// ServeHTTP verifies and answers one request.
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

// accept makes a call from a request and returns the cloud of its region, or the error
// of the request.
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
