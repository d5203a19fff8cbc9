// SPDX-License-Identifier: Apache-2.0

package wire

import "sync"

// Nonces is the set of the nonces of signed requests, which may be used once. The zero
// Nonces is empty and ready for use. It is safe for concurrent use.
type Nonces struct {
	mu   sync.Mutex
	seen map[string]bool
}

// Add adds a nonce, and reports whether it was new.
func (n *Nonces) Add(nonce string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen[nonce] {
		return false
	}
	if n.seen == nil {
		n.seen = make(map[string]bool)
	}
	n.seen[nonce] = true
	return true
}
