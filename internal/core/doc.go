// SPDX-License-Identifier: Apache-2.0

// Package core is the request path that all clouds share. It knows no SDK and makes
// no decisions: package lane decides, and core carries out.
//
//	callers ─▶ Client ─▶ validate ─▶ runner of the interface ─▶ Driver (one per cloud) ─▶ the vendor's SDK
//	                                   │ events     ▲ what to do next,
//	                                   ▼            │ decided claims
//	                                  lane, a plain state machine
//
// Each interface with pending calls or recent changes has a runner. Every event (a
// call, an answer, an alarm) is one step. Under the runner's lock the step passes
// the event to the lane and compares what the lane wants with what is in progress.
// After that, without the lock, it does what may take long or runs the user's code.
// So a waiting interface holds no goroutine, and a lone caller sends its change on
// its own goroutine.
//
// Read core.go, runner.go and send.go first. The other files:
//
//	assess.go depart.go effect.go          the answer to a change, callers that leave, how long changes take
//	permit.go limiter.go line.go           permits, from the limiter of each API and the user's Limiter
//	rate.go persecond.go perminute.go      when a permit is due: configured and estimated quotas
//	question.go describe.go takeapart.go   describe batches, shared by all questions before the request begins
//	task.go                                task queries
//	policy.go report.go panic.go           the user's code: retry policy, hooks, panics
//	operation.go wait.go                   the operation that the caller holds and waits for
//	persist.go list.go                     Describe and List
//	runners.go alarm.go                    the set of runners, and timers
//
// Locks are taken in the order client, runner, describes, limiter, alarms. None is
// held while the user's code runs.
package core
