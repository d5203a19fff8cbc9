// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/cloudeni/cloudeni/eni"
)

// The recipes return what goes wrong most, as functions to be called with the cloud:
// a column of a table of tests.

// LostAnswer lets the cloud carry out the next call of an action, and loses its
// answer: the connection breaks.
func LostAnswer(action Action) func(*Cloud) {
	return func(c *Cloud) { c.Inject(action, Fault{Reset: true, After: true}) }
}

// LostRequest loses the next call of an action before the cloud does anything: to a
// client it looks like [LostAnswer].
func LostRequest(action Action) func(*Cloud) {
	return func(c *Cloud) { c.Inject(action, Fault{Reset: true}) }
}

// StaleAddress lets somebody else release an address, so that whoever still asks for
// it asks for a stale one.
func StaleAddress(interfaceID string, address netip.Addr) func(*Cloud) {
	return func(c *Cloud) {
		c.Update(interfaceID, func(i *eni.Interface) {
			i.Addresses = slices.DeleteFunc(i.Addresses, func(a eni.Address) bool { return a.Addr == address })
		})
	}
}

// ForEachCloud runs a test once for each cloud, as a subtest with its name, in virtual
// time. Each run has an empty cloud of its own and a client of it without options;
// the client itself comes from aliyuntest.NewClient, tencenttest.NewClient or a
// function of the same form:
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
