// SPDX-License-Identifier: Apache-2.0

// Package fakecloud has the servers of "enictl fake": the clouds of a scene, with
// faults, a log of the requests, and an endpoint to control them.
package fakecloud
