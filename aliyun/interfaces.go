package aliyun

import (
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// page is one page of a description.
type page struct {
	interfaces []eni.Interface
	nextToken  string
}

type describeReply struct {
	NextToken            string `json:"NextToken"`
	NetworkInterfaceSets *struct {
		NetworkInterfaceSet []networkInterface `json:"NetworkInterfaceSet"`
	} `json:"NetworkInterfaceSets"`
}

type networkInterface struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	Type               string `json:"Type"`
	Status             string `json:"Status"`
	InstanceID         string `json:"InstanceId"`
	VpcID              string `json:"VpcId"`
	PrivateIPAddress   string `json:"PrivateIpAddress"` // the primary one
	Attachment         struct {
		InstanceID              string `json:"InstanceId"`
		TrunkNetworkInterfaceID string `json:"TrunkNetworkInterfaceId"`
	} `json:"Attachment"`
	PrivateIPSets struct {
		PrivateIPSet []struct {
			PrivateIPAddress string `json:"PrivateIpAddress"`
			Primary          bool   `json:"Primary"`
		} `json:"PrivateIpSet"`
	} `json:"PrivateIpSets"`
	IPv6Sets struct {
		IPv6Set []struct {
			IPv6Address string `json:"Ipv6Address"`
		} `json:"Ipv6Set"`
	} `json:"Ipv6Sets"`
	IPv4PrefixSets struct {
		IPv4PrefixSet []struct {
			IPv4Prefix string `json:"Ipv4Prefix"`
		} `json:"Ipv4PrefixSet"`
	} `json:"Ipv4PrefixSets"`
	IPv6PrefixSets struct {
		IPv6PrefixSet []struct {
			IPv6Prefix string `json:"Ipv6Prefix"`
		} `json:"Ipv6PrefixSet"`
	} `json:"Ipv6PrefixSets"`
}

// The cloud's values in lower case. Others are kept, in lower case too.
var (
	types = map[string]eni.InterfaceType{
		"primary":   eni.TypePrimary,
		"secondary": eni.TypeSecondary,
		"trunk":     eni.TypeTrunk,
		"member":    eni.TypeMember,
	}
	states = map[string]eni.InterfaceState{
		"available": eni.StateAvailable,
		"inuse":     eni.StateInUse,
		"attaching": eni.StateAttaching,
		"detaching": eni.StateDetaching,
	}
)

// readPage is strict, because what a description lacks counts as gone: the set must
// be there, and it must be readable in full. Its errors repeat nothing of the
// reply.
func readPage(body []byte) (page, error) {
	var reply describeReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return page{}, errors.New("not a description of interfaces")
	}
	if reply.NetworkInterfaceSets == nil {
		return page{}, errors.New("no set of interfaces")
	}
	p := page{nextToken: reply.NextToken}
	for _, n := range reply.NetworkInterfaceSets.NetworkInterfaceSet {
		i, err := n.read()
		if err != nil {
			return page{}, err
		}
		p.interfaces = append(p.interfaces, i)
	}
	return p, nil
}

func (n *networkInterface) read() (eni.Interface, error) {
	if n.NetworkInterfaceID == "" {
		return eni.Interface{}, errors.New("an interface without an id")
	}
	i := eni.Interface{
		ID:               n.NetworkInterfaceID,
		Type:             eni.InterfaceType(strings.ToLower(n.Type)),
		State:            eni.InterfaceState(strings.ToLower(n.Status)),
		InstanceID:       n.InstanceID,
		TrunkInterfaceID: n.Attachment.TrunkNetworkInterfaceID,
		VPCID:            n.VpcID,
	}
	if t, ok := types[string(i.Type)]; ok {
		i.Type = t
	}
	if s, ok := states[string(i.State)]; ok {
		i.State = s
	}
	if i.InstanceID == "" {
		i.InstanceID = n.Attachment.InstanceID
	}
	var err error
	if i.Addresses, err = n.addresses(); err != nil {
		return eni.Interface{}, err
	}
	if i.Prefixes, err = n.prefixes(); err != nil {
		return eni.Interface{}, err
	}
	return i, nil
}

func (n *networkInterface) addresses() ([]eni.Address, error) {
	var list []eni.Address
	for _, set := range n.PrivateIPSets.PrivateIPSet {
		addr, err := netip.ParseAddr(set.PrivateIPAddress)
		if err != nil {
			return nil, errors.New("an address cannot be parsed")
		}
		list = append(list, eni.Address{Addr: addr, Primary: set.Primary})
	}
	if n.PrivateIPAddress != "" {
		addr, err := netip.ParseAddr(n.PrivateIPAddress)
		if err != nil {
			return nil, errors.New("a primary address cannot be parsed")
		}
		// The set has it too, marked. Where either is missing, the address must not
		// count as one that can be released.
		at := slices.IndexFunc(list, func(a eni.Address) bool { return a.Addr == addr })
		if at < 0 {
			list = append(list, eni.Address{Addr: addr})
			at = len(list) - 1
		}
		list[at].Primary = true
	}
	for _, set := range n.IPv6Sets.IPv6Set {
		addr, err := netip.ParseAddr(set.IPv6Address)
		if err != nil {
			return nil, errors.New("an IPv6 address cannot be parsed")
		}
		list = append(list, eni.Address{Addr: addr})
	}
	return list, nil
}

func (n *networkInterface) prefixes() ([]netip.Prefix, error) {
	var written []string
	for _, set := range n.IPv4PrefixSets.IPv4PrefixSet {
		written = append(written, set.IPv4Prefix)
	}
	for _, set := range n.IPv6PrefixSets.IPv6PrefixSet {
		written = append(written, set.IPv6Prefix)
	}
	var list []netip.Prefix
	for _, text := range written {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, errors.New("a prefix cannot be parsed")
		}
		list = append(list, p)
	}
	return list, nil
}

// requested leaves out interfaces that were not asked for. Of an interface on two
// pages it keeps the later description.
func requested(found []eni.Interface, ids []string) []eni.Interface {
	latest := make(map[string]eni.Interface, len(found))
	for _, i := range found {
		latest[i.ID] = i
	}
	var list []eni.Interface
	for _, id := range ids {
		if i, ok := latest[id]; ok {
			list = append(list, i)
			delete(latest, id)
		}
	}
	return list
}
