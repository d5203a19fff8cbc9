// SPDX-License-Identifier: Apache-2.0

// Command kube-apiserver is the API server of Kubernetes, as its own main package
// starts it. It is here because that one cannot be installed from outside of the
// Kubernetes tree: its module replaces its staging modules by folders.
package main

import (
	"os"

	_ "time/tzdata" // a CronJob names a time zone, as in the original

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"

	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // metrics of client-go
	_ "k8s.io/component-base/metrics/prometheus/version"  // kubernetes_build_info
)

func main() {
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}
