// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"net/netip"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Answer is the cloud's response to a call, independent of the vendor.
type Answer struct {
	Refused    *Rejection      // why the change is refused; nil if it is accepted
	Interfaces []eni.Interface // for Describe and List; for Create, the created one
	Assigned   []netip.Prefix  // for Assign and Create; addresses have their full length
	Instances  []Instance      // for DescribeInstances
	Task       TaskState       // for DescribeTask
	TaskOutput string          // of a failed task

	// Fault is the fault that applies to this answer; the zero Fault if there is none.
	Fault Fault
}

// Do carries out a call with its fault, waits as long as the fault or the change
// requires, and returns the answer. Its error is that of a ctx that ended first: the
// client is gone, so there is nothing to answer. It is for wire servers; see package
// wire.
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
