package eni

import (
	"context"
	"errors"
)

// Blocking returns a Client whose methods also wait until what the cloud
// accepted has taken effect. Their context bounds both. It hides the other
// interfaces that c implements.
func Blocking(c Client) Client { return blocking{c} }

type blocking struct{ client Client }

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

// wait also waits after a partial failure: what was accepted is worth knowing.
func wait(ctx context.Context, op *Operation, err error) error {
	waitErr := op.Wait(ctx)
	switch {
	case err == nil:
		return waitErr
	case waitErr == nil, errors.Is(err, waitErr): // the call knew already
		return err
	default:
		return Join(err, waitErr)
	}
}
