// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// filter is one of the Filters of a DescribeNetworkInterfaces.
type filter struct {
	Name   string
	Values []string
}

// maxFilters is how many the vendor takes.
const maxFilters = 10

// readFilters turns filters into that of the call, or says what is wrong with them.
func (d *dialect) readFilters(filters []filter) *failure {
	if len(filters) > maxFilters {
		return &failure{"InvalidParameterValue.LimitExceeded", fmt.Sprintf("`Filters` takes at most %d values.", maxFilters)}
	}
	for _, f := range filters {
		if len(f.Values) != 1 {
			return &failure{"InvalidFilter", fmt.Sprintf("This server takes one value for the filter %q.", f.Name)}
		}
		if failed := d.readFilter(f.Name, f.Values[0]); failed != nil {
			return failed
		}
	}
	return nil
}

func (d *dialect) readFilter(name, value string) *failure {
	to := &d.call.Filter
	switch key, tagged := strings.CutPrefix(name, "tag:"); {
	case tagged:
		d.filterTag(key, value)
	case name == "tag-key":
		d.filterTag(value, "")
	case name == "vpc-id":
		to.VPCID = value
	case name == "subnet-id":
		to.SubnetID = value
	case name == "attachment.instance-id":
		to.InstanceID = value
	case name == "is-primary" && value == "true":
		to.Type = eni.TypePrimary
	case name == "is-primary" && value == "false":
		to.Type = eni.TypeSecondary
	default:
		return &failure{"InvalidParameter.FilterInvalidKey", fmt.Sprintf("This server has no filter %q with the value %q.", name, value)}
	}
	return nil
}

func (d *dialect) filterTag(key, value string) {
	if d.call.Filter.Tags == nil {
		d.call.Filter.Tags = make(map[string]string)
	}
	d.call.Filter.Tags[key] = value
}
