package tencent

import (
	"context"
	"errors"
	"net/http"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/internal/core"
)

// line is the way to one endpoint for one account. It is what the drivers of both
// APIs have in common. It holds no lock across a request, and sends none twice.
type line struct {
	credentials *credentials
	client      *http.Client
	scheme      string
	host        string
	path        string
	header      map[string]string // of every request; only read once it is made
	signature   string            // the SDK's name of the method
	keep        bool              // replies are read here, and not by the SDK
}

var _ core.Renewer = (*line)(nil)

// send sends one request. Without an error the reply is one JSON object, which the
// SDK has read into reply, or which is in the exchange where the line keeps it.
func (l *line) send(ctx context.Context, request tchttp.Request, reply tchttp.Response) (*exchange, error) {
	k, err := l.credentials.fetch(ctx)
	if err != nil {
		return nil, unsigned(ctx, err)
	}
	x := &exchange{client: l.client, keep: l.keep, secrets: append(make(secrets, 0, 5), k.id, k.key, k.token), signed: k}
	request.SetContext(withExchange(ctx, x))
	request.SetScheme(l.scheme)
	request.SetDomain(l.host)
	request.SetPath(l.path)
	request.SetHeader(l.header)

	client := sdk // a copy, so that these credentials sign this request and no other
	client.WithSignatureMethod(l.signature).WithCredential(common.NewTokenCredential(k.id, k.key, k.token))
	err = client.Send(request, reply)
	// API 2.0 has the signature among the parameters.
	x.secrets = append(x.secrets, x.signature, request.GetParams()["Signature"])
	switch {
	case x.err != nil:
		return x, x.failure(x.lost(ctx))
	case err != nil:
		return x, x.failure(err)
	}
	return x, nil
}

// failure makes an error of the exchange fit to be read.
func (x *exchange) failure(err error) *failure {
	f := newFailure(err, x.status, x.secrets)
	f.signed, f.unsent, f.retryAfter = x.signed.fingerprint(), !x.sent, x.retryAfter
	return f
}

// Renew implements core.Renewer. The credentials are asked as for any request: one
// that refreshes itself knows when it has to, and one that is rotated from outside
// has the next set by then.
func (l *line) Renew(ctx context.Context, err error) bool {
	var f *failure
	return errors.As(err, &f) && f.expired() && l.credentials.others(ctx, f.signed)
}
