// SPDX-License-Identifier: Apache-2.0

// Package fakecloud is what "enictl fake" serves: the clouds of a scene, with faults, a
// log of the requests and an endpoint that controls all of it while it runs.
package fakecloud
