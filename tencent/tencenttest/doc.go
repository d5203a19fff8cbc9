// SPDX-License-Identifier: Apache-2.0

// Package tencenttest is a fake of Tencent Cloud for tests: a [Server] with API 3.0 of the
// VPC service and a [LegacyServer] with API 2.0, which serve an in-memory [enitest.Cloud].
// Any SDK of the vendor can be their client.
//
// In the same process, without sockets, also in the virtual time of testing/synctest:
//
//	server := tencenttest.NewServer(&enitest.Cloud{})
//	server.Cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateAvailable})
//	client, err := tencent.New(server.Config(), nil)
//
// Over loopback, for other programs:
//
//	web := httptest.NewServer(server)
//	cfg := server.Config()
//	cfg.Endpoint, cfg.HTTPClient = web.URL, nil
//
// The configuration of a LegacyServer is for tencent.NewLegacy.
//
// # Actions
//
// Of the VPC service, the server has the actions that package tencent sends, and those
// that let a program in any language create its own test data: CreateNetworkInterface,
// AttachNetworkInterface, AssignPrivateIpAddresses and AssignIpv6Addresses. Of the CVM
// service, it has DescribeInstances and DescribeRegions. All changes are tasks of
// DescribeVpcTaskResult. It refuses any other action, and the message lists the supported
// ones. It refuses what the vendor refuses, such as eleven addresses, a repeated address or
// a text in place of a number, with the vendor's code and with HTTP status 200, as the
// vendor does.
//
// # Signatures
//
// The server computes the signature of each request itself. The request must be signed with
// the server's key, within the last five minutes. The server supports the signature schemes
// of the vendor's SDKs for API 3.0: TC3-HMAC-SHA256 in the headers, with POST and a JSON
// body or with GET; and signature v1 (HmacSHA1 or HmacSHA256) in a form or in the query.
// The signed host may have a port or not. The service in a credential scope is vpc or cvm;
// if the endpoint is an IP address it can be any text, because some SDKs take it from the
// endpoint. Every action except DescribeVpcTaskResult and DescribeRegions needs a region.
//
// API 3.0 has no nonce. Two equal requests in the same second have equal signatures, for
// example two polls. So neither the vendor nor this server can detect a replay within five
// minutes; the timestamp excludes an older one.
//
// A LegacyServer accepts API 2.0: POST with a form, and GET, signed with HmacSHA1 or
// HmacSHA256. It refuses a nonce that was used before. It knows a region by its id and by
// its old name, such as gz. The vendor's two documentations of API 2.0 define different
// formats of responses; fields of the LegacyServer choose one.
//
// Both servers refuse any other scheme, and the message names the supported ones.
package tencenttest
