// SPDX-License-Identifier: Apache-2.0

package eni

import "context"

// Blocking returns a Client whose methods also wait until the accepted changes have
// taken effect. ctx bounds the call and the wait. If c is a [Describer], so is the
// result. Its method Unwrap returns c, for the other interfaces that c implements.
func Blocking(c Client) Client {
	if d, ok := c.(Describer); ok {
		return blockingDescriber{blocking{c}, d}
	}
	return blocking{c}
}

type blocking struct{ client Client }

type blockingDescriber struct {
	blocking
	Describer
}

// Unwrap returns the wrapped client, which does not wait.
func (b blocking) Unwrap() Client { return b.client }

func (b blocking) UnassignPrivateIps(ctx context.Context, req UnassignRequest) (*Operation, error) {
	op, err := b.client.UnassignPrivateIps(ctx, req)
	return op, wait(ctx, op, err)
}

func (b blocking) UnassignIpv6(ctx context.Context, req UnassignRequest) (*Operation, error) {
	op, err := b.client.UnassignIpv6(ctx, req)
	return op, wait(ctx, op, err)
}

func (b blocking) Detach(ctx context.Context, req DetachRequest) (*Operation, error) {
	op, err := b.client.Detach(ctx, req)
	return op, wait(ctx, op, err)
}

// BlockingDeleter returns a Deleter that also waits until the interface is gone. ctx
// bounds the call and the wait.
func BlockingDeleter(d Deleter) Deleter { return blockingDeleter{d} }

type blockingDeleter struct{ deleter Deleter }

func (b blockingDeleter) Delete(ctx context.Context, req DeleteRequest) (*Operation, error) {
	op, err := b.deleter.Delete(ctx, req)
	return op, wait(ctx, op, err)
}

// wait waits also after a partial failure, so that the accepted part gets a final
// outcome.
func wait(ctx context.Context, op *Operation, err error) error {
	waitErr := op.Wait(ctx)
	switch {
	case err == nil:
		return waitErr
	case waitErr == nil:
		return err
	}
	// The call and the wait may report the same failure, so their counts must not be
	// added. The results have each address once.
	var j joined
	for _, r := range op.Results() {
		for _, e := range reasons(r.Err) {
			j.add(e)
		}
	}
	for _, e := range append(reasons(err), reasons(waitErr)...) {
		if !j.has(e) {
			j.add(e)
		}
	}
	return j.err()
}
