// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// site is the interface of a request, and its parameters.
type site struct {
	terms
	cloud cloudeni.Client
	id    string // of the interface
}

// site reads a request's path and query. The query may have these parameters and those
// of all requests.
func (s *service) site(r *http.Request, own parameters) (site, error) {
	path := place{provider: r.PathValue("provider"), region: r.PathValue("region")}.path()
	cloud := s.clouds[path]
	if cloud == nil {
		return site{}, plainProblem(http.StatusNotFound, fmt.Sprintf("%s is not served here", path))
	}
	how, err := s.terms(r, own)
	return site{how, cloud, r.PathValue("id")}, err
}

// releaseBody is the body of a release.
type releaseBody struct {
	Addresses []string `json:"addresses"`
	Prefixes  []string `json:"prefixes"`
}

// release releases addresses and prefixes of both families.
func (s *service) release(r *http.Request) (reply, error) {
	at, err := s.site(r, nil)
	if err != nil {
		return reply{}, err
	}
	var body releaseBody
	if err := decode(r, &body); err != nil {
		return reply{}, err
	}
	addresses, prefixes, err := body.parse()
	if err != nil {
		return reply{}, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), at.timeout)
	defer cancel()
	c := perform(ctx, at.terms, func(ctx context.Context) (*eni.Operation, error) {
		return eni.Unassign(ctx, at.cloud, at.id, addresses, prefixes)
	})
	var a answer
	a.add(c, c.results())
	return conclude(r, &a, c.err())
}

// parse reads the addresses and prefixes. It returns all errors, not only the first.
func (b releaseBody) parse() (addresses []netip.Addr, prefixes []netip.Prefix, err error) {
	var flaws []flaw
	for i, text := range b.Addresses {
		found, _, err := eni.ParseAddrs(text)
		if err != nil || len(found) == 0 || strings.Contains(text, "/") {
			flaws = append(flaws, flaw{fmt.Sprintf("/addresses/%d", i), fmt.Sprintf("%q is not an address", text)})
		}
		addresses = append(addresses, found...)
	}
	for i, text := range b.Prefixes {
		_, found, err := eni.ParseAddrs(text)
		if err != nil || len(found) == 0 {
			flaws = append(flaws, flaw{fmt.Sprintf("/prefixes/%d", i), fmt.Sprintf("%q is not a prefix such as 10.1.0.0/28", text)})
		}
		prefixes = append(prefixes, found...)
	}
	if len(b.Addresses)+len(b.Prefixes) == 0 {
		flaws = append(flaws, flaw{"", "want at least one address or prefix"})
	}
	if len(flaws) > 0 {
		return nil, nil, badBody(flaws...)
	}
	return addresses, prefixes, nil
}

// detachBody is the body of a detach.
type detachBody struct {
	InstanceID       string `json:"instance_id"`
	TrunkInterfaceID string `json:"trunk_interface_id"`
}

// detach detaches an interface from an instance.
func (s *service) detach(r *http.Request) (reply, error) {
	at, err := s.site(r, nil)
	if err != nil {
		return reply{}, err
	}
	var body detachBody
	if err := decode(r, &body); err != nil {
		return reply{}, err
	}
	if body.InstanceID == "" {
		return reply{}, badBody(flaw{"/instance_id", "want the instance id: an interface on another instance is not detached"})
	}

	ctx, cancel := context.WithTimeout(r.Context(), at.timeout)
	defer cancel()
	c := perform(ctx, at.terms, func(ctx context.Context) (*eni.Operation, error) {
		return at.cloud.Detach(ctx, eni.DetachRequest{
			InterfaceID: at.id, InstanceID: body.InstanceID, TrunkInterfaceID: body.TrunkInterfaceID,
		})
	})
	var a answer
	a.add(c, []result{c.ofInterface(at.id)})
	return conclude(r, &a, c.err())
}

// describe describes an interface as it is now.
func (s *service) describe(r *http.Request) (reply, error) {
	at, err := s.site(r, nil)
	if err != nil {
		return reply{}, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), at.timeout)
	defer cancel()
	found, err := at.cloud.Describe(ctx, at.id)
	if err != nil {
		return reply{}, err
	}
	if len(found) == 0 {
		return reply{}, fmt.Errorf("%s: %w", at.id, eni.ErrNotFound)
	}
	return reply{http.StatusOK, newDescribed(&found[0])}, nil
}
