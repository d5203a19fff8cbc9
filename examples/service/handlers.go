package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"sync"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// site is what a request is about, and on what terms.
type site struct {
	terms
	cloud cloudeni.Client
	id    string // of the interface
}

// site reads a request's path and query.
func (s *service) site(r *http.Request) (site, error) {
	path := place{provider: r.PathValue("provider"), region: r.PathValue("region")}.path()
	cloud := s.clouds[path]
	if cloud == nil {
		return site{}, plainProblem(http.StatusNotFound, fmt.Sprintf("%s is not served here", path))
	}
	how, err := s.terms(r)
	return site{how, cloud, r.PathValue("id")}, err
}

// releaseBody is the body of a release.
type releaseBody struct {
	Addresses []string `json:"addresses"`
	Prefixes  []string `json:"prefixes"`
}

// release takes addresses and prefixes of both families off an interface.
func (s *service) release(r *http.Request) (reply, error) {
	at, err := s.site(r)
	if err != nil {
		return reply{}, err
	}
	var body releaseBody
	if err := decode(r, &body); err != nil {
		return reply{}, err
	}
	v4, v6, err := sortOut(body.Addresses, body.Prefixes)
	if err != nil {
		return reply{}, err
	}
	v4.InterfaceID, v6.InterfaceID = at.id, at.id

	ctx, cancel := context.WithTimeout(r.Context(), at.timeout)
	defer cancel()
	calls := []struct {
		req eni.UnassignRequest
		do  func(context.Context, eni.UnassignRequest) (*eni.Operation, error)
	}{
		{v4, at.cloud.UnassignPrivateIps},
		{v6, at.cloud.UnassignIpv6},
	}
	changes := make([]change, len(calls))
	panics := make([]any, len(calls))
	var families sync.WaitGroup
	for i, call := range calls {
		if len(call.req.Addresses)+len(call.req.Prefixes) == 0 {
			continue
		}
		families.Go(func() {
			defer func() { panics[i] = recover() }()
			changes[i] = perform(ctx, at.terms, func(ctx context.Context) (*eni.Operation, error) {
				return call.do(ctx, call.req)
			})
		})
	}
	families.Wait()

	var a answer
	for i, c := range changes {
		if panics[i] != nil {
			panic(panics[i]) // here the caller gets an answer, and the process lives
		}
		a.add(c, c.results())
		err = eni.Join(err, c.err())
	}
	return conclude(r, &a, err)
}

// sortOut reads the addresses and prefixes, and sorts them by family. It finds all
// that is wrong with them, not only the first.
func sortOut(addresses, prefixes []string) (v4, v6 eni.UnassignRequest, err error) {
	var flaws []flaw
	of := func(a netip.Addr) *eni.UnassignRequest {
		if a.Is4() {
			return &v4
		}
		return &v6
	}
	for i, text := range addresses {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			flaws = append(flaws, flaw{fmt.Sprintf("/addresses/%d", i), fmt.Sprintf("%q is not an address", text)})
			continue
		}
		a = a.Unmap()
		of(a).Addresses = append(of(a).Addresses, a)
	}
	for i, text := range prefixes {
		p, err := netip.ParsePrefix(text)
		if err != nil || p != p.Masked() || p.IsSingleIP() || p.Addr().Is4In6() {
			flaws = append(flaws, flaw{fmt.Sprintf("/prefixes/%d", i), fmt.Sprintf("%q is not a prefix such as 10.1.0.0/28", text)})
			continue
		}
		of(p.Addr()).Prefixes = append(of(p.Addr()).Prefixes, p)
	}
	if len(addresses)+len(prefixes) == 0 {
		flaws = append(flaws, flaw{"", "no addresses and no prefixes: want at least one"})
	}
	if len(flaws) > 0 {
		return v4, v6, badBody(flaws...)
	}
	return v4, v6, nil
}

// detachBody is the body of a detach.
type detachBody struct {
	InstanceID       string `json:"instance_id"`
	TrunkInterfaceID string `json:"trunk_interface_id"`
}

// detach takes an interface off its instance.
func (s *service) detach(r *http.Request) (reply, error) {
	at, err := s.site(r)
	if err != nil {
		return reply{}, err
	}
	var body detachBody
	if err := decode(r, &body); err != nil {
		return reply{}, err
	}
	if body.InstanceID == "" {
		return reply{}, badBody(flaw{"/instance_id", "want the instance, so that an interface that has moved on stays there"})
	}

	ctx, cancel := context.WithTimeout(r.Context(), at.timeout)
	defer cancel()
	c := perform(ctx, at.terms, func(ctx context.Context) (*eni.Operation, error) {
		return at.cloud.Detach(ctx, eni.DetachRequest{
			InterfaceID: at.id, InstanceID: body.InstanceID, TrunkInterfaceID: body.TrunkInterfaceID,
		})
	})
	var a answer
	a.add(c, []result{c.detachment(at.id)})
	return conclude(r, &a, c.err())
}

// described is an interface as the cloud describes it now.
type described struct {
	ID               string             `json:"id"`
	Type             eni.InterfaceType  `json:"type"`
	State            eni.InterfaceState `json:"state"`
	InstanceID       string             `json:"instance_id,omitempty"`
	TrunkInterfaceID string             `json:"trunk_interface_id,omitempty"`
	VPCID            string             `json:"vpc_id,omitempty"`
	Addresses        []describedAddress `json:"addresses"`
	Prefixes         []netip.Prefix     `json:"prefixes"`
}

type describedAddress struct {
	Address netip.Addr `json:"address"`
	Primary bool       `json:"primary"`
}

// describe describes an interface as it is now.
func (s *service) describe(r *http.Request) (reply, error) {
	at, err := s.site(r)
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
	i := found[0]
	d := described{
		ID: i.ID, Type: i.Type, State: i.State, InstanceID: i.InstanceID,
		TrunkInterfaceID: i.TrunkInterfaceID, VPCID: i.VPCID,
		Addresses: []describedAddress{}, Prefixes: append([]netip.Prefix{}, i.Prefixes...),
	}
	for _, a := range i.Addresses {
		d.Addresses = append(d.Addresses, describedAddress{a.Addr, a.Primary})
	}
	return reply{http.StatusOK, d}, nil
}
