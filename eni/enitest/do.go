// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"net/netip"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Answer is what a cloud makes of a call, in no vendor's words.
type Answer struct {
	Refused    *Rejection      // why a change is refused; nil for one that is accepted
	Interfaces []eni.Interface // for Describe and List; for Create the one that was created
	Assigned   []netip.Prefix  // for Assign and Create; addresses have their full length
	Instances  []Instance      // for DescribeInstances
	Task       TaskState       // for DescribeTask
	TaskOutput string          // of a task that failed

	// Fault is what becomes of this answer; the zero Fault where nothing does.
	Fault Fault
}

// Do carries out a call, with the fault that meets it, and returns what there is to
// answer, when it is time to. The error is that of a ctx that has ended: there is
// nobody to answer. It is for wire servers; see package wire.
func (c *Cloud) Do(ctx context.Context, call Call) (Answer, error) {
	call.Time = time.Now()
	fault := c.record(call)
	if fault == nil {
		fault = new(Fault)
	}
	a := Answer{Fault: *fault}
	if err := sleep(ctx, fault.Delay); err != nil {
		return a, err
	}
	if fault.none() || fault.After || fault.Cut {
		if err := c.carryOut(ctx, call, fault, &a); err != nil {
			return a, err
		}
	}
	return a, sleep(ctx, fault.AnswerAfter)
}

func (c *Cloud) carryOut(ctx context.Context, call Call, fault *Fault, a *Answer) error {
	switch call.Action {
	case Describe:
		a.Interfaces = c.describe(call.InterfaceIDs, fault)
		return nil
	case List:
		a.Interfaces = c.list(call.Filter)
		return nil
	case DescribeTask:
		a.Task, a.TaskOutput = c.Task(call.TaskID)
		return nil
	case DescribeInstances:
		a.Instances = c.Instances(call.InstanceIDs...)
		return nil
	case UnassignPrivateIps, UnassignIpv6, Detach, Delete, Create, Attach, Assign:
	}
	due, made := c.change(call, fault)
	a.Refused, a.Interfaces, a.Assigned = made.Refused, made.Interfaces, made.Assigned
	if a.Refused != nil && c.Terse {
		a.Refused.Prefixes = nil
	}
	if !c.AnswerWhenComplete {
		return nil
	}
	return sleep(ctx, time.Until(due))
}

// sleep waits. The error is that of the ctx that cut it short.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
