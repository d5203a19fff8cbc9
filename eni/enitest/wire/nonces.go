// SPDX-License-Identifier: Apache-2.0

package wire

import "sync"

// Nonces remembers the nonces of signed requests and refuses those seen before.
// The zero Nonces is ready for use, and safe for concurrent use.
type Nonces struct {
	mu   sync.Mutex
	seen map[string]bool
}

// Add remembers a nonce, and reports whether it is a new one.
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
