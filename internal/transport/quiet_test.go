// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"io"
	"log"
)

// quiet drops what a server has to say about its clients.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
