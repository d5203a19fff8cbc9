package core

import (
	"context"
	"sync"
	"time"
)

// pace keeps a least interval between the turns it gives. The zero pace gives
// every turn at once.
type pace struct {
	interval time.Duration

	mu   sync.Mutex
	next time.Time
}

// wait waits for a turn, or until ctx ends, which it returns as the error.
func (p *pace) wait(ctx context.Context) error {
	if p.interval <= 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	now := time.Now()
	turn := p.next
	if turn.Before(now) {
		turn = now
	}
	p.next = turn.Add(p.interval)
	p.mu.Unlock()
	return sleep(ctx, turn.Sub(now))
}
