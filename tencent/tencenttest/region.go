// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// regions has the vendor's regions, each with its name in API 2.0, if there is one.
var regions = map[string]string{
	"ap-bangkok":        "th",
	"ap-beijing":        "bj",
	"ap-beijing-fsi":    "",
	"ap-chengdu":        "cd",
	"ap-chongqing":      "cq",
	"ap-guangzhou":      "gz",
	"ap-guangzhou-open": "gzopen",
	"ap-hongkong":       "hk",
	"ap-jakarta":        "",
	"ap-mumbai":         "in",
	"ap-nanjing":        "",
	"ap-seoul":          "kr",
	"ap-shanghai":       "sh",
	"ap-shanghai-fsi":   "shjr",
	"ap-shenzhen-fsi":   "szjr",
	"ap-singapore":      "sg",
	"ap-taipei":         "",
	"ap-tokyo":          "jp",
	"eu-frankfurt":      "de",
	"eu-moscow":         "ru",
	"na-ashburn":        "use",
	"na-siliconvalley":  "usw",
	"na-toronto":        "ca",
	"sa-saopaulo":       "",
}

// cloud returns the cloud of the request's region. Another region than that of the
// server has its own cloud.
func (s *Server) cloud(q *request, a action) (*enitest.Cloud, *failure) {
	switch {
	case q.region == s.Region, q.region == "" && a.noRegion:
		return s.Cloud, nil
	case q.region == "":
		return nil, missing(q.regionParameter)
	case !hasRegion(q.region):
		return nil, &failure{"InvalidParameterValue", fmt.Sprintf("A value specified in `%s` is not valid, is unsupported, or cannot be used.", q.regionParameter)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.elsewhere == nil {
		s.elsewhere = make(map[string]*enitest.Cloud)
	}
	if s.elsewhere[q.region] == nil {
		s.elsewhere[q.region] = new(enitest.Cloud)
	}
	return s.elsewhere[q.region], nil
}

// readRegions reads a DescribeRegions, which has no parameters and needs no call of the
// cloud.
func (*dialect) readRegions(p parameters) *failure { return p.read(new(struct{})) }

// regions returns the regions, with that of the server.
func (d *dialect) regions() enitest.Reply {
	type region struct{ Region, RegionName, RegionState string }
	ids := slices.Sorted(maps.Keys(regions))
	if !hasRegion(d.server.Region) {
		ids = append(ids, d.server.Region)
	}
	set := make([]region, len(ids))
	for n, id := range ids {
		set[n] = region{id, id, available}
	}
	return d.reply(0, map[string]any{"RegionSet": set, "TotalCount": len(set)})
}

func hasRegion(id string) bool {
	_, ok := regions[id]
	return ok
}

// legacyRegion returns the id of a region from any of its names.
func legacyRegion(name string) string {
	for _, id := range slices.Sorted(maps.Keys(regions)) {
		if name != "" && regions[id] == name {
			return id
		}
	}
	return name
}
