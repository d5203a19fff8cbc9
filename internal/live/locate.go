// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// locateFor is how long the first list may take. A wrong endpoint shows by then.
const locateFor = time.Minute

// locate finds the network of the instance by its interfaces.
func (s *scene) locate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, locateFor)
	defer cancel()
	s.network = network{subnet: s.subnet, securityGroup: s.securityGroup, run: s.run}
	for i, err := range s.witness.List(ctx, eni.Filter{InstanceID: s.instance}) {
		if err != nil {
			return fmt.Errorf("the interfaces of the instance cannot be listed: %w", err)
		}
		s.network.vpc = i.VPCID
	}
	if s.network.vpc == "" {
		return fmt.Errorf("%s has no interface in %s: is it the right instance, region and account?", s.instance, s.region)
	}
	return nil
}
