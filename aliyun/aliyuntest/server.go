// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
)

// Server is an http.Handler that serves one account in one region. Set its
// fields before the first request; [Server.SetCredentials] changes the
// credentials at any time. It is safe for concurrent use.
type Server struct {
	// Cloud has the interfaces. Its faults apply only to requests that are signed and
	// well-formed. An interface without an IPv4 address is described with the primary
	// address 192.0.2.1, because every real interface has one.
	Cloud *enitest.Cloud

	// Region is the region of the interfaces. Another region has only the interfaces
	// that clients create there.
	Region string

	// The credentials of the account. An empty SecurityToken means a permanent access
	// key, which is sent without a token.
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string

	// MaxAddresses is the maximum number of IPv4 addresses in an
	// UnassignPrivateIpAddresses. Zero means 10, which every interface accepts. The
	// vendor documented 10 for a free interface until 2023, and 32 since 2024.
	MaxAddresses int

	// PrimaryCode is the code for the release of a primary address, which is not
	// documented. Empty means InvalidIp.IpUnassigned, which was observed on the real
	// cloud. It is also the code for an address that is not on the interface.
	PrimaryCode string

	// ConflictCode is the code for a change while another one is in progress. Empty
	// means Operation.Conflict, as documented. OperationConflict and
	// InvalidOperation.Conflict were also observed.
	ConflictCode string

	// MissingRefused makes DescribeNetworkInterfaces refuse a request with an id that
	// does not exist: its page lists the code InvalidEniId.NotFound. Otherwise the
	// response omits such ids, which was observed on the real cloud.
	MissingRefused bool

	nonces wire.Nonces

	mu        sync.Mutex                // guards the credentials and the following fields
	former    []keys                    // replaced by SetCredentials
	elsewhere map[string]*enitest.Cloud // the other regions
}

// keys are one set of credentials.
type keys struct{ id, secret, token string }

// SetCredentials replaces the account's credentials, as a rotation does. After that the
// server refuses the previous ones: temporary credentials as expired, a permanent access
// key as one that does not exist.
func (s *Server) SetCredentials(accessKeyID, accessKeySecret, securityToken string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.former = append(s.former, s.keys())
	s.AccessKeyID, s.AccessKeySecret, s.SecurityToken = accessKeyID, accessKeySecret, securityToken
}

// keys returns the current credentials. The server is locked.
func (s *Server) keys() keys { return keys{s.AccessKeyID, s.AccessKeySecret, s.SecurityToken} }

// NewServer returns a Server for the region cn-hangzhou, with its own credentials.
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
		Endpoint:    "https://ecs.invalid", // never resolved, so that no request reaches the real cloud
		HTTPClient:  &http.Client{Transport: enitest.Transport(s)},
	}
	if now.token != "" {
		cfg.Credentials = credentials.NewStaticSTSCredentialsProvider(now.id, now.secret, now.token)
	}
	return cfg
}

// ServeHTTP answers one request in RPC style. Its parameters are in the query, in a
// form, or in both.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d := &dialect{server: s, requestID: newRequestID(), host: r.Host}
	refuse := func(p *problem) { wire.WriteReply(w, d.problem(p)) }
	q, p := readRequest(r)
	if p != nil {
		refuse(p)
		return
	}
	if p := s.verify(q); p != nil {
		refuse(p)
		return
	}
	if !hasAction(q.action) {
		refuse(unknownAction(q.action))
		return
	}
	d.action, d.region = q.action, q.form.Get("RegionId")
	if d.cloud, p = s.cloudOf(d.region, q.action); p != nil {
		refuse(p)
		return
	}
	if answer, ok := immediate[q.action]; ok {
		wire.WriteReply(w, answer(q, d))
		return
	}
	call, p := actions[q.action](q, d)
	if p != nil {
		refuse(p)
		return
	}
	call.RequestID = d.requestID
	wire.Serve(w, r, d.cloud, call, d)
}

func (s *Server) maxAddresses() int { return cmp.Or(s.MaxAddresses, maxItems) }

// newRequestID returns an id in the shape of the vendor's.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
