// SPDX-License-Identifier: Apache-2.0

// Package aliyuntest is Alibaba Cloud on a test's own machine: a [Server] that speaks
// the API of ECS (2014-05-26) to an in-memory [enitest.Cloud], for programs that use
// package aliyun and for those that use any of the vendor's SDKs.
//
// In the same process, without sockets, and so in the virtual time of
// testing/synctest:
//
//	cloud := &enitest.Cloud{}
//	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateAvailable, …})
//	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
//
// Over loopback, with net/http/httptest:
//
//	server := aliyuntest.NewServer(cloud)
//	loopback := httptest.NewServer(server)
//	defer loopback.Close()
//	cfg := server.Config()
//	cfg.Endpoint, cfg.HTTPClient = loopback.URL, loopback.Client()
//	client, err := aliyun.New(cfg, nil)
//
// # What it has
//
// The actions that package aliyun sends, DescribeNetworkInterfaceAttribute, and those
// with which a program in any language builds a scene of its own: CreateNetworkInterface,
// AttachNetworkInterface, AssignPrivateIpAddresses, AssignIpv6Addresses, TagResources,
// DescribeInstances and DescribeRegions. The answer to any other action names it and
// says which ones there are. Faults meet all but TagResources and DescribeRegions.
//
// Every answer has every field of the vendor's models: a field of which the Server knows
// nothing is empty, 0 or false. ServiceID is a number, as in those models.
//
// # Who gets in
//
// Every request must be signed with the server's key, within 15 minutes of the server's
// clock and with a nonce that was not used before, in one of two ways: ACS3-HMAC-SHA256
// in the header Authorization, as the vendor's SDKs of version 2 do, or HMAC-SHA1 in the
// parameters, as all others do. There the parameter Format must be JSON, in any case.
// Every other way, such as RSA keys and bearer tokens, is refused with a message that
// says which ways there are.
//
// What the vendor refuses is refused with the vendor's code and HTTP status. Where the
// documentation does not say how the real cloud answers, a field of the Server or of
// the Cloud chooses the answer:
//
//	how many addresses a request may name       Server.MaxAddresses
//	the code for a primary address              Server.PrimaryCode
//	the code of a conflict, and its scope       Server.ConflictCode, Cloud.ConflictScope
//	a description of an id that does not exist  Server.MissingRefused
//	a batch with one bad address                Cloud.PartialBatches
//	a detach of an interface that is free       Cloud.DetachFree
//	a detach of one that is being detached      Cloud.DetachAgain
package aliyuntest
