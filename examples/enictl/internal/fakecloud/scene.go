// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// Scene is the initial state of a fake.
type Scene struct {
	Clouds []Account // in alphabetical order
	Seed   uint64    // of the faults
	Faults []string  // in the format of ParseFault
}

// Account is an account in a region of one cloud.
type Account struct {
	Provider    string
	Region      string
	Credentials Credentials
	Answers     Answers
	Interfaces  []eni.Interface

	// An instance or subnet that is only named exists without an entry here. But if
	// there are any Subnets, no other subnet exists.
	Instances []enitest.Instance
	Subnets   []enitest.Subnet
}

// Credentials sign the requests. The vendors use other names for them. Without a Token
// the keys are permanent.
type Credentials struct{ ID, Secret, Token string }

// Providers has the clouds that a fake can serve, in alphabetical order.
var Providers = []string{aliyun.Provider, tencent.Provider}

// Account returns the account of a provider, or nil.
func (s *Scene) Account(provider string) *Account {
	for n := range s.Clouds {
		if s.Clouds[n].Provider == provider {
			return &s.Clouds[n]
		}
	}
	return nil
}

// The JSON format of a scene. A reader reads it, to report all errors with their lines.
type (
	sceneFile struct {
		Seed    uint64       `json:"seed,omitempty"`
		Faults  []string     `json:"faults,omitempty"`
		Aliyun  *accountFile `json:"aliyun,omitempty"`
		Tencent *accountFile `json:"tencent,omitempty"`
	}
	accountFile struct {
		Region      string          `json:"region"`
		Credentials credentialsFile `json:"credentials"`
		Answers     Answers         `json:"answers,omitzero"`
		Subnets     []subnetFile    `json:"subnets,omitempty"`
		Instances   []instanceFile  `json:"instances,omitempty"`
		Interfaces  []interfaceFile `json:"interfaces"`
	}
	subnetFile struct {
		ID    string `json:"id"`
		VPCID string `json:"vpc_id,omitempty"`
		Zone  string `json:"zone,omitempty"`
		IPv4  string `json:"ipv4"`
		IPv6  string `json:"ipv6,omitempty"`
	}
	instanceFile struct {
		ID       string                `json:"id"`
		State    enitest.InstanceState `json:"state"`
		Name     string                `json:"name,omitempty"`
		VPCID    string                `json:"vpc_id,omitempty"`
		SubnetID string                `json:"subnet_id,omitempty"`
		Zone     string                `json:"zone,omitempty"`
	}
	credentialsFile struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
		Token  string `json:"token,omitempty"`
	}
	// The names are those of "enictl list -o json".
	interfaceFile struct {
		ID               string            `json:"id"`
		Type             string            `json:"type"`
		State            string            `json:"state"`
		InstanceID       string            `json:"instance_id,omitempty"`
		TrunkInterfaceID string            `json:"trunk_interface_id,omitempty"`
		VPCID            string            `json:"vpc_id,omitempty"`
		SubnetID         string            `json:"subnet_id,omitempty"`
		Zone             string            `json:"zone,omitempty"`
		SecurityGroupIDs []string          `json:"security_group_ids,omitempty"`
		Name             string            `json:"name,omitempty"`
		Description      string            `json:"description,omitempty"`
		MAC              string            `json:"mac,omitempty"`
		Manager          string            `json:"manager,omitempty"`
		Created          time.Time         `json:"created,omitzero"`
		Addresses        []any             `json:"addresses"`
		Prefixes         []netip.Prefix    `json:"prefixes,omitempty"`
		Tags             map[string]string `json:"tags,omitempty"`
	}
	addressFile struct {
		Address netip.Addr `json:"address"`
		Primary bool       `json:"primary"`
	}
)

// Fields returns the names of all members of a scene, sorted.
func Fields() []string {
	names := make(map[string]bool)
	for _, form := range []any{sceneFile{}, accountFile{}, credentialsFile{}, subnetFile{}, instanceFile{}, interfaceFile{}, addressFile{}, Answers{}} {
		t := reflect.TypeOf(form)
		for n := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(n).Tag.Get("json"), ",")
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// MarshalJSON writes the scene in the format of ReadScene.
func (s *Scene) MarshalJSON() ([]byte, error) {
	file := sceneFile{Seed: s.Seed, Faults: s.Faults}
	for _, a := range s.Clouds {
		one := &accountFile{
			Region: a.Region, Credentials: credentialsFile(a.Credentials), Answers: a.Answers,
			Interfaces: []interfaceFile{},
		}
		for _, n := range a.Subnets {
			ipv6 := ""
			if n.IPv6.IsValid() {
				ipv6 = n.IPv6.String()
			}
			one.Subnets = append(one.Subnets, subnetFile{n.ID, n.VPCID, n.Zone, n.IPv4.String(), ipv6})
		}
		for _, i := range a.Instances {
			one.Instances = append(one.Instances, instanceFile{i.ID, i.State, i.Name, i.VPCID, i.SubnetID, i.Zone})
		}
		for _, i := range a.Interfaces {
			one.Interfaces = append(one.Interfaces, newInterfaceFile(i))
		}
		if a.Provider == aliyun.Provider {
			file.Aliyun = one
		} else {
			file.Tencent = one
		}
	}
	return json.Marshal(file)
}

// Text returns the scene as a readable file.
func (s *Scene) Text() ([]byte, error) {
	compact, err := s.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = json.Indent(&text, compact, "", "  ")
	text.WriteByte('\n')
	return shortList.ReplaceAllFunc(text.Bytes(), func(list []byte) []byte {
		words := bytes.Fields(list)
		words[1] = append([]byte("["), words[1]...)
		words[len(words)-2] = append(words[len(words)-2], ']')
		return bytes.Join(words[1:len(words)-1], []byte(" "))
	}), err
}

// shortList is a list of a few words, as json.Indent writes it.
var shortList = regexp.MustCompile(`\[\n\s+"[^"\\\s]*"(,\n\s+"[^"\\\s]*"){0,15}\n\s+\]`)

func newInterfaceFile(i eni.Interface) interfaceFile {
	f := interfaceFile{
		ID: i.ID, Type: string(i.Type), State: string(i.State),
		InstanceID: i.InstanceID, TrunkInterfaceID: i.TrunkInterfaceID,
		VPCID: i.VPCID, SubnetID: i.SubnetID, Zone: i.Zone, SecurityGroupIDs: i.SecurityGroupIDs,
		Name: i.Name, Description: i.Description, MAC: i.MAC, Manager: i.Manager, Created: i.Created,
		Addresses: []any{}, Prefixes: i.Prefixes, Tags: i.Tags,
	}
	firstIPv4 := slices.IndexFunc(i.Addresses, func(a eni.Address) bool { return a.Addr.Is4() })
	plain := firstIPv4 < 0 || i.Addresses[firstIPv4].Primary
	for n, a := range i.Addresses {
		if plain && a.Primary == (n == firstIPv4) {
			f.Addresses = append(f.Addresses, a.Addr)
		} else {
			f.Addresses = append(f.Addresses, addressFile{a.Addr, a.Primary})
		}
	}
	return f
}
