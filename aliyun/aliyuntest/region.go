// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"net/http"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// regions has the vendor's regions, with their display names.
var regions = []struct{ id, name string }{
	{"cn-qingdao", "China (Qingdao)"},
	{"cn-beijing", "China (Beijing)"},
	{"cn-zhangjiakou", "China (Zhangjiakou)"},
	{"cn-huhehaote", "China (Hohhot)"},
	{"cn-wulanchabu", "China (Ulanqab)"},
	{"cn-hangzhou", "China (Hangzhou)"},
	{"cn-shanghai", "China (Shanghai)"},
	{"cn-nanjing", "China (Nanjing)"},
	{"cn-fuzhou", "China (Fuzhou)"},
	{"cn-shenzhen", "China (Shenzhen)"},
	{"cn-heyuan", "China (Heyuan)"},
	{"cn-guangzhou", "China (Guangzhou)"},
	{"cn-chengdu", "China (Chengdu)"},
	{"cn-hongkong", "China (Hong Kong)"},
	{"ap-northeast-1", "Japan (Tokyo)"},
	{"ap-northeast-2", "South Korea (Seoul)"},
	{"ap-southeast-1", "Singapore"},
	{"ap-southeast-3", "Malaysia (Kuala Lumpur)"},
	{"ap-southeast-5", "Indonesia (Jakarta)"},
	{"ap-southeast-6", "Philippines (Manila)"},
	{"ap-southeast-7", "Thailand (Bangkok)"},
	{"us-east-1", "US (Virginia)"},
	{"us-west-1", "US (Silicon Valley)"},
	{"na-south-1", "Mexico"},
	{"eu-west-1", "UK (London)"},
	{"eu-central-1", "Germany (Frankfurt)"},
	{"me-east-1", "UAE (Dubai)"},
	{"me-central-1", "Saudi Arabia (Riyadh)"},
}

// knows reports whether a region exists: the region of the server, and those of the
// vendor.
func (s *Server) knows(region string) bool {
	for _, r := range regions {
		if r.id == region {
			return true
		}
	}
	return region == s.Region
}

// cloudOf returns the cloud of a region. Another region than that of the server has its
// own cloud, with only what clients create there.
func (s *Server) cloudOf(region, action string) (*enitest.Cloud, *problem) {
	switch {
	case region == s.Region, action == describeRegions:
		return s.Cloud, nil
	case region == "":
		return nil, missing("RegionId")
	case !s.knows(region):
		return nil, &problem{http.StatusNotFound, "InvalidRegionId.NotFound", "The specified RegionId does not exist."}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.elsewhere == nil {
		s.elsewhere = make(map[string]*enitest.Cloud)
	}
	if s.elsewhere[region] == nil {
		s.elsewhere[region] = new(enitest.Cloud)
	}
	return s.elsewhere[region], nil
}
