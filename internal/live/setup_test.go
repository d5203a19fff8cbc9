// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// setUp serves the actions that build a scene.
func (st *stage) setUp(next http.Handler) http.Handler {
	n := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		get := func(name string) string { return r.URL.Query().Get(name) }
		var doc map[string]any
		_ = json.Unmarshal(bodyOf(r), &doc)
		if doc != nil {
			get = func(name string) string {
				if v, ok := doc[name]; ok {
					return fmt.Sprint(v)
				}
				return ""
			}
		}
		count := func(name string) int { c, _ := strconv.Atoi(get(name)); return c }
		n++
		call := enitest.Call{RequestID: fmt.Sprintf("12345678-1234-4123-8123-%012x", n), InterfaceID: get("NetworkInterfaceId"), InstanceID: get("InstanceId")}
		switch action(r) {
		case "CreateNetworkInterface":
			call.Action = enitest.Create
			subnet := get("VSwitchId") + get("SubnetId")
			call.Interface = eni.Interface{SubnetID: subnet, Name: get("NetworkInterfaceName"), Tags: map[string]string{tagKey: st.run}}
		case "AttachNetworkInterface":
			call.Action = enitest.Attach
		case "AssignPrivateIpAddresses":
			call.Action = enitest.Assign
			call.Choose.IPv4, call.Choose.IPv4Prefixes = count("SecondaryPrivateIpAddressCount"), count("Ipv4PrefixCount")
		case "AssignIpv6Addresses":
			call.Action = enitest.Assign
			call.Choose.IPv6 = count("Ipv6AddressCount")
		default:
			next.ServeHTTP(w, r)
			return
		}
		a, err := st.cloud.Do(r.Context(), call)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		answer := map[string]any{"RequestId": call.RequestID}
		if a.Refused != nil {
			answer["Code"], answer["Message"] = "InvalidOperation.Conflict", a.Refused.Error()
			answer["Error"] = map[string]any{"Code": "UnsupportedOperation.MutexOperationTaskRunning"}
		}
		if len(a.Interfaces) > 0 {
			answer["NetworkInterfaceId"] = a.Interfaces[0].ID
		}
		if st.tencent != nil {
			answer = map[string]any{"Response": answer}
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
}
