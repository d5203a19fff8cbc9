// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
)

// dialect writes the answers to one request.
type dialect struct {
	server    *Server
	requestID string
	action    string // as the vendor names it
	region    string
	host      string
	from      int // the first interface of the page
	pageSize  int
	tagged    bool // the query is by tag
}

var _ wire.Dialect = (*dialect)(nil)

// The sizes of pages, with MaxResults and without it.
const (
	defaultPage = 10
	maxPage     = 500
)

// maxTagged is how many interfaces a query by tag returns at most, on all pages.
const maxTagged = 1000

func (d *dialect) Accepted() enitest.Reply {
	return reply(http.StatusOK, map[string]any{"RequestId": d.requestID})
}

// Task says that there is no such action: the cloud has no tasks.
func (d *dialect) Task(enitest.TaskState, string) enitest.Reply {
	return d.Failed(http.StatusNotFound, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
}

func (d *dialect) Failed(status int, code, message string) enitest.Reply {
	if status == 0 {
		status = http.StatusBadRequest
	}
	return reply(status, map[string]any{
		"RequestId": d.requestID,
		"HostId":    d.host,
		"Code":      code,
		"Message":   message,
		"Recommend": "https://api.aliyun.com/troubleshoot?q=" + code + "&product=Ecs&requestId=" + d.requestID,
	})
}

func (d *dialect) problem(p *problem) enitest.Reply { return d.Failed(p.status, p.code, p.message) }

// rejections are the vendor's errors for each reason.
var rejections = map[enitest.Reason]func(*enitest.Rejection) *problem{
	enitest.NotFound: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusNotFound, "InvalidEniId.NotFound", fmt.Sprintf("The specified EniId %q is not found.", r.InterfaceID)}
	},
	enitest.NotAssigned: unassigned,
	// The vendor has one code for a primary address and for one that is not there.
	enitest.PrimaryAddress: unassigned,
	enitest.InUse: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusBadRequest, "InvalidOperation.InvalidEniState",
			fmt.Sprintf("The operation is not allowed in the current ENI state. Current status is %q.", vendorState(r.State))}
	},
	enitest.HasMembers: always(http.StatusForbidden, "InvalidOperation.HasMemberEniAttached", "The trunk eni has member eni attached."),
	enitest.Managed:    always(http.StatusForbidden, "InvalidOperation.EniServiceManaged", "The operation is invalid, because the eni is managed by a service."),
	enitest.PrimaryInterface: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusBadRequest, "InvalidOperation.DetachPrimaryEniNotAllowed",
			fmt.Sprintf("The primary EniId %q is not allowed to be detached.", r.InterfaceID)}
	},
	enitest.NotAttached: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusBadRequest, "InvalidParameter.EniNotBelongEcs",
			fmt.Sprintf("The specified EniId %q does not belong to the instance %q.", r.InterfaceID, r.InstanceID)}
	},
	enitest.WrongState: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusBadRequest, "InvalidOperation.InvalidEniState",
			fmt.Sprintf("The operation is not allowed in the current ENI state. Current status is %q.", vendorState(r.State))}
	},
	enitest.NoInstance: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusNotFound, "InvalidEcsId.NotFound", fmt.Sprintf("The specified instance ID %q is not found.", r.InstanceID)}
	},
	enitest.WrongInstanceState: always(http.StatusBadRequest, "InvalidOperation.InvalidEcsState", "The operation is not allowed in the current state of the instance."),
	enitest.WrongTrunk:         always(http.StatusForbidden, "InvalidParameter.EniNotBelongTrunk", "The specified member eni does not belong to the trunk eni."),
	enitest.NoSubnet: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusNotFound, "InvalidVSwitchId.NotFound", fmt.Sprintf("The specified VSwitchId %q is not found.", r.SubnetID)}
	},
	enitest.OutOfRange: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusForbidden, "InvalidVSwitchId.IpInvalid", fmt.Sprintf("The specified IpAddress %q is not valid in VSwitch %q.", r.Names(), r.SubnetID)}
	},
	enitest.Taken: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusForbidden, "InvalidIp.IpAssigned", fmt.Sprintf("The specified IP %q has been assigned.", r.Names())}
	},
	enitest.NoAddresses: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusForbidden, "InvalidVSwitchId.IpNotEnough", fmt.Sprintf("The specified VSwitch %q has not enough IP addresses.", r.SubnetID)}
	},
	enitest.Conflict:           always(http.StatusForbidden, "Operation.Conflict", "ecs task is conflicted."),
	enitest.TokenMismatch:      always(http.StatusBadRequest, "IdempotentParameterMismatch", "The request uses the same client token as a previous, but non-identical request."),
	enitest.Throttled:          always(http.StatusBadRequest, "Throttling.User", "Request was denied due to user flow control."),
	enitest.Denied:             always(http.StatusForbidden, "Forbidden.RAM", "User not authorized to operate on the specified resource, or this API doesn't support RAM."),
	enitest.ExpiredCredentials: always(http.StatusBadRequest, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."),
	enitest.Internal:           always(http.StatusInternalServerError, "InternalError", "The request processing has failed due to some unknown error, exception or failure."),
}

func always(status int, code, message string) func(*enitest.Rejection) *problem {
	return func(*enitest.Rejection) *problem { return &problem{status, code, message} }
}

