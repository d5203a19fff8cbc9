// SPDX-License-Identifier: Apache-2.0

// Package enitest is for testing: an in-memory [Cloud] that plays both clouds'
// rules, faults included, and [Run], the contract that every eni.Client keeps.
//
// A Cloud speaks no protocol by itself. The wire servers aliyuntest.Server and
// tencenttest.Server put it behind the vendors' own protocols, so that a test of
// a controller runs the whole client path: adapter, vendor SDK, signing, HTTP.
//
//	cloud := new(enitest.Cloud)
//	cloud.Put(eni.Interface{ID: "eni-1", …})
//	server := aliyuntest.NewServer(cloud)
//	client, err := aliyun.New(server.Config(), nil)
//
// A test puts interfaces, instances and subnets into a Cloud; a program builds its scene
// with calls of [Create], [Attach] and [Assign], which the servers have in the vendors'
// words.
//
// Everything here measures time with package time alone, so inside
// testing/synctest a cloud that takes minutes takes none. What can go wrong with a
// call is a [Fault], given to [Cloud.Inject] or by Cloud.Control; what reached the
// cloud and what it did is in [Cloud.Calls] and [Cloud.History], and what became of the
// interfaces, whoever did it, in [Cloud.Events].
//
// [LostAnswer], [LostRequest] and [StaleAddress] are recipes for what goes wrong most,
// and [ForEachCloud] plays a test on each cloud. Who writes a wire server for another
// cloud finds what it needs in package wire.
package enitest
