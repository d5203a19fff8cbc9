// SPDX-License-Identifier: Apache-2.0

// Package nimbus makes clients for the network interfaces of Nimbus Cloud, which
// does not exist. It is here to be copied: a whole cloud in one folder, to which
// the rest of the library needs no change.
//
//	client, err := nimbus.New(nimbus.Config{Region: "north", Token: token}, nil)
//
// The invented API is unlike those of the real clouds on purpose: JSON over
// paths instead of actions, a bearer token instead of a signature, one call for
// IPv4 and IPv6, twenty addresses in a change, changes that go on as jobs, and
// Retry-After where it is too busy.
//
// The contract of a client is in package eni; this package adds the way to the
// cloud and what its error codes mean. CONTRIBUTING.md walks through the files.
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

// Config tells where the cloud is and who is asking.
type Config struct {
	// Region is the id of the region, such as "north". Required.
	Region string

	// Token returns the bearer token for one request. It is asked for each
	// request, so it should keep what it has fetched, and once more when the cloud
	// says that a token has expired: where it returns another one by then, the
	// request is made again. It must be safe for concurrent use, and its errors
	// must hold no secrets. Required.
	Token func(context.Context) (string, error)

	// Endpoint is a URL with the scheme http or https and no path. Empty means
	// https://api.nimbus.example.
	Endpoint string

	// HTTPClient carries the requests. It is copied, not changed; in the copy,
	// redirects are off. Nil means a client like http.DefaultClient.
	HTTPClient *http.Client
}

// Client is an [eni.Client], Describer, Deleter and Lister for one account in one region.
// [New] makes one; the zero Client is not usable. It is safe for concurrent use and
// needs no closing.
type Client struct{ core *core.Client }

var (
	_ eni.Client    = (*Client)(nil)
	_ eni.Describer = (*Client)(nil)
	_ eni.Deleter   = (*Client)(nil)
	_ eni.Lister    = (*Client)(nil)
)

// Provider is the Provider of errors and hooks.
const Provider = "nimbus"

// What the cloud takes in one request.
const (
	perChange   = 20
	perDescribe = 50
)

// New makes a Client. It sends nothing and asks for no token: an error is about
// cfg. Nil opts mean the defaults.
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
		Prefixes:    true, // and no trunks: a request that names one is ErrUnsupported
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
	case err != nil || u.User != nil: // neither is repeated: the endpoint may hold a password
		return nil, errors.New("nimbus: endpoint must be a URL without a user")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, fmt.Errorf("nimbus: endpoint %q must be a URL with the scheme http or https", endpoint)
	case strings.Trim(u.Path, "/") != "" || strings.ContainsAny(endpoint, "?#"):
		return nil, fmt.Errorf("nimbus: endpoint %q must end behind its host", endpoint)
	}
	client := http.Client{}
	if cfg.HTTPClient != nil {
		client = *cfg.HTTPClient
	}
	// To follow one would send a change again, to whoever the reply names.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &driver{
		root:  u.Scheme + "://" + u.Host + "/v1/" + url.PathEscape(cfg.Region),
		token: cfg.Token,
		http:  &client,
	}, nil
}

// UnassignPrivateIps takes secondary IPv4 addresses and delegated IPv4 prefixes off
// an interface. A primary address is [eni.ErrInvalid]. An accepted change goes on
// as a job, which Wait and Poll of the Operation ask for.
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

// Detach takes a secondary interface off the instance that req names. A free one is
// success, one on another instance [eni.ErrState]. An accepted detach goes on as a
// job. The cloud has no trunks: a TrunkInterfaceID is [eni.ErrUnsupported].
//
// Vendor action: detach, 25 requests a second.
func (c *Client) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	return c.core.Detach(ctx, req)
}

// Delete makes an interface no longer exist; see [eni.Deleter]. An accepted deletion
// goes on as a job. A TrunkInterfaceID is [eni.ErrUnsupported].
//
// Vendor actions: detach, and DELETE of the interface.
func (c *Client) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	return c.core.Delete(ctx, req)
}

// List yields the interfaces that f picks; see [eni.Lister]. The cloud filters
// nothing, so the client does.
//
// Vendor action: list, with 100 interfaces on a page.
func (c *Client) List(ctx context.Context, f eni.Filter) iter.Seq2[eni.Interface, error] {
	return c.core.List(ctx, f)
}

// Describe returns the interfaces as the cloud describes them now, in no promised
// order. One that does not exist is left out, without an error.
//
// Vendor action: interfaces, with at most fifty ids in a request.
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	return c.core.Describe(ctx, interfaceIDs...)
}
