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
// # What it verifies
//
// Every request must be signed with the server's key, within 15 minutes of the server's
// clock and with a nonce that was not used before, in one of two ways: ACS3-HMAC-SHA256
// in the header Authorization, as the vendor's SDKs of version 2 do, or HMAC-SHA1 in the
// parameters, as all others do. There the parameter Format must be JSON, in any case.
// Every other way, such as RSA keys and bearer tokens, is refused with a message that
// says which ways there are.
package aliyuntest
