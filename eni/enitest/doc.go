// SPDX-License-Identifier: Apache-2.0

// Package enitest is for tests. It has an in-memory [Cloud] with the rules and faults of
// both clouds, and [Run], the test suite of the contract of an eni.Client.
//
// A Cloud has no protocol. The wire servers aliyuntest.Server and tencenttest.Server
// serve it with the vendors' protocols, so that a test runs the whole client: adapter,
// vendor SDK, signing, HTTP.
//
//	cloud := new(enitest.Cloud)
//	cloud.Put(eni.Interface{ID: "eni-1", …})
//	server := aliyuntest.NewServer(cloud)
//	client, err := aliyun.New(server.Config(), nil)
//
// A test puts interfaces, instances and subnets into a Cloud. A program can create its own
// test data with the vendors' calls for [Create], [Attach] and [Assign].
//
// A Cloud works in the virtual time of testing/synctest. A [Fault] makes a call fail; pass
// it to [Cloud.Inject] or return it from Cloud.Control. [Cloud.Calls] has the calls that
// the cloud received, [Cloud.History] the changes that it made for them, and
// [Cloud.Events] every change of an interface, also by other actors.
//
// [LostAnswer], [LostRequest] and [StaleAddress] are recipes for the most common failures,
// and [ForEachCloud] runs a test on each cloud. Package wire is for implementers of wire
// servers.
package enitest
