// SPDX-License-Identifier: Apache-2.0

// Package tencenttest is Tencent Cloud on a test's own machine: a [Server] that
// speaks API 3.0 of the VPC service, and a [LegacyServer] that speaks API 2.0, as
// far as package tencent uses them, for an in-memory [enitest.Cloud]. The vendor's
// SDK runs against them for real.
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
// # What it checks
//
// Every request must carry a TC3-HMAC-SHA256 signature that this package computes
// for itself from what arrived, made with the server's key within the last five
// minutes; the date in the credential scope must be the timestamp's, and the
// service vpc. What the vendor refuses, such as eleven addresses or the same one
// twice, is refused here, with the vendor's code and, as it does, with HTTP
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
