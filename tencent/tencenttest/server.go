// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

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
