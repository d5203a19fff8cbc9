// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// world is a cloud behind two servers of one region: the second takes temporary
// credentials.
type world struct {
	cloud              *enitest.Cloud
	lasting, temporary account
}

const (
	temporaryID     = "STS.NSfakefakefakefakefake"
	temporarySecret = "temporary-secret"
	temporaryToken  = "CAISfakefake+fake/fake=="
)

// newWorld makes the scene.
func (v *vendor) newWorld(t *testing.T) *world {
	t.Helper()
	cloud := new(enitest.Cloud)
	cloud.Put(interfaces(v)...)
	return v.serve(t, cloud)
}

func serveAlibaba(t *testing.T, cloud *enitest.Cloud) *world {
	t.Helper()
	server, other := aliyuntest.NewServer(cloud), aliyuntest.NewServer(cloud)
	other.SetCredentials(temporaryID, temporarySecret, temporaryToken)
	return &world{
		cloud:     cloud,
		lasting:   account{serve(t, server), server.Region, server.AccessKeyID, server.AccessKeySecret, ""},
		temporary: account{serve(t, other), other.Region, temporaryID, temporarySecret, temporaryToken},
	}
}

func serveTencent(t *testing.T, cloud *enitest.Cloud) *world {
	t.Helper()
	server, other := tencenttest.NewServer(cloud), tencenttest.NewServer(cloud)
	other.SetCredentials(temporaryID, temporarySecret, temporaryToken)
	return &world{
		cloud:     cloud,
		lasting:   account{serve(t, server), server.Region, server.SecretID, server.SecretKey, ""},
		temporary: account{serve(t, other), other.Region, temporaryID, temporarySecret, temporaryToken},
	}
}

func serveLegacy(t *testing.T, cloud *enitest.Cloud) *world {
	t.Helper()
	server, other := tencenttest.NewLegacyServer(cloud), tencenttest.NewLegacyServer(cloud)
	other.SetCredentials(temporaryID, temporarySecret, temporaryToken)
	return &world{
		cloud:     cloud,
		lasting:   account{serve(t, server), server.Region, server.SecretID, server.SecretKey, ""},
		temporary: account{serve(t, other), other.Region, temporaryID, temporarySecret, temporaryToken},
	}
}

func serve(t *testing.T, handler http.Handler) (endpoint string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// free is how many interfaces there are beside the ones of the scene, so that a list
// has more than one page.
const free = 21

// interfaces are the scene: one of each type, with all that an interface can have and
// with nothing but what it must have.
func interfaces(v *vendor) []eni.Interface {
	full := eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1",
		Name: "name", Description: "a description", MAC: "00:16:3e:00:00:01",
		VPCID: "vpc-1", SubnetID: "subnet-1", Zone: v.zone, SecurityGroupIDs: []string{"sg-1", "sg-2"},
		Tags:    map[string]string{"owner": "somebody", "empty": ""},
		Created: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
		Addresses: []eni.Address{
			{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true},
			{Addr: netip.MustParseAddr("10.0.0.2")},
			{Addr: netip.MustParseAddr("10.0.0.3")},
			{Addr: netip.MustParseAddr("10.0.0.4")},
			{Addr: netip.MustParseAddr("2001:db8::1")},
			{Addr: netip.MustParseAddr("2001:db8::2")},
		},
	}
	others := []eni.Interface{
		{ID: "eni-primary", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1"},
		{ID: "eni-elsewhere", Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-2"},
		{ID: "eni-bare", Type: eni.TypeSecondary, State: eni.StateAvailable},
	}
	if v.prefixes {
		full.Prefixes = []netip.Prefix{netip.MustParsePrefix("10.0.1.0/28"), netip.MustParsePrefix("2001:db8:1::/80")}
		others = append(others,
			eni.Interface{ID: "eni-trunk", Type: eni.TypeTrunk, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1"},
			eni.Interface{ID: "eni-member", Type: eni.TypeMember, State: eni.StateInUse, InstanceID: "i-1", TrunkInterfaceID: "eni-trunk", VPCID: "vpc-1"},
			eni.Interface{ID: "eni-managed", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1", Manager: "4711", VPCID: "vpc-1"})
	}
	for n := range free {
		others = append(others, eni.Interface{ID: fmt.Sprintf("eni-free-%d", n), Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1"})
	}
	return append(others, full)
}

// changes are what clients have changed in the cloud, in order, one text for each.
func (w *world) changes() []string {
	var texts []string
	for _, c := range w.cloud.History() {
		var text strings.Builder
		text.WriteString(c.Call.InterfaceID)
		switch { // with all of its addresses
		case c.Created:
			text.WriteString(" created")
		case c.Deleted:
			text.WriteString(" deleted")
		default:
			writePrefixes(&text, " -", c.Released)
			writePrefixes(&text, " +", c.Assigned)
		}
		if c.Attached {
			text.WriteString(" attached")
		}
		if c.Detached {
			text.WriteString(" detached")
		}
		texts = append(texts, text.String())
	}
	return texts
}

func writePrefixes(b *strings.Builder, sign string, prefixes []netip.Prefix) {
	for _, p := range prefixes {
		b.WriteString(sign)
		if p.IsSingleIP() {
			b.WriteString(p.Addr().String())
		} else {
			b.WriteString(p.String())
		}
	}
}

// inVPC are the ids of the interfaces in vpc-1, sorted.
func inVPC(v *vendor) []string {
	var ids []string
	for _, i := range interfaces(v) {
		if i.VPCID == "vpc-1" {
			ids = append(ids, i.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
