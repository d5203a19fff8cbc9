// SPDX-License-Identifier: Apache-2.0

// Command etcd is the store of the API server, as its own main package starts it.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
