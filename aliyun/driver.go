package aliyun

import (
	"context"
	"net/http"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

const userAgent = "cloudeni"

// driver is the core's way to ECS. It signs with the SDK and carries with
// net/http: the SDK's own client takes no context, and writes to what all of its
// callers share.
type driver struct {
	region string
	scheme string
	host   string
	keys   *keyring
	http   *http.Client
}

var _ core.Driver = (*driver)(nil)

// Send makes one change. An accepted one soon takes effect: the cloud has no
// task to ask about.
func (d *driver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	req, err := newChange(change)
	if err != nil {
		return core.Receipt{}, &callError{kind: eni.ErrInvalid, message: err.Error()}
	}
	a, err := d.call(ctx, req)
	return core.Receipt{RequestID: a.requestID}, err
}

// Observe looks at interfaces. Those that the reply does not hold do not exist.
func (d *driver) Observe(ctx context.Context, ids []string) ([]eni.Interface, error) {
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
			return asked(found, ids), nil
		}
		// Each page but the last holds an interface, so there are no more pages
		// than interfaces and one; a token that comes again would go round for ever.
		if seen[token] || len(seen) > len(ids) {
			return nil, a.unreadable("the pages do not end")
		}
		seen[token] = true
	}
}

// call sends req once and reads the answer.
func (d *driver) call(ctx context.Context, req requests.AcsRequest) (answer, error) {
	creds, err := d.keys.get(ctx)
	if err != nil {
		return answer{}, withoutCredentials(ctx, d.keys.name, err)
	}
	httpReq, secrets, err := d.sign(ctx, req, creds)
	if err != nil {
		return answer{}, &callError{kind: eni.ErrInvalid, message: guard(secrets.redact(err.Error()))}
	}
	resp, err := d.http.Do(httpReq)
	if err != nil {
		return answer{}, lost(ctx, err, secrets)
	}
	defer resp.Body.Close() //nolint:errcheck // read as far as it matters
	return read(ctx, resp, secrets)
}

// sign turns req into an HTTP request and returns with it the secrets that it
// holds.
func (d *driver) sign(ctx context.Context, req requests.AcsRequest, creds *credentials.Credentials) (*http.Request, *secrets, error) {
	s := &secrets{creds: creds}
	if err := requests.InitParams(req); err != nil {
		return nil, s, err
	}
	req.SetScheme(d.scheme)
	req.SetDomain(d.host)
	if err := auth.Sign(req, nil, d.region, issued{creds}); err != nil {
		return nil, s, err
	}
	s.signature = req.GetQueryParams()["Signature"]
	httpReq, err := http.NewRequestWithContext(ctx, req.GetMethod(), req.BuildUrl(), req.GetBodyReader())
	if err != nil {
		return nil, s, err
	}
	for key, value := range req.GetHeaders() {
		httpReq.Header.Set(key, value)
	}
	httpReq.Header.Set("User-Agent", userAgent)
	return httpReq, s, nil
}
