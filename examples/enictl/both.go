// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/cloudeni/cloudeni/eni"
)

// both is the progress of a job with two calls.
type both [2]*eni.Operation

func (b both) Poll(ctx context.Context) (bool, error) {
	first, err := b[0].Poll(ctx)
	second, otherErr := b[1].Poll(ctx)
	return first && second, eni.Join(err, otherErr)
}

func (b both) Wait(ctx context.Context) error {
	return eni.Join(b[0].Wait(ctx), b[1].Wait(ctx))
}

func (b both) Results() []eni.Result { return append(b[0].Results(), b[1].Results()...) }

// Outcome is not used, because both calls have results.
func (b both) Outcome() eni.Outcome { return b[0].Outcome() }

func (b both) RequestIDs() []string { return append(b[0].RequestIDs(), b[1].RequestIDs()...) }

func (b both) Attempts() int { return b[0].Attempts() + b[1].Attempts() }
