// SPDX-License-Identifier: Apache-2.0

// Package release is the controller for InterfaceReleases, without the program around
// it.
//
// A worker of the controller never waits for a cloud. Calls run on goroutines of
// [calls], which is a Runnable of the manager, and the answer brings the object back
// into the queue. The state of a call is in memory only, as a pursuit. The status
// shows that a call is in progress before its first request is sent. So after a restart
// the controller repeats the call, which finds what was done.
package release
