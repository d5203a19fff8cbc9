// SPDX-License-Identifier: Apache-2.0

package release

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// action is one call of an attempt and its result.
type action struct {
	name string // such as eni.OpDetach
	make func(context.Context, *action) (*eni.Operation, error)

	made    bool
	seen    bool // the cloud has shown the interface, before anything was sent
	op      *eni.Operation
	callErr error // why the cloud did not accept the whole call
	done    bool  // the operation is done
	pollErr error // why an accepted change failed, or could not be polled
}

// attempt has the calls that are made together, in order.
type attempt []action

// plan returns the next calls for an object: the release of addresses and prefixes, and
// once these are gone the detach or the deletion.
func plan(client cloudeni.Client, spec *v1alpha1.InterfaceReleaseSpec, status *v1alpha1.InterfaceReleaseStatus) attempt {
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
		a = append(a, action{name: eni.OpUnassignPrivateIps, make: func(ctx context.Context, _ *action) (*eni.Operation, error) {
			return client.UnassignPrivateIps(ctx, v4)
		}})
	}
	if len(v6.Addresses)+len(v6.Prefixes) > 0 {
		a = append(a, action{name: eni.OpUnassignIpv6, make: func(ctx context.Context, _ *action) (*eni.Operation, error) {
			return client.UnassignIpv6(ctx, v6)
		}})
	}
	if len(a) == 0 && spec.Detach && !final(status.Detach) {
		a = append(a, action{name: eni.OpDetach, make: func(ctx context.Context, _ *action) (*eni.Operation, error) {
			return client.Detach(ctx, eni.DetachRequest{
				InterfaceID: id, InstanceID: string(spec.InstanceID), TrunkInterfaceID: string(spec.TrunkInterfaceID),
			})
		}})
	}
	if spec.Delete && !final(status.Delete) {
		a = append(a, deletion(client, spec, seen(status)))
	}
	return a
}

// deletion returns the next call for a deletion. The first call only describes the
// interface, so that the status shows that it was seen before the deletion is sent. If
// it is not found later, also after a restart, it is deleted. If it was never seen, it
// may be in another region.
func deletion(client cloudeni.Client, spec *v1alpha1.InterfaceReleaseSpec, seen bool) action {
	req := eni.DeleteRequest{
		InterfaceID: string(spec.InterfaceID), InstanceID: string(spec.InstanceID), TrunkInterfaceID: string(spec.TrunkInterfaceID),
	}
	if len(spec.KeepTags) > 0 {
		req.KeepTags = make(map[string]string)
	}
	for key, value := range spec.KeepTags {
		req.KeepTags[key] = string(value)
	}
	return action{name: eni.OpDelete, make: func(ctx context.Context, call *action) (*eni.Operation, error) {
		if !seen {
			found, err := client.Describe(ctx, req.InterfaceID)
			if call.seen = len(found) > 0; call.seen || err != nil {
				return nil, err
			}
		}
		op, err := client.Delete(ctx, req)
		if seen && op.Outcome() == eni.OutcomeAbsent {
			err = eni.IgnoreNotFound(err)
		}
		return op, err
	}}
}

// family returns the request for the family of an address.
func family(v4, v6 *eni.UnassignRequest, a netip.Addr) *eni.UnassignRequest {
	if a.Is4() {
		return v4
	}
	return v6
}

// advance makes the calls that were not made yet, and polls the others once if they
// are not done.
func (a attempt) advance(ctx context.Context) {
	for i := range a {
		call := &a[i]
		if !call.made {
			call.op, call.callErr = call.make(ctx, call)
			call.made = true
		}
		if !call.done {
			call.done, call.pollErr = call.op.Poll(ctx)
		}
	}
}

// over reports whether no more poll is needed: every call is done, or a poll failed with
// an error that is not transient.
func (a attempt) over() bool {
	return !slices.ContainsFunc(a, func(call action) bool {
		return !call.done && (call.pollErr == nil || passes(call.pollErr))
	})
}

// err returns the error that decides what follows: a transient one before a final one,
// so that a target is not given up while a retry can succeed.
func (a attempt) err() error {
	var all []error
	for _, call := range a {
		for _, err := range []error{call.callErr, call.pollErr} {
			if err != nil {
				all = append(all, err)
			}
		}
	}
	for _, decides := range []func(error) bool{passes, awaitsCredentials} {
		if i := slices.IndexFunc(all, decides); i >= 0 {
			return all[i]
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// reasons returns the number of different failures.
func (a attempt) reasons() int {
	var all []error
	for _, call := range a {
		all = append(all, call.callErr, call.pollErr)
	}
	err := eni.Join(all...)
	if many, ok := errors.AsType[eni.Errors](err); ok {
		return len(many)
	}
	if err != nil {
		return 1
	}
	return 0
}

// passes reports whether the same call can succeed later. A call that ended with the
// controller's own timeout can.
func passes(err error) bool { return eni.IsRetryable(err) || ended(err) }

// ended reports whether an error is the end of a context.
func ended(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// awaitsCredentials reports whether a retry could succeed with other credentials.
func awaitsCredentials(err error) bool { return errors.Is(err, eni.ErrUnauthenticated) }

// kindOf returns the kind of the error that decides what follows.
func kindOf(err error) eni.Kind {
	kind := eni.KindOf(err)
	switch {
	case kind == eni.ErrUnknown && ended(err):
		return eni.ErrUnavailable
	case !passes(err) && awaitsCredentials(err):
		return eni.ErrUnauthenticated
	default:
		return kind
	}
}
