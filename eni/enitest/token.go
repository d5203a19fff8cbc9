// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"fmt"
	"time"
)

// tokened is a change that came with a token.
type tokened struct {
	call   Call
	answer Answer
}

func tokenOf(call Call) string { return string(call.Action) + " " + call.Token }

// repeat answers a call whose token was used before. The lock is held.
func (c *Cloud) repeat(call Call, first tokened) (time.Time, Answer) {
	now := time.Now()
	if asked(call) != asked(first.call) {
		return now, Answer{Refused: &Rejection{Reason: TokenMismatch, InterfaceID: call.InterfaceID}}
	}
	if r := c.tasks[first.call.RequestID]; r != nil {
		c.follow(call, r)
		return r.due, first.answer
	}
	return now, first.answer
}

// asked is the content of a call without what differs in each request.
func asked(call Call) string {
	call.RequestID, call.Time = "", time.Time{}
	return fmt.Sprint(call)
}
