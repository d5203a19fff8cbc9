// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"io"
	"log"
)

// quiet discards the error log of a server.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
