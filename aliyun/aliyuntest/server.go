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
	// Cloud is what the requests change. Its faults meet only requests that are
	// signed and well formed. An interface without an IPv4 address is described with
	// the primary address 192.0.2.1: the real cloud has none without one.
	Cloud *enitest.Cloud

	// Region is the one in which the interfaces are. In any other region there
	// are none but those that clients create there.
	Region string

	// The account's credentials. An empty SecurityToken means that the access key
	// is a lasting one, which comes without a token.
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string

	// MaxAddresses is how many IPv4 addresses an UnassignPrivateIpAddresses may name.
	// Zero means 10, what the vendor's pages until 2023 say for a free interface, and
	// what every interface takes; those since 2024 say 32.
	MaxAddresses int

	// PrimaryCode is the code for the release of a primary address, which is not
	// documented. Empty means InvalidIp.IpUnassigned, which was seen in the field, and
	// which is also the code for an address that is not on the interface.
	PrimaryCode string

	// ConflictCode is the code for a change while another one is under way. Empty means
	// Operation.Conflict, as documented; OperationConflict and InvalidOperation.Conflict
	// were seen in the field.
	ConflictCode string

	// MissingRefused makes DescribeNetworkInterfaces refuse a request of which one id does
	// not exist, as the code InvalidEniId.NotFound on its page would have it. Otherwise such
	// ids are left out, as was seen in the field.
	MissingRefused bool

	nonces wire.Nonces

	mu        sync.Mutex                // guards the credentials and what follows
	former    []keys                    // those that SetCredentials replaced
	elsewhere map[string]*enitest.Cloud // the other regions
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
