package tencent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/internal/core"
)

// endpoint sends the requests of one account to one host. The drivers of both APIs
// share it. It holds no lock across a request, and sends none twice.
type endpoint struct {
	credentials *credentialCache
	client      *http.Client
	scheme      string
	host        string
	path        string
	header      map[string]string // of every request; only read once it is made
	signature   string            // the SDK's name of the method
	keepReply   bool              // replies are read here, and not by the SDK
}

var _ core.Renewer = (*endpoint)(nil)

// send sends one request. Without an error the reply is one JSON object, which the
// SDK has read into reply, or which is in the exchange where the endpoint keeps it.
func (e *endpoint) send(ctx context.Context, request tchttp.Request, reply tchttp.Response) (*exchange, error) {
	set, err := e.credentials.get(ctx)
	if err != nil {
		return nil, credentialError(ctx, err)
	}
	x := &exchange{client: e.client, keepReply: e.keepReply, redactor: append(make(redactor, 0, 5), set.id, set.key, set.token), signed: set}
	request.SetContext(withExchange(ctx, x))
	request.SetScheme(e.scheme)
	request.SetDomain(e.host)
	request.SetPath(e.path)
	request.SetHeader(e.header)

	client := sdk // a copy, so that these credentials sign this request and no other
	client.WithSignatureMethod(e.signature).WithCredential(common.NewTokenCredential(set.id, set.key, set.token))
	err = client.Send(request, reply)
	// API 2.0 has the signature among the parameters.
	x.redactor = append(x.redactor, x.signature, request.GetParams()["Signature"])
	switch {
	case x.err != nil:
		return x, x.requestError(x.lostAnswer(ctx))
	case err != nil:
		return x, x.requestError(err)
	}
	return x, nil
}

// requestError makes the error of an exchange that failed with err.
func (x *exchange) requestError(err error) *requestError {
	failed := newRequestError(err, x.status, x.redactor)
	failed.signed, failed.notSent, failed.retryAfter = x.signed.fingerprint(), !x.sent, x.retryAfter
	return failed
}

// Renew implements core.Renewer. It fetches as for any request: credentials that
// refresh themselves know when they have to, and those that are rotated from outside
// are the next set by then.
func (e *endpoint) Renew(ctx context.Context, err error) bool {
	var failed *requestError
	return errors.As(err, &failed) && failed.expired() && e.credentials.renew(ctx, failed.signed)
}

// regionID excludes what cannot be a region, such as the name of a region or a value
// with a line break, which would end the header that it is sent in.
var regionID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

func checkRegion(region string) error {
	switch {
	case region == "":
		return errors.New("tencent: region is required")
	case !regionID.MatchString(region):
		return fmt.Errorf("tencent: region %q is not an id such as ap-guangzhou", region)
	}
	return nil
}

// parseEndpoint returns the scheme, the host with its port if it has one, and the
// path if it has one; all are empty for an empty endpoint. Its errors do not repeat
// the endpoint, which may hold a password.
func parseEndpoint(endpoint string) (scheme, host, path string, err error) {
	if endpoint == "" {
		return "", "", "", nil
	}
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", "", "", errors.New("tencent: endpoint is not a host, a host:port or a URL")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "", "", fmt.Errorf("tencent: endpoint has the scheme %q, want http or https", u.Scheme)
	case u.Hostname() == "":
		return "", "", "", errors.New("tencent: endpoint has no host")
	case u.User != nil:
		return "", "", "", errors.New("tencent: endpoint must not hold a user or password")
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return "", "", "", errors.New("tencent: endpoint must not have a query or a fragment")
	case u.EscapedPath() != u.Path:
		return "", "", "", errors.New("tencent: endpoint has a path that must be escaped, want letters, digits and -._~") // the signature covers it as it is
	case !validPort(u):
		return "", "", "", errors.New("tencent: invalid port in the endpoint, want 1 to 65535")
	}
	if u.Path != "/" {
		path = u.Path
	}
	// The signature covers the host, and the cloud checks it in lower case.
	return u.Scheme, strings.ToLower(u.Host), path, nil
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}
