// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// checkSeries checks the series that dashboards and alerts for each cloud need.
func checkSeries(t *testing.T, page string) {
	t.Helper()
	for _, cloud := range []string{
		`cloud_provider="alibaba_cloud",cloud_region="cn-hangzhou"`,
		`cloud_provider="tencent_cloud",cloud_region="ap-guangzhou"`,
	} {
		for _, series := range []string{
			`cloudeni_call_duration_seconds_count{` + cloud + `,cloudeni_op="UnassignPrivateIps"`,
			`cloudeni_items_total{` + cloud + `,cloudeni_op="UnassignIpv6",cloudeni_outcome="accepted"`,
			`cloudeni_items_total{` + cloud + `,cloudeni_op="Wait",cloudeni_outcome="released"`,
			`cloudeni_attempt_duration_seconds_count{` + cloud + `,cloudeni_op="UnassignPrivateIps",error_type="conflict"`,
			`cloudeni_lane_count{` + cloud,
		} {
			if !strings.Contains(page, series) {
				t.Errorf("%s is not on the page", series)
			}
		}
	}
	const ours = `http_server_request_duration_seconds_count{http_request_method="POST",http_response_status_code="200",http_route="/v1/{provider}/{region}/interfaces/{id}/release"`
	if !strings.Contains(page, ours) {
		t.Errorf("%s is not on the page", ours)
	}
}

// Callers must not create series at will: their paths, ids and methods are no labels.
func TestSeriesAreBounded(t *testing.T) {
	f := newFake(t)
	f.ask(interfacePath("aliyun", "eni-secret"), "")
	f.ask("/secret", "")
	f.serve(httptest.NewRequestWithContext(t.Context(), "SECRET", "/", nil))
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if regexp.MustCompile(`(?i)secret`).MatchString(w.Body.String()) {
		t.Error(w.Body)
	}
	for _, series := range []string{`{http_request_method="GET",http_response_status_code="404",http_route="/v1/{provider}/{region}/interfaces/{id}"`, `http_request_method="_OTHER"`} {
		if !strings.Contains(w.Body.String(), series) {
			t.Errorf("%s is not on the page:\n%s", series, w.Body)
		}
	}
}
