// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// described is the current state of an interface.
type described struct {
	ID               string             `json:"id"`
	Type             eni.InterfaceType  `json:"type"`
	State            eni.InterfaceState `json:"state"`
	InstanceID       string             `json:"instance_id,omitempty"`
	TrunkInterfaceID string             `json:"trunk_interface_id,omitempty"`
	VPCID            string             `json:"vpc_id,omitempty"`
	SubnetID         string             `json:"subnet_id,omitempty"`
	Zone             string             `json:"zone,omitempty"`
	Name             string             `json:"name,omitempty"`
	Description      string             `json:"description,omitempty"`
	MAC              string             `json:"mac,omitempty"`
	SecurityGroupIDs []string           `json:"security_group_ids,omitempty"`
	Tags             map[string]string  `json:"tags,omitempty"`
	Manager          string             `json:"manager,omitempty"`
	Created          time.Time          `json:"created,omitzero"`
	Addresses        []describedAddress `json:"addresses"`
	Prefixes         []netip.Prefix     `json:"prefixes"`
}

type describedAddress struct {
	Address netip.Addr `json:"address"`
	Primary bool       `json:"primary"`
}

func newDescribed(i *eni.Interface) described {
	d := described{
		ID: i.ID, Type: i.Type, State: i.State, InstanceID: i.InstanceID, TrunkInterfaceID: i.TrunkInterfaceID,
		VPCID: i.VPCID, SubnetID: i.SubnetID, Zone: i.Zone,
		Name: i.Name, Description: i.Description, MAC: i.MAC, SecurityGroupIDs: i.SecurityGroupIDs,
		Tags: i.Tags, Manager: i.Manager, Created: i.Created,
		Addresses: []describedAddress{}, Prefixes: append([]netip.Prefix{}, i.Prefixes...),
	}
	for _, a := range i.Addresses {
		d.Addresses = append(d.Addresses, describedAddress{a.Addr, a.Primary})
	}
	return d
}

// listed has the interfaces that match a filter, up to the limit.
type listed struct {
	Interfaces []described `json:"interfaces"`
	More       bool        `json:"more"` // there are more than the limit
}

// The limits of a list, so that an answer fits into the memory of its callers.
const (
	usualLimit = 100
	maxLimit   = 1000
)

// list lists the interfaces that match the parameters.
func (s *service) list(r *http.Request) (reply, error) {
	var (
		filter      eni.Filter
		kind, state string
	)
	limit := usualLimit
	at, err := s.site(r, parameters{
		"vpc_id":      text(&filter.VPCID),
		"subnet_id":   text(&filter.SubnetID),
		"instance_id": text(&filter.InstanceID),
		"type":        text(&kind),
		"state":       text(&state),
		"tag":         tags(&filter.Tags),
		"limit": {read: func(value string) (err error) {
			if limit, err = strconv.Atoi(value); err != nil || limit < 1 || limit > maxLimit {
				return fmt.Errorf("want a number from 1 to %d", maxLimit)
			}
			return nil
		}},
	})
	if err != nil {
		return reply{}, err
	}
	filter.Type, filter.State = eni.InterfaceType(kind), eni.InterfaceState(state)
	ctx, cancel := context.WithTimeout(r.Context(), at.timeout)
	defer cancel()
	l := listed{Interfaces: []described{}}
	for i, err := range at.cloud.List(ctx, filter) {
		if err != nil {
			return reply{}, err
		}
		if len(l.Interfaces) == limit {
			l.More = true
			break
		}
		l.Interfaces = append(l.Interfaces, newDescribed(&i))
	}
	return reply{http.StatusOK, l}, nil
}
