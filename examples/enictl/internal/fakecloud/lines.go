// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"encoding/json"
	"io"
	"sync"
)

// Lines is a writer of JSON lines.
type Lines interface {
	// Write writes a line. It returns the first error of all writes.
	Write(line any) error
	// Err returns that error.
	Err() error
}

// NewLines returns Lines that write to a writer.
func NewLines(w io.Writer) Lines { return &jsonLines{encoder: json.NewEncoder(w)} }

type jsonLines struct {
	mu      sync.Mutex
	encoder *json.Encoder
	err     error
}

func (l *jsonLines) Write(line any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = l.encoder.Encode(line)
	}
	return l.err
}

func (l *jsonLines) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
