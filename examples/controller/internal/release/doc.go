// SPDX-License-Identifier: Apache-2.0

// Package release carries out InterfaceReleases: it is the controller, without the
// program around it.
//
// A worker of the controller never waits for a cloud. What has to be asked of one
// is asked by a goroutine of [calls], which is a Runnable of the manager, and the
// answer brings the object back into the queue. What is under way is in memory
// only, as a pursuit; the status says that something is under way before the first
// request leaves, so that whoever comes after a restart makes the same call again,
// which finds what has been done.
package release
