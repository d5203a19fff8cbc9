// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"iter"
)

// Lister lists interfaces. The clients of this module implement it beside [Client].
type Lister interface {
	// List yields each interface of the account and region that matches the filter,
	// once, in no particular order. It requests a page only when the loop needs it; if
	// the loop ends early, nothing more is sent. Retryable failures are retried within
	// Options.Retry. An error ends the sequence and comes with the zero Interface;
	// when ctx ends, the error matches ctx.Err().
	//
	// The pages are not a snapshot. An interface that exists during the whole loop is
	// yielded; one that is created or deleted during the loop may be missing. The
	// sequence can be used again and then lists again. List is safe for concurrent
	// use.
	//
	// Vendor action: DescribeNetworkInterfaces on both clouds.
	List(ctx context.Context, f Filter) iter.Seq2[Interface, error]
}

// Filter selects interfaces. An interface must match every field that is not empty.
// The zero Filter matches every interface of the account and region.
type Filter struct {
	VPCID      string
	SubnetID   string // the vSwitch, on Alibaba Cloud
	InstanceID string // the instance that the interface is attached to
	Type       InterfaceType
	State      InterfaceState

	// Tags that the interface must have, all of them. An empty value matches any
	// value; an empty key is [ErrInvalid]. Nil means no condition.
	Tags map[string]string
}

// Matches reports whether an interface matches the filter. Clients use it for
// conditions that the cloud cannot filter by.
func (f *Filter) Matches(i *Interface) bool {
	for k, want := range f.Tags {
		if got, has := i.Tags[k]; !has || want != "" && got != want {
			return false
		}
	}
	return (f.VPCID == "" || f.VPCID == i.VPCID) &&
		(f.SubnetID == "" || f.SubnetID == i.SubnetID) &&
		(f.InstanceID == "" || f.InstanceID == i.InstanceID) &&
		(f.Type == "" || f.Type == i.Type) &&
		(f.State == "" || f.State == i.State)
}
