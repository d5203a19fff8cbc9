// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/eniotel"
)

// place is one region of one cloud, and the endpoint of its API if it is not the
// vendor's public one.
type place struct{ provider, region, endpoint string }

// path returns the place as it is in URLs.
func (p place) path() string { return p.provider + "/" + p.region }

// parsePlaces reads a list such as aliyun/cn-hangzhou,tencent/ap-guangzhou=URL.
func parsePlaces(list string) ([]place, error) {
	var places []place
	for word := range strings.SplitSeq(list, ",") {
		path, endpoint, _ := strings.Cut(strings.TrimSpace(word), "=")
		provider, region, _ := strings.Cut(path, "/")
		p := place{provider, region, endpoint}
		switch {
		case region == "" || strings.Contains(region, "/"):
			return nil, fmt.Errorf("no region in %q: want provider/region", word)
		case slices.ContainsFunc(places, func(q place) bool { return q.path() == p.path() }):
			return nil, fmt.Errorf("%s is listed twice", p.path())
		}
		places = append(places, p)
	}
	return places, nil
}

// options returns the options for all clouds. The library's default budget of retries
// applies, and within it the timeout of each request.
func options(m *metrics, log *slog.Logger) (*eni.Options, error) {
	return eniotel.Instrument(&eni.Options{
		Retry:     eni.Retry{MaxSettle: -1}, // the deadline of a request bounds its wait
		OnAttempt: attempted(log),
	}, eniotel.Config{MeterProvider: m.provider})
}

// connect returns the clients by the paths of their places, with the credentials of
// the vendors' default chains. It sends nothing.
func connect(places []place, opts *eni.Options) (map[string]cloudeni.Client, error) {
	clouds := make(map[string]cloudeni.Client)
	for _, p := range places {
		c, err := cloudeni.Open(cloudeni.Config{
			Provider: p.provider, Region: p.region, Endpoint: p.endpoint, UserAgent: "cloudeni-service",
		}, opts)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.path(), err)
		}
		clouds[p.path()] = c
	}
	return clouds, nil
}
