// SPDX-License-Identifier: Apache-2.0

// Package core is the request path that all clouds share. It knows no SDK, and no
// rule: package lane decides, and core does what it wants.
//
//	callers ─▶ Client ─▶ validate ─▶ runner of the interface ─▶ Driver (one per cloud) ─▶ the vendor's SDK
//	                                   │ events     ▲ what is wanted,
//	                                   ▼            │ what was decided
//	                                  lane, a plain state machine
//
// Each interface about which there is something to know has a runner. Every event
// (a call, an answer, an alarm) is one step: under the runner's lock the lane is
// told, and what it wants is compared with what is under way; then, without the
// lock, what may take long or runs code of the client's user is done. So an
// interface that waits holds no goroutine, and a caller who is alone sends its
// change on its own one.
//
// Read core.go, runner.go and send.go first. The rest, by what a runner needs:
//
//	permit.go limiter.go line.go           permits, by the rate of each API and the user's Limiter
//	rate.go persecond.go perminute.go      when a permit is due: the configured quotas and the account's own
//	question.go describe.go takeapart.go   descriptions, shared by all who ask before one begins
//	task.go                                task queries
//	policy.go report.go panic.go           code of the client's user: its policy, its hooks, what it throws
//	operation.go wait.go                   what the caller holds, and waits for
//	persist.go                             descriptions for the user
//	runners.go alarm.go                    which runners there are, and when they go on
//
// Locks are taken in the order client, runner, describes, limiter, alarms. None is
// held while code of the user's runs.
package core
