// SPDX-License-Identifier: Apache-2.0

package oteltest

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/eniotel"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The metrics of a client as a Prometheus page. The client uses an in-memory cloud, and
// the page has its own registry.
func Example() {
	cloud := new(enitest.Cloud)
	address := netip.MustParseAddr("192.168.0.7")
	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateInUse, InstanceID: "i-1", Addresses: []eni.Address{{Addr: address}}})

	registry := prom.NewRegistry()
	exporter, err := prometheus.New(prometheus.WithRegisterer(registry), prometheus.WithoutScopeInfo())
	if err != nil {
		log.Fatal(err)
	}
	opts, err := eniotel.Instrument(nil, eniotel.Config{
		MeterProvider: metric.NewMeterProvider(metric.WithReader(exporter)),
	})
	if err != nil {
		log.Fatal(err)
	}
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), opts)
	if err != nil {
		log.Fatal(err)
	}
	_, err = eni.Blocking(client).UnassignPrivateIps(context.Background(), eni.UnassignRequest{InterfaceID: "eni-1", Addresses: []netip.Addr{address}})
	if err != nil {
		log.Fatal(err)
	}

	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for lines := bufio.NewScanner(page.Body); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "cloudeni_items") || strings.Contains(lines.Text(), "duration_seconds_count") {
			fmt.Println(lines.Text())
		}
	}
	// Output:
	// cloudeni_attempt_duration_seconds_count{cloud_provider="alibaba_cloud",cloud_region="cn-hangzhou",cloudeni_op="UnassignPrivateIps"} 1
	// cloudeni_call_duration_seconds_count{cloud_provider="alibaba_cloud",cloud_region="cn-hangzhou",cloudeni_op="UnassignPrivateIps"} 1
	// cloudeni_call_duration_seconds_count{cloud_provider="alibaba_cloud",cloud_region="cn-hangzhou",cloudeni_op="Wait"} 1
	// cloudeni_items_total{cloud_provider="alibaba_cloud",cloud_region="cn-hangzhou",cloudeni_op="UnassignPrivateIps",cloudeni_outcome="accepted"} 1
	// cloudeni_items_total{cloud_provider="alibaba_cloud",cloud_region="cn-hangzhou",cloudeni_op="Wait",cloudeni_outcome="released"} 1
	// cloudeni_query_duration_seconds_count{cloud_provider="alibaba_cloud",cloud_region="cn-hangzhou",cloudeni_op="Describe"} 1
}