func unassigned(r *enitest.Rejection) *problem {
	message := "The specified IP address is not assigned."
	if names := r.Names(); names != "" {
		message = fmt.Sprintf("The specified IP %q is not assigned on this ENI.", names)
	}
	return &problem{http.StatusForbidden, "InvalidIp.IpUnassigned", message}
}

func (d *dialect) Rejected(r *enitest.Rejection) enitest.Reply {
	reject, ok := rejections[r.Reason]
	if !ok {
		return d.Failed(http.StatusInternalServerError, "InternalError", "no error for the reason "+string(r.Reason))
	}
	return d.problem(reject(r))
}

func (d *dialect) Described(all []eni.Interface) enitest.Reply {
	if d.tagged && len(all) > maxTagged {
		all = all[:maxTagged]
	}
	set := []any{} // an empty set is a list, not null
	next := ""
	for n, i := range all {
		switch {
		case n < d.from:
		case n < d.from+d.pageSize:
			set = append(set, describe(i))
		case next == "":
			next = token(n)
		}
	}
	return reply(http.StatusOK, map[string]any{
		"RequestId":            d.requestID,
		"TotalCount":           len(all),
		"PageNumber":           1,
		"PageSize":             d.pageSize,
		"NextToken":            next,
		"NetworkInterfaceSets": map[string]any{"NetworkInterfaceSet": set},
	})
}

// stubPrimary is what an interface without an IPv4 address is described with: the
// real cloud has none without a primary one.
var stubPrimary = eni.Address{Addr: netip.MustParseAddr("192.0.2.1"), Primary: true}

func describe(i eni.Interface) map[string]any {
	primary := ""
	private, ipv6, prefix4, prefix6 := []any{}, []any{}, []any{}, []any{}
	if !slices.ContainsFunc(i.Addresses, func(a eni.Address) bool { return a.Addr.Is4() }) {
		i.Addresses = append([]eni.Address{stubPrimary}, i.Addresses...)
	}
	for _, a := range i.Addresses {
		if a.Addr.Is6() {
			ipv6 = append(ipv6, map[string]any{"Ipv6Address": a.Addr.String()})
			continue
		}
		if a.Primary {
			primary = a.Addr.String()
		}
		private = append(private, map[string]any{"PrivateIpAddress": a.Addr.String(), "Primary": a.Primary})
	}
	for _, p := range i.Prefixes {
		if p.Addr().Is6() {
			prefix6 = append(prefix6, map[string]any{"Ipv6Prefix": p.String()})
		} else {
			prefix4 = append(prefix4, map[string]any{"Ipv4Prefix": p.String()})
		}
	}
	tags := []any{}
	for _, key := range slices.Sorted(maps.Keys(i.Tags)) {
		tags = append(tags, map[string]any{"TagKey": key, "TagValue": i.Tags[key]})
	}
	groups := i.SecurityGroupIDs
	if groups == nil {
		groups = []string{}
	}
	created := ""
	if !i.Created.IsZero() {
		created = i.Created.UTC().Format(time.RFC3339)
	}
	return map[string]any{
		"NetworkInterfaceName": i.Name,
		"Description":          i.Description,
		"MacAddress":           i.MAC,
		"VSwitchId":            i.SubnetID,
		"ZoneId":               i.Zone,
		"SecurityGroupIds":     map[string]any{"SecurityGroupId": groups},
		"Tags":                 map[string]any{"Tag": tags},
		"ServiceManaged":       i.Manager != "",
		"ServiceID":            i.Manager,
		"CreationTime":         created,
		"NetworkInterfaceId":   i.ID,
		"Type":                 vendorType(i.Type),
		"Status":               vendorState(i.State),
		"InstanceId":           i.InstanceID,
		"VpcId":                i.VPCID,
		"PrivateIpAddress":     primary,
		"Attachment": map[string]any{
			"InstanceId":              i.InstanceID,
			"TrunkNetworkInterfaceId": i.TrunkInterfaceID,
		},
		"PrivateIpSets":  map[string]any{"PrivateIpSet": private},
		"Ipv6Sets":       map[string]any{"Ipv6Set": ipv6},
		"Ipv4PrefixSets": map[string]any{"Ipv4PrefixSet": prefix4},
		"Ipv6PrefixSets": map[string]any{"Ipv6PrefixSet": prefix6},
	}
}

func vendorState(s eni.InterfaceState) string {
	if s == eni.StateInUse {
		return "InUse"
	}
	return capital(string(s))
}

func vendorType(t eni.InterfaceType) string {
	if t == "" {
		t = eni.TypeSecondary
	}
	return capital(string(t))
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// A token names the first interface of the page that it stands for.
const tokenPrefix = "from:"

func token(from int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenPrefix + strconv.Itoa(from)))
}

func fromToken(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	written, ok := strings.CutPrefix(string(plain), tokenPrefix)
	if !ok {
		return 0, false
	}
	from, err := strconv.Atoi(written)
	return from, err == nil && from >= 0
}

func reply(status int, body any) enitest.Reply {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // the bodies above always marshal
	}
	return enitest.Reply{Status: status, ContentType: "application/json;charset=utf-8", Body: text}
}
