// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/template"
)

var planText = template.Must(template.New("plan").Parse(`This is a run of the contract against a real account.

  provider        {{.Provider}}
  region          {{.Region}}
  endpoint        {{.Endpoint}}
  subnet          {{.Subnet}}
  security group  {{.SecurityGroup}}
  instance        {{.Instance}}
  run             {{.Run}}

It creates, in that subnet and with that security group:
  - up to {{.Interfaces}} network interfaces at a time, {{.Created}} in all, each called {{.Name}}N and tagged {{.Tag}}={{.Run}}
  - up to {{.Addresses}} secondary IPv4 addresses, 3 IPv6 addresses and 1 IPv4 prefix on each of them

It attaches up to 2 of these interfaces to the instance, and detaches them. It changes
nothing else: no other interface, no route, no elastic IP, and nothing inside the instance.
An operating system that configures new interfaces by itself sees them come and go.

What it costs:
  - network interfaces and their private addresses have no price of their own on either
    cloud; your contract decides. Nothing that is billed by traffic is created
  - about {{.Requests}} API requests in {{.Minutes}} minutes, in this account and region
{{- if .Burst}}
  - for the question about the quota up to {{.Burst}} of them, UnassignPrivateIpAddresses, are sent as
    fast as possible: meanwhile the cloud may throttle this call for other programs of
    the account, on Alibaba Cloud for up to a minute; LIVE_BURST=0 leaves that out
{{- end}}

In the end it deletes everything that it has created, also after Ctrl-C. After a crash,
do that with: make live CLEAN=1 RUN={{.Run}}
`))

// The bounds of what a run creates; the scene keeps them.
const (
	maxInterfaces = 3
	maxCreated    = 5
	maxSecondary  = 12
	usualRequests = 700
)

// writePlan says what a run will do and what it costs.
func writePlan(w io.Writer, s *settings) error {
	endpoint := s.endpoint
	if endpoint == "" {
		endpoint = "the vendor's"
	}
	return planText.Execute(w, map[string]any{
		"Provider": s.provider, "Region": s.region, "Endpoint": endpoint, "Subnet": s.subnet,
		"SecurityGroup": s.securityGroup, "Instance": s.instance, "Run": s.run,
		"Interfaces": maxInterfaces, "Created": maxCreated, "Addresses": maxSecondary,
		"Name": namePrefix(s.run), "Tag": tagKey,
		"Requests": usualRequests + s.burst, "Minutes": "3 to 15", "Burst": s.burst,
	})
}

// confirm asks a person on a terminal. Elsewhere only YES=1 says yes.
func confirm(in io.Reader, out io.Writer, onTerminal bool) bool {
	if !onTerminal {
		fmt.Fprintln(out, "\nThere is no terminal to ask on. Set YES=1 to go on.")
		return false
	}
	fmt.Fprint(out, "\nGo on? Type yes: ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	return err == nil && strings.TrimSpace(answer) == "yes"
}
