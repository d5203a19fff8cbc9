// SPDX-License-Identifier: Apache-2.0

// Package aliyuntest is a fake of Alibaba Cloud for tests: a [Server] that serves an
// in-memory [enitest.Cloud] with the API of ECS (2014-05-26), for programs that use
// package aliyun or any SDK of the vendor.
//
// In the same process, without sockets, also in the virtual time of testing/synctest:
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
// # Actions
//
// The server has the actions that package aliyun sends, DescribeNetworkInterfaceAttribute,
// and those that let a program in any language create its own test data:
// CreateNetworkInterface, AttachNetworkInterface, AssignPrivateIpAddresses,
// AssignIpv6Addresses, TagResources, DescribeInstances and DescribeRegions. It refuses any
// other action, and the message lists the supported ones. Faults apply to all actions
// except TagResources and DescribeRegions.
//
// Every response has all fields of the vendor's models. A field that the server does not
// know is empty, 0 or false. ServiceID is a number, as in those models.
//
// # Signatures
//
// Every request must be signed with the server's key, at most 15 minutes before or after
// the server's clock, and with an unused nonce. The server supports two signature schemes:
// ACS3-HMAC-SHA256 in the header Authorization, which the vendor's SDKs of version 2 use,
// and HMAC-SHA1 in the parameters, which all other SDKs use; for HMAC-SHA1 the parameter
// Format must be JSON, in upper or lower case. It refuses any other scheme, such as RSA
// keys and bearer tokens, and the message names the supported ones.
//
// # Undocumented responses
//
// The server refuses what the vendor refuses, with the vendor's code and HTTP status.
// Where the documentation does not define the response of the real cloud, a field of the
// Server or of the Cloud chooses it:
//
//	how many addresses a request may name       Server.MaxAddresses
//	the code for a primary address              Server.PrimaryCode
//	the code of a conflict, and its scope       Server.ConflictCode, Cloud.ConflictScope
//	a description of an id that does not exist  Server.MissingRefused
//	a batch with one bad address                Cloud.PartialBatches
//	a detach of an interface that is free       Cloud.DetachFree
//	a detach of one that is being detached      Cloud.DetachAgain
package aliyuntest
