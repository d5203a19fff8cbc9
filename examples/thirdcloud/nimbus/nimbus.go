// SPDX-License-Identifier: Apache-2.0

// Package nimbus is a client for the network interfaces of Nimbus Cloud, which does not
// exist. It is an example to copy: a whole cloud in one folder, without a change in the
// rest of the library.
//
//	client, err := nimbus.New(nimbus.Config{Region: "north", Token: token}, nil)
//
// The invented API differs from those of the real clouds: JSON over paths instead of
// actions, a bearer token instead of a signature, one call for IPv4 and IPv6, twenty
// addresses in a change, changes that run as jobs, and Retry-After when it throttles.
//
// The contract of a client is in package eni. This package has the requests and the
// table of error codes of one cloud. CONTRIBUTING.md describes its files.
package nimbus

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Config has the region, the endpoint and the credentials.
type Config struct {
	// Region is the id of the region, such as "north". Required.
	Region string

	// Token returns the bearer token for one request. It is called for each request, so
	// it should cache its token. When the cloud says that a token has expired, Token is
	// called again, and if it returns another token the request is repeated. It must be
	// safe for concurrent use, and its errors must not contain secrets. Required.
	Token func(context.Context) (string, error)

	// Endpoint is a URL with the scheme http or https and no path. Empty means
	// https://api.nimbus.example.
	Endpoint string

	// HTTPClient sends the requests. It is copied, not changed; the copy does not follow
	// redirects. Nil means a client like http.DefaultClient.
	HTTPClient *http.Client
}

// Client is an [eni.Client], Describer, Deleter and Lister for one account in one region.
// Create one with [New]; the zero Client is not usable. It is safe for concurrent use and
// need not be closed.
type Client struct{ core *core.Client }

var (
	_ eni.Client    = (*Client)(nil)
	_ eni.Describer = (*Client)(nil)
	_ eni.Deleter   = (*Client)(nil)
	_ eni.Lister    = (*Client)(nil)
)

// Provider is the Provider of errors and hooks.
const Provider = "nimbus"

// The cloud's limits for one request.
const (
	perChange   = 20
	perDescribe = 50
)

// New returns a Client. It sends nothing and does not call Token: an error is about cfg.
// Nil opts mean the defaults.
func New(cfg Config, opts *eni.Options) (*Client, error) {
	d, err := newDriver(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{core.New(core.Cloud{
		Provider:    Provider,
		Region:      cfg.Region,
		Driver:      d,
		PerChange:   perChange,
		PerDescribe: perDescribe,
		Prefixes:    true, // no trunks: a request with a trunk fails with ErrUnsupported
		Rates:       eni.Rates{Detach: 25},
	}, opts)}, nil
}

func newDriver(cfg Config) (*driver, error) {
	endpoint := cfg.Endpoint
	if endpoint == "" {
		endpoint = "https://api.nimbus.example"
	}
	u, err := url.Parse(endpoint)
	switch {
	case cfg.Region == "":
		return nil, errors.New("nimbus: region is required")
	case cfg.Token == nil:
		return nil, errors.New("nimbus: token is required")
	case err != nil || u.User != nil: // the text omits the endpoint, which may contain a password
		return nil, errors.New("nimbus: endpoint must be a URL without a user")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, fmt.Errorf("nimbus: endpoint %q must be a URL with the scheme http or https", endpoint)
	case strings.Trim(u.Path, "/") != "" || strings.ContainsAny(endpoint, "?#"):
		return nil, fmt.Errorf("nimbus: endpoint %q must end after its host", endpoint)
	}
	client := http.Client{}
	if cfg.HTTPClient != nil {
		client = *cfg.HTTPClient
	}
	// Following a redirect would send a change again, to the host that the reply names.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &driver{
		root:  u.Scheme + "://" + u.Host + "/v1/" + url.PathEscape(cfg.Region),
		token: cfg.Token,
		http:  &client,
	}, nil
}

// UnassignPrivateIps releases secondary IPv4 addresses and delegated IPv4 prefixes of an
// interface. A primary address is [eni.ErrInvalid]. An accepted change runs as a job; Wait
// and Poll of the Operation ask for its state.
//
// Vendor action: release, with at most twenty addresses or prefixes.
func (c *Client) UnassignPrivateIps(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignPrivateIps(ctx, req)
}

// UnassignIpv6 does for IPv6 what UnassignPrivateIps does for IPv4.
//
// Vendor action: release, with at most twenty addresses or prefixes.
func (c *Client) UnassignIpv6(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.core.UnassignIpv6(ctx, req)
}

// Detach detaches a secondary interface from the instance in req. If it is free, that is
// success; if it is on another instance, [eni.ErrState]. An accepted detach runs as a
// job. The cloud has no trunks: a TrunkInterfaceID is [eni.ErrUnsupported].
//
// Vendor action: detach, 25 requests a second.
func (c *Client) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	return c.core.Detach(ctx, req)
}

// Delete deletes an interface; see [eni.Deleter]. An accepted deletion runs as a job. A
// TrunkInterfaceID is [eni.ErrUnsupported].
//
// Vendor actions: detach, and DELETE of the interface.
func (c *Client) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	return c.core.Delete(ctx, req)
}

// List yields the interfaces that match f; see [eni.Lister]. The cloud cannot filter, so
// the client does.
//
// Vendor action: list, with 100 interfaces on a page.
func (c *Client) List(ctx context.Context, f eni.Filter) iter.Seq2[eni.Interface, error] {
	return c.core.List(ctx, f)
}

// Describe returns the current state of the interfaces, in any order. The result omits
// those that do not exist, without an error.
//
// Vendor action: interfaces, with at most fifty ids in a request.
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	return c.core.Describe(ctx, interfaceIDs...)
}
