// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// demo returns a client of an in-memory cloud behind Alibaba Cloud's protocol,
// with the interface eni-1 on the instance i-1.
func demo(opts *eni.Options) (eni.Client, *enitest.Cloud) {
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1",
		Addresses: []eni.Address{
			{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true},
			{Addr: netip.MustParseAddr("10.0.0.2")},
			{Addr: netip.MustParseAddr("10.0.0.3")},
		},
	})
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), opts)
	if err != nil {
		panic(err)
	}
	return client, cloud
}

// One call releases every address that it can and has a result for each.
func ExampleClient() {
	client, _ := demo(nil)

	op, err := eni.Blocking(client).UnassignPrivateIps(context.Background(), eni.UnassignRequest{
		InterfaceID: "eni-1",
		Addresses: []netip.Addr{
			netip.MustParseAddr("10.0.0.1"), // the primary address
			netip.MustParseAddr("10.0.0.2"),
			netip.MustParseAddr("10.0.0.99"), // not there
		},
	})
	for _, r := range op.Results() {
		fmt.Println(r, r.Outcome)
	}
	fmt.Println("all together:", op.Outcome())
	fmt.Println(err)
	// Output:
	// 10.0.0.1 refused
	// 10.0.0.2 released
	// 10.0.0.99 absent
	// all together: refused
	// aliyun UnassignPrivateIps eni-1: invalid_argument: 10.0.0.1 is the primary address: it cannot be released
}

// A detach names the instance. An interface on another instance is not changed.
func ExampleClient_detach() {
	client, _ := demo(nil)

	_, err := client.Detach(context.Background(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-2"})
	fmt.Println(err)
	op, err := client.Detach(context.Background(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
	fmt.Println(op.Outcome(), err)
	err = op.Wait(context.Background())
	fmt.Println(op.Outcome(), err)
	// Output:
	// aliyun Detach eni-1: invalid_state: it is attached to i-1, not to i-2
	// accepted <nil>
	// released <nil>
}

// A program waits: if the call returns no error, the interface is detached.
func ExampleBlocking() {
	client, cloud := demo(nil)
	cloud.CompletesAfter = func(enitest.Call) time.Duration { return 100 * time.Millisecond }

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := eni.Blocking(client).Detach(ctx, eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
	i, _ := cloud.Get("eni-1")
	fmt.Println(err, i.State)
	// Output: <nil> available
}

// A controller polls: it never blocks a worker.
func ExampleOperation_Poll() {
	client, cloud := demo(nil)
	ready := time.Now().Add(50 * time.Millisecond)
	cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Until(ready) }

	op, err := client.Detach(context.Background(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		done, err := op.Poll(context.Background())
		if done {
			fmt.Println("detached:", err == nil)
			return
		}
		<-time.After(10 * time.Millisecond) // a controller would requeue
	}
	// Output: detached: true
}

// Decide on the kind of an error.
func ExampleKindOf() {
	client, _ := demo(nil)
	_, err := client.Detach(context.Background(), eni.DetachRequest{InterfaceID: "eni-404", InstanceID: "i-1"})
	switch eni.KindOf(err) {
	case eni.ErrNotFound:
		fmt.Println("no such interface in this account and region")
	case eni.ErrConflict, eni.ErrThrottled, eni.ErrUnavailable:
		fmt.Println("try again in a while")
	default:
		fmt.Println(err)
	}
	fmt.Println(eni.IgnoreNotFound(err))
	// Output:
	// no such interface in this account and region
	// <nil>
}

// An error keeps the cloud's code, message and request id, without secrets.
func ExampleError() {
	client, cloud := demo(nil)
	cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Denied})
	_, err := client.UnassignPrivateIps(context.Background(), eni.UnassignRequest{
		InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.2")},
	})
	var e *eni.Error
	if errors.As(err, &e) {
		fmt.Println(e.Provider, e.Op, e.InterfaceID)
		fmt.Println(e.Kind, "because of", e.Code)
		fmt.Println(e.RequestID != "", e.HTTPStatus, e.Attempts)
	}
	// Output:
	// aliyun UnassignPrivateIps eni-1
	// permission_denied because of Forbidden.RAM
	// true 403 1
}

// An implementation of Client joins the errors of its addresses: one error for each
// reason, with a count, the retryable ones first.
func ExampleJoin() {
	err := eni.Join(
		&eni.Error{Kind: eni.ErrInvalid, Message: "a primary address", Count: 1},
		&eni.Error{Kind: eni.ErrThrottled, Code: "Throttling", Count: 10},
		&eni.Error{Kind: eni.ErrThrottled, Code: "Throttling", Count: 5},
	)
	fmt.Println(err)
	fmt.Println(eni.IsRetryable(err), errors.Is(err, eni.ErrInvalid))
	// Output:
	// throttled: Throttling (15 addresses); invalid_argument: a primary address
	// true true
}

// Unassign releases addresses of both families in one call.
func ExampleUnassign() {
	client, _ := demo(nil)
	addresses, prefixes, err := eni.ParseAddrs("10.0.0.1", "2001:db8::99", "10.0.0.2", "10.0.0.3")
	if err != nil {
		fmt.Println(err)
		return
	}
	op, err := eni.Unassign(context.Background(), eni.Blocking(client), "eni-1", addresses, prefixes)
	for _, r := range op.Results() {
		fmt.Println(r, r.Outcome)
	}
	fmt.Println("failed:", op.Failed()[0])
	fmt.Println(err)
	// Output:
	// 10.0.0.1 refused
	// 2001:db8::99 absent
	// 10.0.0.2 released
	// 10.0.0.3 released
	// failed: 10.0.0.1
	// aliyun UnassignPrivateIps eni-1: invalid_argument: 10.0.0.1 is the primary address: it cannot be released
}

// The functions of this package work with any error that wraps a Kind.
func ExampleIsRetryable() {
	err := fmt.Errorf("our own cloud: %w", eni.ErrConflict)
	fmt.Println(eni.IsRetryable(err), errors.Is(err, eni.ErrConflict))
	// Output: true true
}

// Any BackOff of cenkalti/backoff/v4 can make the pauses between retries.
func ExampleOptions() {
	client, cloud := demo(&eni.Options{
		Retry: eni.Retry{
			MaxAttempts: 3,
			Backoff:     func() eni.Backoff { return backoff.NewConstantBackOff(time.Millisecond) },
		},
		OnAttempt: func(a eni.Attempt) { fmt.Println(a.Op, a.Items, eni.KindOf(a.Err)) },
	})
	cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})

	_, err := client.UnassignPrivateIps(context.Background(), eni.UnassignRequest{
		InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.2")},
	})
	fmt.Println(err)
	// Output:
	// UnassignPrivateIps 1 conflict
	// UnassignPrivateIps 1 none
	// <nil>
}

// A Describer describes interfaces without changing them.
func ExampleDescriber() {
	client, _ := demo(nil)
	describer, ok := client.(eni.Describer)
	if !ok {
		fmt.Println("this client describes nothing")
		return
	}
	found, err := describer.Describe(context.Background(), "eni-1", "eni-404")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, i := range found {
		fmt.Println(i.ID, i.State, i.InstanceID, len(i.Addresses), "addresses")
	}
	// Output: eni-1 in_use i-1 3 addresses
}
