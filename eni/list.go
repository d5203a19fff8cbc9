// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"iter"
)

// Lister lists interfaces. The clients of this module implement it beside [Client].
type Lister interface {
	// List yields the interfaces of the account and region that a filter picks, each
	// once, in no promised order. It asks for a page when the loop needs one: a loop
	// that ends early sends nothing more. Requests that fail for a moment are sent
	// again within the Options' Retry. An error ends the sequence, and comes with the
	// zero Interface; when ctx ends, it matches ctx.Err().
	//
	// The pages of a cloud are not one moment: an interface that is created or deleted
	// during the loop may be yielded or not. One that exists all the time is yielded.
	// The sequence may be used again, which lists again. List is safe for concurrent
	// use.
	//
	// Vendor action: DescribeNetworkInterfaces on both clouds.
	List(ctx context.Context, f Filter) iter.Seq2[Interface, error]
}

// Filter picks interfaces. Empty fields pick all; an interface must match every
// other one. The zero Filter picks every interface of the account and region.
type Filter struct {
	VPCID      string
	SubnetID   string // the vSwitch, on Alibaba Cloud
	InstanceID string // that the interface is attached to
	Type       InterfaceType
	State      InterfaceState

	// Tags that the interface has, all of them. An empty value stands for any value,
	// an empty key is [ErrInvalid]. Nil means any tags or none.
	Tags map[string]string
}

// Matches reports whether the filter picks an interface. Clients use it for what
// their cloud cannot filter.
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
