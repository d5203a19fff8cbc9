package release

import (
	"context"
	"net/netip"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// verb is one call of an attempt and what has become of it.
type verb struct {
	name string
	make func(context.Context) (*eni.Operation, error)

	made    bool
	op      *eni.Operation
	refused error // why the cloud did not accept all of it
	done    bool  // nothing is left to wait for
	late    error // why what was accepted did not take effect, or cannot be seen
}

// attempt is the calls that are made together, in their order.
type attempt []verb

// plan returns the calls for what is left of a wish: the addresses and prefixes
// first, and only when they are gone the detach.
func plan(client eni.Client, spec *v1alpha1.InterfaceReleaseSpec, status *v1alpha1.InterfaceReleaseStatus) attempt {
	id := string(spec.InterfaceID)
	v4, v6 := eni.UnassignRequest{InterfaceID: id}, eni.UnassignRequest{InterfaceID: id}
	for _, item := range status.Addresses {
		if final(item.Outcome) {
			continue
		}
		// The API server has checked their form.
		if a, err := netip.ParseAddr(item.Address); err == nil {
			family(&v4, &v6, a).Addresses = append(family(&v4, &v6, a).Addresses, a)
		} else if p, err := netip.ParsePrefix(item.Address); err == nil {
			family(&v4, &v6, p.Addr()).Prefixes = append(family(&v4, &v6, p.Addr()).Prefixes, p)
		}
	}
	var a attempt
	if len(v4.Addresses)+len(v4.Prefixes) > 0 {
		a = append(a, verb{name: "UnassignPrivateIps", make: func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignPrivateIps(ctx, v4)
		}})
	}
	if len(v6.Addresses)+len(v6.Prefixes) > 0 {
		a = append(a, verb{name: "UnassignIpv6", make: func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignIpv6(ctx, v6)
		}})
	}
	if len(a) == 0 && spec.Detach && !final(status.Detach) {
		a = append(a, verb{name: detach, make: func(ctx context.Context) (*eni.Operation, error) {
			return client.Detach(ctx, eni.DetachRequest{
				InterfaceID: id, InstanceID: string(spec.InstanceID), TrunkInterfaceID: string(spec.TrunkInterfaceID),
			})
		}})
	}
	return a
}

const detach = "Detach"

// family picks the request for the family of an address.
func family(v4, v6 *eni.UnassignRequest, a netip.Addr) *eni.UnassignRequest {
	if a.Is4() {
		return v4
	}
	return v6
}

// goOn makes the calls that have not been made, and looks once after those that
// have not settled.
func (a attempt) goOn(ctx context.Context) {
	for i := range a {
		v := &a[i]
		if !v.made {
			v.op, v.refused = v.make(ctx)
			v.made = true
		}
		if !v.done {
			v.done, v.late = v.op.Poll(ctx)
		}
	}
}

// over reports whether there is nothing to look after any more: all has settled,
// or a look has failed in a way that the next one would too.
func (a attempt) over() bool {
	return !slices.ContainsFunc(a, func(v verb) bool {
		return !v.done && (v.late == nil || eni.IsRetryable(v.late))
	})
}

// err returns the error that decides what follows: one that can pass comes before
// one that cannot, so that nothing is given up that could still be done.
func (a attempt) err() error {
	var all []error
	for _, v := range a {
		for _, err := range []error{v.refused, v.late} {
			if err != nil {
				all = append(all, err)
			}
		}
	}
	for _, passes := range []func(error) bool{eni.IsRetryable, awaitsCredentials} {
		if i := slices.IndexFunc(all, passes); i >= 0 {
			return all[i]
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// awaitsCredentials reports whether other credentials could help. Nothing else
// passes by itself but what [eni.IsRetryable] names.
func awaitsCredentials(err error) bool { return eni.KindOf(err) == eni.ErrUnauthenticated }
