// SPDX-License-Identifier: Apache-2.0

// Package lane decides what to do about one network interface, and what to tell
// whom. It is a plain state machine without goroutines, clocks, locks, contexts
// or I/O: every method of [Lane] is an event with its time, and [Lane.Next] says
// what is wanted next. Package core runs it.
//
// The life of a claim, which is one caller's share of a goal:
//
//	    Add
//	     │        ┌──────────── refused, lost: put back ◀──────────┐
//	     ▼        ▼                                                 │
//	┌─────────────────────┐   permit, fresh evidence, Take   ┌─────┴────┐
//	│ queued              │ ───────────────────────────────▶ │  aboard  │
//	│  in the queue       │                                  └─────┬────┘
//	│  to be verified     │                                        │ accepted
//	│  behind its twin    │                                        ▼
//	│  objected to        │                                  ┌──────────┐
//	└─────────┬───────────┘                                  │ accepted │
//	          │ seen gone, refused, given up                 └─────┬────┘
//	          ▼                                                    │ seen gone, its task ended
//	     ┌─────────┐ ◀─────────────────────────────────────────────┘
//	     │ decided │
//	     └─────────┘
//
// Words:
//
//	goal      an end state of the interface that callers want: an address gone, an attachment ended
//	claim     one caller's share of a goal, with its own budget and outcome
//	change    one request that changes the interface; one is in the air at a time
//	aboard    travelling in the change in the air
//	accepted  the cloud took the change on; its effect was not seen yet
//	complete  every claim that travelled in a change was seen gone, or decided otherwise
//	describe  to ask the cloud what is on the interface; the latest answer is the snapshot
//	verify    to describe before anything is sent, because what was known is not enough
//	doubt     a change of ours may act on a target, or may have acted
//	credit    a change with the claim aboard may be what took its target off
//	twin      a goal whose target travels, or was accepted, for an earlier caller
//	permit    the right to send one change; the limiter of the action gives it
//	window    the batch window: how long the lane waits for more goals before it sends
//	witness   a description that missed the interface; it takes two to believe it
//	verdict   what the user's policy says of an error: again or not, and after which pause
package lane
