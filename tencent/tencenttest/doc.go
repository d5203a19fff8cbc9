// SPDX-License-Identifier: Apache-2.0

// Package tencenttest is Tencent Cloud on a test's own machine: a [Server] that
// speaks API 3.0 of the VPC service, and a [LegacyServer] that speaks API 2.0, for an
// in-memory [enitest.Cloud]. The vendor's SDKs run against them for real.
//
// In the same process, without sockets, and so also in the virtual time of
// testing/synctest:
//
//	server := tencenttest.NewServer(&enitest.Cloud{})
//	server.Cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateAvailable})
//	client, err := tencent.New(server.Config(), nil)
//
// Over loopback, for programs and for clients other than this module's:
//
//	web := httptest.NewServer(server)
//	cfg := server.Config()
//	cfg.Endpoint, cfg.HTTPClient = web.URL, nil
//
// The configuration of a LegacyServer is for tencent.NewLegacy.
//
// # What it has
//
// Of the VPC service: the actions that package tencent sends, and CreateNetworkInterface,
// AttachNetworkInterface, AssignPrivateIpAddresses and AssignIpv6Addresses, with which a
// program in any language builds a scene of its own. Of the CVM service:
// DescribeInstances and DescribeRegions. All changes are tasks of DescribeVpcTaskResult.
// The answer to any other action names it and says which ones there are.
//
// # Who gets in
//
// Clients in any language, by each way in which the vendor's SDKs sign API 3.0: with
// TC3-HMAC-SHA256 in the headers, by POST with a JSON body or by GET; and with
// signature v1 (HmacSHA1 or HmacSHA256), in a form or in the query. The host may be
// signed with its port or without. The service in a credential scope is vpc or cvm;
// where the endpoint is an address it may be anything, because some SDKs take it from
// the endpoint. Every action but DescribeVpcTaskResult and DescribeRegions needs a
// region.
//
// A LegacyServer takes API 2.0 by POST with a form and by GET, signed with HmacSHA1 or
// HmacSHA256, and knows a region by its id and by its old name, such as gz.
//
// Whoever comes by another way is told which ones are open.
//
// # What it checks
//
// Every request must carry a signature that this package computes for itself from
// what arrived, made with the server's key within the last five minutes. What the
// vendor refuses, such as eleven addresses or the same one twice, or a text where a
// number belongs, is refused here, with the vendor's code and, as it does, with HTTP
// status 200.
//
// API 3.0 has no nonce. Two equal requests in the same second have equal
// signatures, because a poll repeats itself. The vendor cannot tell a replay within
// five minutes from such a repetition, and serves it, as this server does; the
// timestamp excludes an older one.
//
// API 2.0 has a nonce: a LegacyServer refuses one that it has seen, and computes
// the HmacSHA1 or HmacSHA256 signature of the parameters. Where the vendor's two
// documentations of that API differ in the shape of replies, the LegacyServer has
// a field, so that tests can play both.
package tencenttest
