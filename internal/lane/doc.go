// SPDX-License-Identifier: Apache-2.0

// Package lane decides what to do next about one network interface, and the
// outcome of each caller's request. It is a plain state machine without
// goroutines, clocks, locks, contexts or I/O: every method of [Lane] is an event
// with its time, and [Lane.Next] returns what to do next. Package core runs it.
//
// The life of a claim, which is one caller's share of a goal:
//
//	    Add
//	     │        ┌──────────── refused, lost: requeued ◀─────────┐
//	     ▼        ▼                                               │
//	┌─────────────────────┐   permit, fresh evidence, Take   ┌────┴────────┐
//	│ queued              │ ───────────────────────────────▶ │ in progress │
//	│  in the queue       │                                  └────┬────────┘
//	│  to be verified     │                                       │ accepted
//	│  behind its twin    │                                       ▼
//	│  awaiting a verdict │                                  ┌──────────┐
//	└─────────┬───────────┘                                  │ accepted │
//	          │ gone, refused, given up                      └────┬─────┘
//	          ▼                                                   │ gone, or its task ended
//	     ┌─────────┐ ◀────────────────────────────────────────────┘
//	     │ decided │
//	     └─────────┘
//
// Terms:
//
//	goal         an end state that callers want: an address is gone, an attachment has ended
//	claim        one caller's share of a goal, with its own budget and outcome
//	change       one request that changes the interface
//	in progress  of a change: sent and not answered; a lane has at most one. Of a claim: carried by it
//	accepted     the cloud accepted the change, and no describe has shown its effect yet
//	complete     every claim that the change carried is decided
//	describe     a request for the state of the interface; the latest result is the snapshot
//	verify       describe before sending, because the evidence is too old or missing
//	doubt        a change of this client may act on a target, or may have acted
//	credit       a change that carried the claim may have removed its target
//	twin         an earlier caller's claim on the same target that is in progress or accepted
//	permit       the right to send one change; the limiter of the action grants it
//	window       the batch window: how long the lane waits for more goals before it sends
//	witness      a describe that did not show the interface; two of them prove that it is missing
//	verdict      what the user's policy decides about an error: retry or not, and after which pause
package lane
