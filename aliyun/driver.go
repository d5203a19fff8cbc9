package aliyun

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

const userAgent = "cloudeni"

// driver speaks the API of ECS for one account in one region. It signs with the SDK
// and sends with net/http: the SDK's own client takes no context, and writes to
// what all of its callers share.
type driver struct {
	region      string
	root        string // the URL without its query
	credentials *credentialCache
	http        *http.Client
}

var (
	_ core.Driver  = (*driver)(nil)
	_ core.Renewer = (*driver)(nil)
)

// Send implements core.Driver. An accepted change completes soon: the cloud has no
// tasks.
func (d *driver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	req, err := newChange(change)
	if err != nil {
		return core.Receipt{NotSent: true}, &requestError{kind: eni.ErrInvalid, message: err.Error(), notSent: true}
	}
	a, err := d.call(ctx, req)
	receipt := core.Receipt{RequestID: a.requestID}
	if e := (*requestError)(nil); errors.As(err, &e) {
		receipt.NotSent = e.notSent
	}
	return receipt, err
}

// Renew fetches other credentials after the cloud has refused a request because its
// credentials had expired.
func (d *driver) Renew(ctx context.Context, err error) bool {
	var e *requestError
	return errors.As(err, &e) && e.expired != nil && d.credentials.renew(ctx, e.expired)
}

// Describe implements core.Driver. Interfaces that the reply does not hold do not
// exist.
func (d *driver) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	if len(ids) == 0 {
		// Without ids the cloud would describe every interface of the account.
		return nil, nil
	}
	var found []eni.Interface
	seen := map[string]bool{"": true} // the token of the last page
	for token := ""; ; {
		a, err := d.call(ctx, newDescribe(ids, token))
		if err != nil {
			return nil, err
		}
		p, err := readPage(a.body)
		if err != nil {
			return nil, a.unreadable(err.Error())
		}
		found = append(found, p.interfaces...)
		if token = p.nextToken; token == "" {
			return requested(found, ids), nil
		}
		// Each page but the last holds an interface, so there is at most one page
		// more than interfaces; a token that repeats would never end.
		if seen[token] || len(seen) > len(ids) {
			return nil, a.unreadable("the pages do not end")
		}
		seen[token] = true
	}
}

// call sends req once and reads the answer.
func (d *driver) call(ctx context.Context, req requests.AcsRequest) (answer, error) {
	creds, err := d.credentials.get(ctx)
	if err != nil {
		return answer{}, credentialError(ctx, d.credentials.name, err)
	}
	httpReq, redactor, err := d.sign(ctx, req, creds)
	if err != nil {
		return answer{}, &requestError{kind: eni.ErrInvalid, message: redactUnknown(redactor.redact(err.Error())), notSent: true}
	}
	resp, err := d.http.Do(httpReq)
	if err != nil {
		return answer{}, lostAnswer(ctx, err, redactor)
	}
	defer resp.Body.Close() //nolint:errcheck // read as far as it matters
	return read(ctx, resp, redactor)
}

// sign turns req into an HTTP request and returns with it a redactor of the secrets
// that it holds.
func (d *driver) sign(ctx context.Context, req requests.AcsRequest, creds *credentials.Credentials) (*http.Request, *redactor, error) {
	r := &redactor{creds: creds}
	if err := requests.InitParams(req); err != nil {
		return nil, r, err
	}
	if err := auth.Sign(req, nil, d.region, issued{creds}); err != nil {
		return nil, r, err
	}
	r.signature = req.GetQueryParams()["Signature"]
	query, err := signedQuery(req)
	if err != nil {
		return nil, r, err
	}
	httpReq, err := http.NewRequestWithContext(ctx, req.GetMethod(), d.root, http.NoBody)
	if err != nil {
		return nil, r, err
	}
	httpReq.URL.RawQuery = query
	httpReq.Header = newHeader(req.GetHeaders())
	return httpReq, r, nil
}

// signedQuery returns what was signed, with the signature. To have the SDK encode
// the parameters once more would cost as much as signing them.
func signedQuery(req requests.AcsRequest) (string, error) {
	_, written, ok := strings.Cut(req.GetStringToSign(), "&%2F&")
	signed, err := url.QueryUnescape(written)
	if !ok || err != nil {
		return "", errors.New("the SDK signed something that is not a query")
	}
	return signed + "&Signature=" + url.QueryEscape(req.GetQueryParams()["Signature"]), nil
}

// newHeader copies the SDK's headers. The lists share one array.
func newHeader(signed map[string]string) http.Header {
	header := make(http.Header, len(signed)+1)
	values := make([]string, 0, len(signed)+1)
	add := func(name, value string) {
		values = append(values, value)
		header[http.CanonicalHeaderKey(name)] = values[len(values)-1 : len(values) : len(values)]
	}
	for name, value := range signed {
		add(name, value)
	}
	add("User-Agent", userAgent)
	return header
}
