// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"testing"

	rpc "github.com/alibabacloud-go/tea-rpc/client"
	"github.com/alibabacloud-go/tea-utils/service"
	"github.com/alibabacloud-go/tea/tea"
)

// newRPC makes a client of github.com/alibabacloud-go/tea-rpc, the one inside
// terraform-provider-alicloud. The host has the port with it.
func newRPC(a account, host string) (*rpc.Client, error) {
	config := &rpc.Config{
		AccessKeyId:     tea.String(a.ID),
		AccessKeySecret: tea.String(a.Secret),
		RegionId:        tea.String(a.Region),
		Endpoint:        tea.String(host),
		Protocol:        tea.String("http"),
	}
	if a.Token != "" {
		config.SecurityToken = tea.String(a.Token)
	}
	return rpc.NewClient(config)
}

// openRPC opens the client for requests that are sent by this method of HTTP, with
// their parameters in the query or, as the provider sends them, in the body.
func openRPC(httpMethod string, place placeOfParameters) func(*testing.T, account) client {
	return func(t *testing.T, a account) client {
		t.Helper()
		c, err := newRPC(a, a.host(t))
		if err != nil {
			t.Fatal(err)
		}
		return rpcClient{c, httpMethod, place}
	}
}

type placeOfParameters string

const (
	inQuery placeOfParameters = "query"
	inBody  placeOfParameters = "body"
)

type rpcClient struct {
	*rpc.Client

	httpMethod string
	place      placeOfParameters
}

func (c rpcClient) call(action string, p parameters) (any, error) {
	var query, body map[string]any
	if c.place == inBody {
		body = p
	} else {
		query = p
	}
	response, err := c.DoRequest(tea.String(action), tea.String("http"), tea.String(c.httpMethod),
		tea.String("2014-05-26"), tea.String("AK"), query, body, new(service.RuntimeOptions))
	if err != nil {
		return nil, readTea(err)
	}
	return response, nil
}
