// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/cloudeni/cloudeni/eni"
)

// The recipes return the most common failures as functions of the cloud, for use in a
// table of tests.

// LostAnswer makes the cloud carry out the next call of an action and then break the
// connection, so that the response is lost.
func LostAnswer(action Action) func(*Cloud) {
	return func(c *Cloud) { c.Inject(action, Fault{Reset: true, After: true}) }
}

// LostRequest breaks the connection of the next call of an action before the cloud does
// anything. A client cannot distinguish it from [LostAnswer].
func LostRequest(action Action) func(*Cloud) {
	return func(c *Cloud) { c.Inject(action, Fault{Reset: true}) }
}

// StaleAddress releases an address as another actor, so that a later request for it is
// stale.
func StaleAddress(interfaceID string, address netip.Addr) func(*Cloud) {
	return func(c *Cloud) {
		c.Update(interfaceID, func(i *eni.Interface) {
			i.Addresses = slices.DeleteFunc(i.Addresses, func(a eni.Address) bool { return a.Addr == address })
		})
	}
}

// ForEachCloud runs a test for each cloud, as a subtest with the name of the cloud, in
// virtual time. Each run has a new, empty cloud and a client with the default options.
// The client is made by aliyuntest.NewClient, tencenttest.NewClient or a similar
// function:
//
//	clouds := map[string]enitest.NewClient{
//		aliyun.Provider:  aliyuntest.NewClient,
//		tencent.Provider: tencenttest.NewClient,
//	}
func ForEachCloud(t *testing.T, clouds map[string]NewClient, test func(t *testing.T, cloud *Cloud, client eni.Client)) {
	names := make([]string, 0, len(clouds))
	for name := range clouds {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := new(Cloud)
				test(t, cloud, clouds[name](t, cloud, nil))
			})
		})
	}
}
