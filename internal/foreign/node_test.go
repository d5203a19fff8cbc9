// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// openNode opens a client of the program in the folder node, in one of its modes.
func openNode(sdk, mode string) func(*testing.T, account) client {
	return func(t *testing.T, a account) client {
		t.Helper()
		return nodeClient{sdk, mode, a}
	}
}

type nodeClient struct {
	sdk, mode string
	account   account
}

// node is the program, which all of the clients share. It ends with its input.
var node struct {
	sync.Mutex

	in  io.Writer
	out *bufio.Reader
}

// question is a line of the program's input, answer one of its output.
type (
	question struct {
		SDK        string     `json:"sdk"`
		Mode       string     `json:"mode"`
		Account    account    `json:"account"`
		Action     string     `json:"action"`
		Parameters parameters `json:"parameters"`
	}
	answer struct {
		Response json.RawMessage `json:"response"`
		Refusal  *refusal        `json:"refusal"`
		Problem  string          `json:"problem"`
	}
)

func (c nodeClient) call(action string, p parameters) (any, error) {
	node.Lock()
	defer node.Unlock()
	if err := startNode(); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(node.in).Encode(question{c.sdk, c.mode, c.account, action, p}); err != nil {
		return nil, err
	}
	line, err := node.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the Node program has ended: %w", err)
	}
	var a answer
	switch err := json.Unmarshal(line, &a); {
	case err != nil:
		return nil, fmt.Errorf("%w: %s", err, line)
	case a.Refusal != nil:
		return nil, a.Refusal
	case a.Problem != "":
		return nil, errors.New(a.Problem)
	}
	return a.Response, nil
}

// startNode starts the program where it does not run.
func startNode() error {
	if node.in != nil {
		return nil
	}
	path, err := exec.LookPath("node")
	if err != nil {
		return fmt.Errorf("these clients need Node: install it, version 18 or newer (Debian: nodejs and npm): %w", err)
	}
	program := exec.Command(path, "node/main.js")
	program.Stderr = os.Stderr
	in, err := program.StdinPipe()
	if err != nil {
		return err
	}
	out, err := program.StdoutPipe()
	if err != nil {
		return err
	}
	if err := program.Start(); err != nil {
		return err
	}
	node.in, node.out = in, bufio.NewReader(out)
	return nil
}
