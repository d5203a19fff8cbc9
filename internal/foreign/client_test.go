// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
)

// account is what a client needs to reach a server.
type account struct {
	Endpoint string `json:"endpoint"` // with its scheme
	Region   string `json:"region"`
	ID       string `json:"id"`
	Secret   string `json:"secret"`
	Token    string `json:"token"`
}

// host is the endpoint without its scheme, which most SDKs want apart.
func (a account) host(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(a.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// parameters are those of a request, by the vendor's names.
type parameters map[string]any

// client is one client that a vendor wrote, in one of its modes. call sends one
// request and returns the response as the client has parsed it. What the server has
// refused is a *refusal, any other error is the client's own.
type client interface {
	call(action string, p parameters) (any, error)
}

// refusal is an error of the server as a client reads it.
type refusal struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"requestId"`
}

func (r *refusal) Error() string { return r.Code + ": " + r.Message }

// contender is a client in one mode, and how to open it.
type contender struct {
	sdk  string
	mode string
	open func(t *testing.T, a account) client
}

// typed are the calls of a client that has a method and a request type for each action.
type typed map[string]func(parameters) (any, error)

// method turns such a method into one that takes parameters: the vendor's request
// types have fields with the names of the parameters.
func method[Q, R any](request func() *Q, send func(*Q) (*R, error)) func(parameters) (any, error) {
	return func(p parameters) (any, error) {
		q := request()
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, q); err != nil {
			return nil, fmt.Errorf("the request has no such parameters: %w", err)
		}
		response, err := send(q)
		if err != nil {
			return nil, err
		}
		return response, nil
	}
}

func (calls typed) call(action string, p parameters) (any, error) {
	send, ok := calls[action]
	if !ok {
		return nil, fmt.Errorf("the client has no %s", action)
	}
	return send(p)
}
